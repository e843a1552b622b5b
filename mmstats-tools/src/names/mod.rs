//! Names of metrics: `label{key="value"}`. One grammar, which docs/TOOLS.md describes under "Names".
//!
//! A name that a tool shows can be given to any other tool, and selects that metric.
//!
//! | module | what it does |
//! |---|---|
//! | [`print`](mod@print) | shows a name, safe for a terminal; different names never look the same |
//! | [`parse`](mod@parse) | reads a name that somebody wrote |
//! | [`select`] | decides which metrics such a text selects |

pub mod parse;
pub mod print;
#[cfg(feature = "cli")]
pub mod select;

use mmstats_reader::{Metric, TagValue};

pub use parse::{Parsed, parse, split, unescape};
pub use print::{Label, Name, Tags};
#[cfg(feature = "cli")]
pub use select::{Selector, Wanted};

/// What has a name of a label and tags.
pub trait Named {
    /// As the writer left it.
    fn label(&self) -> &str;

    /// What tells it from others of its label, keys and texts as the writer left them.
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
