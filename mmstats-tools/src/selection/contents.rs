//! What a tool read from a file.

use std::path::Path;

use mmstats_reader::{Error, Metric, Snapshot};

use super::{Process, Taken};

/// A file that a tool has read, or could not read.
pub struct File<'a> {
    /// The name by which it was opened.
    pub path: &'a Path,
    /// Its contents, or why it cannot be read.
    pub contents: Result<Contents<'a>, &'a Error>,
}

/// The contents of a file, as far as they could be read.
pub struct Contents<'a> {
    /// The process that wrote it.
    pub process: &'a Process,
    /// Its values; of a damaged file, those before the damage.
    pub snapshot: &'a Snapshot<'a>,
    /// Which metrics are shown.
    pub labels: &'a Taken<'a>,
}

impl<'a> Contents<'a> {
    /// The metrics that are shown.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        let labels = self.labels;
        self.snapshot.metrics().filter(move |metric| labels.takes(metric))
    }

    /// Whether the file is not shown, because the options select none of its metrics.
    pub fn is_left_out(&self) -> bool {
        !self.labels.is_all() && self.metrics().next().is_none()
    }
}
