//! Names of metrics, `label{key="value"}`, in one grammar: docs/TOOLS.md, "Names".
//!
//! A name that a tool shows can be given to any other tool, and selects that metric.
//!
//! | module | what it does |
//! |---|---|
//! | [`print`](mod@print) | prints names, safe for a terminal; different names never look the same |
//! | [`parse`](mod@parse) | parses names that a user wrote |
//! | [`select`] | decides which metrics a text selects |

pub mod parse;
pub mod print;
#[cfg(feature = "cli")]
pub mod select;

use mmstats_reader::{Metric, TagValue};

pub use parse::{Parsed, parse, split, unescape};
pub use print::{Label, Name, Tags};
#[cfg(feature = "cli")]
pub use select::{Selector, Wanted};

/// Anything with a name: a label and tags.
pub trait Named {
    /// The label as the writer wrote it, without escapes.
    fn label(&self) -> &str;

    /// The tags, which tell it from others of its label. Keys and texts are as the writer wrote them, without escapes.
    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)>;
}

impl Named for Metric<'_> {
    fn label(&self) -> &str {
        Metric::label(self)
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        Metric::tags(self)
    }
}

impl<N: Named> Named for &N {
    fn label(&self) -> &str {
        (*self).label()
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        (*self).tags()
    }
}

#[cfg(test)]
mod tests;
