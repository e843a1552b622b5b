//! Lines for people, as the Python original wrote them.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::iter;

use mmstats_reader::{Kind, Value};

use super::{FileHeading, GroupHeading, Output, Part, Shown};
use crate::combining::Group;
use crate::description::Described;
use crate::display::{Bound, MAX_ALIGNED, Name, Plain, Scaled, scaled_bound, text_width};
use crate::entry::Entry;
use crate::escape;
use crate::selection::File;

/// A line `==> path` for each file, then a line for each metric, its label padded to the longest, but for those
/// longer than [`MAX_ALIGNED`], then an empty line. A value of several parts is `name=value` for each:
/// `count=3 mean=0.5`, or `name≥value` for a lower bound. A dead
/// writer's file is marked `(stale)`; one that cannot be read at all is left out.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Whether durations are plain numbers of seconds.
    pub is_raw: bool,
}

impl Output for Text {
    fn file(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Ok(contents) = &file.contents else { return Ok(()) };
        self.write(FileHeading(file.path, contents.process.liveness), || contents.metrics(), out)
    }

    fn group(&self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.write(GroupHeading(group), || group.entries(), out)
    }
}

/// Bytes to collect before they go on: a file can have any number of lines, and each of any length.
const CHUNK_LEN: usize = 16 * 1024;

impl Text {
    /// Writes the `heading`, and a line for each of the `entries`, which are looked at twice.
    fn write<E: Entry, I: Iterator<Item = E>>(
        self,
        heading: impl fmt::Display,
        entries: impl Fn() -> I,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut names = Names::default();
        let widths = entries().map(|entry| names.keep(&entry));
        let widest = widths.filter(|width| *width <= MAX_ALIGNED).max().unwrap_or_default();
        let mut text = heading.to_string();
        for (index, entry) in entries().enumerate() {
            text.push_str("  ");
            let width = names.write(index, &entry, &mut text);
            text.extend(iter::repeat_n(' ', widest.saturating_sub(width).saturating_add(1)));
            // Writing to a string does not fail.
            let _ = self.write_value(&entry, &mut text);
            text.push('\n');
            if text.len() >= CHUNK_LEN {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        text.push('\n');
        out.write_all(text.as_bytes())
    }

    fn write_value(self, entry: &impl Entry, text: &mut String) -> fmt::Result {
        let described = entry.description();
        match entry.outcome().map(|outcome| Shown::new(outcome, described)) {
            Ok(Shown::Whole(value)) => write!(text, "{}", Plain(&value)),
            Ok(Shown::Parts(parts)) => {
                let is_duration = described.kind() == Some(Kind::Timer) && described.unit() == "seconds";
                write!(text, "{}", Parts { parts: &parts, is_scaled: is_duration && !self.is_raw })
            }
            Err(_) => text.write_char('?'),
        }
    }
}

/// The names of the first lines, as many as there is room for: nearly always all.
#[derive(Default)]
struct Names {
    text: String,
    /// Where each ends in `text`, and the columns that it takes.
    ends: Vec<(usize, usize)>,
    is_full: bool,
}

impl Names {
    /// Keeps the name of the next entry, if there is room; returns the columns that it takes.
    fn keep(&mut self, entry: &impl Entry) -> usize {
        let start = self.text.len();
        let width = write_name(entry, &mut self.text);
        self.is_full |= self.text.len() > CHUNK_LEN;
        if self.is_full {
            self.text.truncate(start);
        } else {
            self.ends.push((self.text.len(), width));
        }
        width
    }

    /// Adds the name of the entry at `index` to `text`; returns the columns that it takes.
    fn write(&self, index: usize, entry: &impl Entry, text: &mut String) -> usize {
        let Some((end, width)) = self.ends.get(index) else { return write_name(entry, text) };
        let before = index.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |(end, _)| *end);
        text.push_str(self.text.get(start..*end).unwrap_or_default());
        *width
    }
}

/// Adds the name of `entry` to `text`; returns the columns that it takes.
fn write_name(entry: &impl Entry, text: &mut String) -> usize {
    let start = text.len();
    // Writing to a string does not fail.
    let _ = write!(text, "{}", Name(entry.description()));
    text_width(text.get(start..).unwrap_or_default())
}

/// The parts of a value, but for those that are not brief, or not there.
struct Parts<'a> {
    parts: &'a [Part<'a>],
    /// Whether numbers are seconds that are shown in a unit that suits them.
    is_scaled: bool,
}

impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for part in self.parts.iter().filter(|part| part.is_brief) {
            let Some(number) = &part.number else { continue };
            let sign = if part.bound == Bound::None { "=" } else { part.bound.sign() };
            write!(f, "{separator}{}{sign}", escape::text(part.name))?;
            match number {
                Value::F64(seconds) if self.is_scaled => {
                    let Scaled { digits, suffix } = scaled_bound(*seconds, "seconds", part.bound);
                    write!(f, "{digits}{suffix}")?;
                }
                number => f.write_str(&Plain(number).bounded(part.bound))?,
            }
            separator = " ";
        }
        Ok(())
    }
}
