//! Tags, which tell metrics of one label apart.

use std::fmt;

/// The value of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagValue<'a> {
    /// A text from the writer.
    Text(&'a str),
    /// An index or a thread's id.
    Number(u32),
}

impl fmt::Display for TagValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}
