//! Prints names.

use std::fmt::{self, Display, Write};

use mmstats_reader::{Metric, TagValue};

use super::Named;
use crate::escape;

/// Characters that are escaped in labels, because they would start tags, or end an item of a list.
const IN_LABELS: &str = "{,";
/// Characters that are escaped in keys, because they would end the key or the tags.
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

/// A label as a name, safe to show. It selects all metrics with this label, whatever their tags.
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

/// Writes `start` and the tags of `named`, if it has tags. Returns whether it has.
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

/// Writes `key`. The parser ignores blanks before a key, so a blank at its start is escaped.
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
