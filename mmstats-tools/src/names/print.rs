//! Shows names.

use std::fmt::{self, Display, Write};

use mmstats_reader::{Metric, TagValue};

use super::Named;
use crate::escape;

/// What a label is shown with escapes for: it would begin tags, or end a field of a list.
const IN_LABELS: &str = "{,";
/// What a key is shown with escapes for: it would end the key or the tags.
const IN_KEYS: &str = "\"=,{}";

/// The label of a metric and its tags, safe to show: `label{key="value"}`. The empty label without tags is `{}`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a, N = Metric<'a>>(pub &'a N);

impl<N: Named> Display for Name<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.0.label();
        escape::with(label, IN_LABELS).fmt(f)?;
        match write_tags(self.0, "{", f)? {
            true => f.write_char('}'),
            false if label.is_empty() => f.write_str("{}"),
            false => Ok(()),
        }
    }
}

/// A label, safe to show as a name: all metrics that have it, whatever their tags.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a>(pub &'a str);

impl Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape::with(self.0, IN_LABELS).fmt(f)
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
        f.write_str(separator)?;
        write_key(key, f)?;
        f.write_str("=\"")?;
        match value {
            TagValue::Text(value) => escape::quoted(value).fmt(f)?,
            TagValue::Number(value) => value.fmt(f)?,
        }
        f.write_char('"')?;
        (separator, has_tags) = (",", true);
    }
    Ok(has_tags)
}

/// Writes `key`. Who reads it skips blanks in front of a key, so its own first one is escaped.
fn write_key(key: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rest = match key.strip_prefix(' ') {
        Some(rest) => {
            f.write_str("\\u{20}")?;
            rest
        }
        None => key,
    };
    escape::with(rest, IN_KEYS).fmt(f)
}
