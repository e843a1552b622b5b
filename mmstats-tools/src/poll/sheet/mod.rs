//! How lines are written.
//!
//! | module | for whom |
//! |---|---|
//! | [`plain`] | people, and scripts that read what the Python original wrote |
//! | [`csv`] | spreadsheets, and programs that read tables |
//! | [`json`] | programs |

pub mod csv;
pub mod json;
pub mod plain;

use std::io::{self, Write};

use super::Line;

/// A way to write lines.
pub trait Sheet {
    /// Writes `line` to `out`.
    ///
    /// # Errors
    /// If `out` does not take it.
    fn write(&mut self, line: &Line, out: &mut dyn Write) -> io::Result<()>;
}
