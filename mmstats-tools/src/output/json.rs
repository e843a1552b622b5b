//! Lines for programs: one JSON object for each file.

use std::io::{self, Write};

use mmstats_reader::{Liveness, Metric, TagValue, Value};
use serde::ser::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::parts::bounds;
use super::{Output, Part, Shown};
use crate::charset;
use crate::combining::{Group, Taken, Whose};
use crate::description::Described;
use crate::display::{Named, not_finite, unique_keys};
use crate::entry::Entry;
use crate::escape::is_hazardous;
use crate::selection::File;

/// One object for each file, each on its line:
/// `{"path":…,"format":2,"alive":true,"fields":[…]}`, and for a file that could not be read
/// `{"path":…,"error":…,"fields":[…]}` with the fields before the error.
///
/// A value is a number in its unit, a text or a truth value. It is null if it is torn, if there is none yet, or
/// if it is not known. A value of several parts is an object of numbers: averages
/// `{"count":…,"sum":…,"mean":…}`, histograms
/// `{"count":…,"sum":…,"mean":…,"p50":…,"p90":…,"p99":…,"p999":…,"max":…}`, timers the same and
/// `"last":…`, records their members by their labels. `"at_least"` lists the names of parts that are
/// lower bounds, `"at_most"` those of upper bounds. A repeated key gets a suffix: `key_2`.
///
/// Of files that are combined there is one object for each process, user, or all:
/// `{"by":"process","process":…,"pid":…,"user":…,"files":[{"path":…,"format":2,"alive":true},…],"fields":[…]}`.
/// Values that cannot be added up are `{"sum":…,"min":…,"max":…}`, or `{"different":…}`, how many there are.
///
/// Objects are spelled out here, because their keys need no escaping; strings and numbers are
/// `serde_json`'s.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Output for Json {
    fn file(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Chunk::new(out);
        write_file(file, &mut out)?;
        out.flush()
    }

    fn group(&self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Chunk::new(out);
        write_group(group, &mut out)?;
        out.flush()
    }
}

/// Bytes to collect before they go on.
const CHUNK_LEN: usize = 16 * 1024;

/// Collects what is written a few bytes at a time, in calls that the compiler can inline.
struct Chunk<'a> {
    bytes: Vec<u8>,
    out: &'a mut dyn Write,
}

impl<'a> Chunk<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self { bytes: Vec::with_capacity(CHUNK_LEN), out }
    }

    /// Collects `json` as it is.
    #[inline]
    fn raw(&mut self, json: &str) {
        self.bytes.extend_from_slice(json.as_bytes());
    }

    /// Writes `text` as a string.
    fn string(&mut self, text: &str) -> io::Result<()> {
        // Without a branch for each byte, so that the compiler looks at many at a time.
        if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
            return self.escaped(text);
        }
        self.raw("\"");
        self.raw(text);
        self.raw("\"");
        Ok(())
    }

    #[inline(never)]
    fn escaped(&mut self, text: &str) -> io::Result<()> {
        let mut serializer = Serializer::with_formatter(self, Harmless);
        // The kind of an input or output error is kept, so that a closed pipe stays one.
        text.serialize(&mut serializer).map_err(io::Error::from)
    }

    /// Passes on what was collected, if that is enough.
    #[inline]
    fn pass_on(&mut self) -> io::Result<()> {
        if self.bytes.len() < CHUNK_LEN { Ok(()) } else { self.flush() }
    }
}

/// Whether `byte` of a string may need an escape: of nearly all labels and texts none does.
fn is_special(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\'
}

impl Write for Chunk<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        self.pass_on()
    }

    /// Passes on what was collected; the output itself is flushed by whoever opened it.
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

/// Writes characters that could change a terminal, or that it cannot show, as JSON's own escapes: the value is
/// the same.
pub(crate) struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let is_ascii = charset::is_ascii();
        let is_escaped = |character: char| is_hazardous(character) || (is_ascii && !character.is_ascii());
        for part in fragment.split_inclusive(is_escaped) {
            match part.chars().next_back() {
                Some(last) if is_escaped(last) => {
                    let harmless = part.strip_suffix(last).unwrap_or_default();
                    CompactFormatter.write_string_fragment(out, harmless)?;
                    for unit in last.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}")?;
                    }
                }
                _ => CompactFormatter.write_string_fragment(out, part)?,
            }
        }
        Ok(())
    }
}

