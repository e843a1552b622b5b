//! Comma-separated values.

use std::fmt::Display;
use std::io::{self, Write};

use humantime::format_rfc3339_millis;

use super::Sheet;
use crate::display::{cell, digits};
use crate::escape;
use crate::poll::Line;
use crate::poll::column::Cell;

/// Comma-separated values (RFC 4180): a line of titles at the start and wherever columns change, numbers to
/// the last digit, nothing where there is nothing or only a lower bound. Characters that could change a terminal are escaped, and
/// so is what would have a spreadsheet calculate, or run, what somebody else has written: `=`, `+`, `-` or
/// `@` at the start of a text.
#[derive(Debug)]
pub struct Csv {
    /// Whether the first column is the time.
    pub with_time: bool,
}

impl Sheet for Csv {
    fn write(&mut self, line: &Line, out: &mut dyn Write) -> io::Result<()> {
        if line.has_new_columns {
            let time = self.with_time.then(|| "time".to_owned());
            let titles = line.columns.iter().map(|column| written(&column.title));
            write_record(time.into_iter().chain(titles), out)?;
        }
        let time = self.with_time.then(|| format_rfc3339_millis(line.time).to_string());
        let values = line.columns.iter().map(|column| match &column.cell {
            // There is no place to say that it is no more than a bound.
            Cell::Nothing | Cell::AtLeast(_) => String::new(),
            Cell::Number(number) => digits(*number),
            Cell::Text(text) => written(&escape::text(text)),
        });
        write_record(time.into_iter().chain(values), out)
    }
}

fn write_record(values: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let record = values.collect::<Vec<_>>().join(",");
    // A line of one empty value would be an empty line, which readers pass over.
    let record = if record.is_empty() { "\"\"" } else { &record };
    write!(out, "{record}\r\n")
}

/// The cell of what `shown` displays, which somebody else has written.
fn written(shown: &impl Display) -> String {
    let mut written = String::new();
    cell(shown, &mut written);
    written
}
