//! Shows files, or what several of them come to together, in one short module for each format.

#[cfg(feature = "cleanstats")]
pub mod cleaned;
#[cfg(feature = "slurpstats")]
pub mod csv;
mod grid;
#[cfg(feature = "json")]
pub mod json;
mod parts;
mod shown;
pub mod table;
pub mod text;

use std::fmt;

use std::io::{self, Write};
use std::path::Path;

use mmstats_reader::Liveness;

pub use parts::Part;
#[cfg(feature = "mmash")]
pub(crate) use parts::bounds;
pub use shown::Shown;

use crate::combining::{Group, Whose};
use crate::escape;
use crate::selection::File;

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

/// The headline of a group in the formats for people.
struct GroupHeading<'a>(&'a Group<'a>);

impl fmt::Display for GroupHeading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(group) = self;
        let (files, users) = (group.files(), group.user_count());
        let (count, plural) = (files.len(), if files.len() == 1 { "" } else { "s" });
        match group.whose() {
            Whose::Process { name, pid, uid } => {
                let pid = pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
                write!(f, "==> {}[{pid}]: {count} file{plural} of user {uid}", escape::text(name))?;
            }
            Whose::User(uid) => write!(f, "==> user {uid}: {count} file{plural}")?,
            Whose::All => {
                let plural_users = if users == 1 { "" } else { "s" };
                write!(f, "==> all: {count} file{plural} of {users} user{plural_users}")?;
            }
        }
        match files.iter().filter(|file| file.liveness == Liveness::Dead).count() {
            0 => writeln!(f),
            stale if stale == count => writeln!(f, " (stale)"),
            stale => writeln!(f, ", {stale} of them stale"),
        }
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
