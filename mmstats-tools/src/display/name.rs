//! The label of a metric and its tags.

use std::fmt::{self, Display, Write};

use mmstats_reader::{Metric, TagValue};

use crate::escape;

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

/// The label of a metric and its tags, safe to show: `label{key="value"}`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a, N = Metric<'a>>(pub &'a N);

impl<N: Named> Display for Name<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape::text(self.0.label()).fmt(f)?;
        if write_tags(self.0, "{", f)? { f.write_char('}') } else { Ok(()) }
    }
}

/// The tags alone, safe to show: `key="value"`, with commas between them.
#[derive(Clone, Copy, Debug)]
pub struct Tags<'a, N>(pub &'a N);

impl<N: Named> Display for Tags<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tags(self.0, "", f).map(drop)
    }
}

/// Writes the tags of `named` behind `start`, if there are any, and says whether there are.
fn write_tags(named: &impl Named, start: &str, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
    let mut separator = start;
    let mut has_tags = false;
    for (key, value) in named.tags() {
        write!(f, "{separator}{}=\"", escape::quoted(key))?;
        match value {
            TagValue::Text(value) => escape::quoted(value).fmt(f)?,
            TagValue::Number(value) => value.fmt(f)?,
        }
        f.write_char('"')?;
        (separator, has_tags) = (",", true);
    }
    Ok(has_tags)
}
