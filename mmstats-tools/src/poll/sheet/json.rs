//! JSON, an object a line.

use std::collections::HashSet;
use std::io::{self, Write};

use humantime::format_rfc3339_millis;
use mmstats_reader::Number;
use serde::ser::Serialize;
use serde_json::ser::Serializer;

use super::Sheet;
use crate::display::digits;
use crate::output::json::Harmless;
use crate::poll::Line;
use crate::poll::column::Cell;

/// An object a line: `{"time":"2026-01-01T00:00:00.000Z","interval":1.0,"fields":{"hits":3}}`. The first
/// line has no interval, which is null; null is also a field of which there is nothing. Floats that are no
/// numbers of JSON are the strings "NaN", "+Inf" and "-Inf". Of a title that comes twice the first column
/// is taken. Where some numbers are only lower bounds, `"at_least"` is the list of their titles.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Sheet for Json {
    fn write(&mut self, line: &Line, out: &mut dyn Write) -> io::Result<()> {
        write!(out, r#"{{"time":"{}","interval":"#, format_rfc3339_millis(line.time))?;
        match line.interval {
            Some(interval) => write!(out, "{}", interval.as_secs_f64())?,
            None => out.write_all(b"null")?,
        }
        out.write_all(br#","fields":{"#)?;
        let mut written = HashSet::new();
        let mut at_least = Vec::new();
        for column in &line.columns {
            if !written.insert(&column.title) {
                continue;
            }
            if written.len() > 1 {
                out.write_all(b",")?;
            }
            write_string(&column.title, out)?;
            out.write_all(b":")?;
            match &column.cell {
                Cell::Nothing => out.write_all(b"null")?,
                Cell::Text(text) => write_string(text, out)?,
                Cell::Number(Number::Float(number)) if !number.is_finite() => {
                    write!(out, "\"{}\"", digits(Number::Float(*number)))?;
                }
                Cell::Number(number) | Cell::AtLeast(number) => write!(out, "{}", digits(*number))?,
            }
            if matches!(column.cell, Cell::AtLeast(_)) {
                at_least.push(&column.title);
            }
        }
        out.write_all(b"}")?;
        let mut separator = r#","at_least":["#;
        for title in &at_least {
            out.write_all(separator.as_bytes())?;
            write_string(title, out)?;
            separator = ",";
        }
        out.write_all(if at_least.is_empty() { b"}\n" } else { b"]}\n" })
    }
}

fn write_string(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Harmless);
    // The kind of an input or output error is kept, so that a closed pipe stays one.
    text.serialize(&mut serializer).map_err(io::Error::from)
}
