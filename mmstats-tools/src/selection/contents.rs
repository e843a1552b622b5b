//! What a tool found in a file.

use std::path::Path;

use mmstats_reader::{Error, Metric, Snapshot};

use super::{Process, Taken};

/// A file as a tool found it.
pub struct File<'a> {
    /// The name by which it was opened.
    pub path: &'a Path,
    /// What could be read of it.
    pub contents: Result<Contents<'a>, &'a Error>,
}

/// What could be read of a file.
pub struct Contents<'a> {
    /// Who writes it.
    pub process: &'a Process,
    /// Its values, or those before what stopped the parser.
    pub snapshot: &'a Snapshot<'a>,
    /// Which of them are shown.
    pub labels: &'a Taken<'a>,
}

impl<'a> Contents<'a> {
    /// The metrics that are shown.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        let labels = self.labels;
        self.snapshot.metrics().filter(move |metric| labels.takes(metric))
    }

    /// Whether there is nothing to show, since none of its labels was asked for.
    pub fn is_left_out(&self) -> bool {
        !self.labels.is_all() && self.metrics().next().is_none()
    }
}