fn write_file(file: &File<'_>, out: &mut Chunk<'_>) -> io::Result<()> {
    out.raw(r#"{"path":"#);
    out.string(&file.path.to_string_lossy())?;
    match &file.contents {
        Ok(contents) => {
            match contents.snapshot.problem() {
                Some(problem) => write_error(&problem.to_string(), out)?,
                None => write_format(contents.snapshot.format(), contents.process.liveness, out)?,
            }
            write_fields(contents.metrics(), out)?;
        }
        Err(error) => {
            write_error(&error.to_string(), out)?;
            write_fields(std::iter::empty::<Metric<'_>>(), out)?;
        }
    }
    out.raw("}\n");
    Ok(())
}

fn write_group(group: &Group<'_>, out: &mut Chunk<'_>) -> io::Result<()> {
    match group.whose() {
        Whose::Process { name, pid, uid } => {
            out.raw(r#"{"by":"process","process":"#);
            out.string(name)?;
            match pid {
                Some(pid) => write!(out, r#","pid":{pid},"user":{uid}"#)?,
                None => write!(out, r#","pid":null,"user":{uid}"#)?,
            }
        }
        Whose::User(uid) => write!(out, r#"{{"by":"user","user":{uid}"#)?,
        Whose::All => out.raw(r#"{"by":"all""#),
    }
    let mut separator = r#","files":["#;
    for Taken { path, format, liveness, problem } in group.files() {
        out.raw(separator);
        out.raw(r#"{"path":"#);
        out.string(&path.to_string_lossy())?;
        match problem {
            Some(problem) => write_error(problem, out)?,
            None => write_format(*format, *liveness, out)?,
        }
        out.raw("}");
        separator = ",";
    }
    out.raw("]");
    write_fields(group.entries(), out)?;
    out.raw("}\n");
    Ok(())
}

fn write_format(format: u8, liveness: Liveness, out: &mut Chunk<'_>) -> io::Result<()> {
    write!(out, r#","format":{format},"alive":{}"#, alive(liveness))
}

fn write_error(error: &str, out: &mut Chunk<'_>) -> io::Result<()> {
    out.raw(r#","error":"#);
    out.string(error)
}

fn alive(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Alive => "true",
        Liveness::Dead => "false",
        Liveness::Unknown => "null",
    }
}

fn write_fields<E: Entry>(entries: impl Iterator<Item = E>, out: &mut Chunk<'_>) -> io::Result<()> {
    out.raw(r#","fields":["#);
    let mut separator = "";
    for entry in entries {
        out.raw(separator);
        write_field(&entry, out)?;
        out.pass_on()?;
        separator = ",";
    }
    out.raw("]");
    Ok(())
}

fn write_field(entry: &impl Entry, out: &mut Chunk<'_>) -> io::Result<()> {
    let described = entry.description();
    out.raw(r#"{"label":"#);
    out.string(described.label())?;
    out.raw(r#","type":"#);
    out.string(entry.type_name())?;
    out.raw(r#","kind":"#);
    match described.kind() {
        Some(kind) => out.string(kind.name())?,
        None => out.raw("null"),
    }
    out.raw(r#","unit":"#);
    out.string(described.unit())?;
    out.raw(r#","help":"#);
    out.string(described.help())?;
    out.raw(r#","tags":{"#);
    write_tags(described, out)?;
    out.raw(r#"},"value":"#);
    match entry.outcome().map(|outcome| Shown::new(outcome, described)) {
        Ok(Shown::Whole(value)) => write_value(&value, out)?,
        Ok(Shown::Parts(parts)) => write_parts(&parts, out)?,
        Err(_) => out.raw("null"),
    }
    out.raw("}");
    Ok(())
}

fn write_tags(named: &impl Named, out: &mut Chunk<'_>) -> io::Result<()> {
    let mut separator = "";
    for (key, value) in unique_keys(named.tags()) {
        out.raw(separator);
        out.string(&key)?;
        out.raw(":");
        match value {
            TagValue::Text(text) => out.string(text)?,
            TagValue::Number(number) => write!(out, "\"{number}\"")?,
        }
        separator = ",";
    }
    Ok(())
}

/// Writes an object with a number, or null, for each part.
fn write_parts(parts: &[Part<'_>], out: &mut Chunk<'_>) -> io::Result<()> {
    let mut separator = "";
    out.raw("{");
    for (name, part) in unique_keys(parts.iter().map(|part| (part.name, part))) {
        out.raw(separator);
        out.string(&name)?;
        out.raw(":");
        write_value(part.number.as_ref().unwrap_or(&Value::Nothing), out)?;
        separator = ",";
    }
    for (name, bounds) in bounds(parts) {
        out.raw(separator);
        out.string(name)?;
        out.raw(":");
        let mut separator = "[";
        for part in bounds {
            out.raw(separator);
            out.string(part)?;
            separator = ",";
        }
        out.raw("]");
    }
    out.raw("}");
    Ok(())
}

fn write_value(value: &Value, out: &mut Chunk<'_>) -> io::Result<()> {
    match value {
        Value::U64(value) => CompactFormatter.write_u64(out, *value),
        Value::I64(value) => CompactFormatter.write_i64(out, *value),
        Value::Bool(value) => CompactFormatter.write_bool(out, *value),
        Value::Text(text) => out.string(text),
        Value::F32(value) => match not_finite((*value).into()) {
            None => CompactFormatter.write_f32(out, *value),
            Some(name) => out.string(name),
        },
        Value::F64(value) => match not_finite(*value) {
            None => CompactFormatter.write_f64(out, *value),
            Some(name) => out.string(name),
        },
        // What has parts is written part by part.
        _ => {
            out.raw("null");
            Ok(())
        }
    }
}
