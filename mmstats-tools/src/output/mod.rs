//! Shows files, or what several of them come to together, in one short module for each format.

#[cfg(feature = "cleanstats")]
pub mod cleaned;
#[cfg(feature = "slurpstats")]
pub mod csv;
mod entry;
mod grid;
#[cfg(feature = "json")]
pub mod json;
mod parts;
pub mod table;
pub mod text;

use std::fmt;

use std::io::{self, Write};
use std::path::Path;

use mmstats_reader::{Error, Liveness, Metric, Snapshot};

pub use entry::{Entry, Shown};
pub use parts::Part;
#[cfg(feature = "mmash")]
pub(crate) use parts::bounds;
pub(crate) use parts::{Measure, members};

use crate::combining::Group;
use crate::escape;
use crate::selection::{Process, Taken};

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

/// A way to show files.
pub trait Output {
    /// Writes what stands once before all files.
    ///
    /// # Errors
    /// If `out` does not take it.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes `file` to `out`.
    ///
    /// # Errors
    /// If `out` does not take it.
    fn file(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what the files of `group` come to together to `out`.
    ///
    /// # Errors
    /// If `out` does not take it.
    fn group(&self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// The line above what is shown of a file to people. A dead writer's is marked.
struct FileHeading<'a>(&'a Path, Liveness);

impl fmt::Display for FileHeading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, liveness) = self;
        let stale = if *liveness == Liveness::Dead { " (stale)" } else { "" };
        writeln!(f, "==> {}{stale}", escape::path(path))
    }
}

/// The word for `liveness`.
#[cfg(any(feature = "cleanstats", feature = "slurpstats"))]
pub(crate) fn liveness(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Alive => "alive",
        Liveness::Dead => "dead",
        Liveness::Unknown => "unknown",
    }
}
