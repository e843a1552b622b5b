//! Shows a file, in one short module for each format.

#[cfg(feature = "cleanstats")]
pub mod cleaned;
#[cfg(feature = "json")]
pub mod json;
mod parts;
pub mod text;

use std::io::{self, Write};
use std::path::Path;

use mmstats_reader::{Error, Liveness, Snapshot};

/// A file as a tool found it.
pub struct File<'a> {
    /// The name by which it was opened.
    pub path: &'a Path,
    /// What could be read of it.
    pub contents: Result<Contents<'a>, &'a Error>,
}

/// What could be read of a file.
pub struct Contents<'a> {
    /// Whether its writer lives.
    pub liveness: Liveness,
    /// Its values, or those before what stopped the parser.
    pub snapshot: &'a Snapshot<'a>,
}

/// A way to show a file.
pub trait Output {
    /// Writes `file` to `out`.
    ///
    /// # Errors
    /// If `out` does not take it.
    fn write(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()>;
}
