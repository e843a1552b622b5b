//! Lines for programs: one JSON object for each file.

use std::fmt;
use std::io::{self, Write};

use mmstats_reader::{Kind, Liveness, Metric, Snapshot, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use super::{Contents, File, Output};
use crate::escape::is_hazardous;

/// One object for each file, each on its line:
/// `{"path":…,"format":2,"alive":true,"fields":[…]}`, and for a file that could not be read
/// `{"path":…,"error":…,"fields":[…]}` with the fields before the error.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Output for Json {
    fn write(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut chunk = Chunk { bytes: Vec::with_capacity(CHUNK_LEN), out };
        let mut serializer = serde_json::Serializer::with_formatter(&mut chunk, Harmless);
        // The kind of an input or output error is kept, so that a closed pipe stays one.
        FileObject(file).serialize(&mut serializer).map_err(io::Error::from)?;
        chunk.write_all(b"\n")?;
        chunk.flush()
    }
}

/// Bytes to collect before they go on.
const CHUNK_LEN: usize = 16 * 1024;

/// Collects what the serializer writes a few bytes at a time, in calls that the compiler can inline.
struct Chunk<'a> {
    bytes: Vec<u8>,
    out: &'a mut dyn Write,
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
        if self.bytes.len() < CHUNK_LEN { Ok(()) } else { self.flush() }
    }

    /// Passes on what was collected; the output itself is flushed by whoever opened it.
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

/// Writes characters that could change a terminal as JSON's own escapes: the value is the same.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all labels and texts, and all keys; looked at many bytes at a time.
        if fragment.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return CompactFormatter.write_string_fragment(out, fragment);
        }
        for part in fragment.split_inclusive(is_hazardous) {
            match part.chars().next_back() {
                Some(last) if is_hazardous(last) => {
                    let harmless = part.strip_suffix(last).unwrap_or_default();
                    CompactFormatter.write_string_fragment(out, harmless)?;
                    // All of them are below U+10000, which is one unit of UTF-16.
                    write!(out, "\\u{:04x}", u32::from(last))?;
                }
                _ => CompactFormatter.write_string_fragment(out, part)?,
            }
        }
        Ok(())
    }
}

struct FileObject<'a>(&'a File<'a>);

impl Serialize for FileObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("path", &self.0.path.to_string_lossy())?;
        match &self.0.contents {
            Ok(Contents { snapshot, liveness }) => {
                if let Some(problem) = snapshot.problem() {
                    object.serialize_entry("error", &Displayed(problem))?;
                } else {
                    object.serialize_entry("format", &snapshot.format())?;
                    object.serialize_entry("alive", &alive(*liveness))?;
                }
                object.serialize_entry("fields", &Fields(snapshot))?;
            }
            Err(error) => {
                object.serialize_entry("error", &Displayed(error))?;
                object.serialize_entry("fields", &[(); 0])?;
            }
        }
        object.end()
    }
}

fn alive(liveness: Liveness) -> Option<bool> {
    match liveness {
        Liveness::Alive => Some(true),
        Liveness::Dead => Some(false),
        Liveness::Unknown => None,
    }
}

struct Displayed<T>(T);

impl<T: fmt::Display> Serialize for Displayed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Fields<'a>(&'a Snapshot<'a>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.metrics().map(FieldObject))
    }
}

struct FieldObject<'a>(Metric<'a>);

impl Serialize for FieldObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let metric = &self.0;
        let mut object = serializer.serialize_map(Some(7))?;
        object.serialize_entry("label", metric.label())?;
        object.serialize_entry("type", metric.type_name())?;
        object.serialize_entry("kind", &metric.kind().map(Kind::name))?;
        object.serialize_entry("unit", metric.unit())?;
        object.serialize_entry("help", metric.help())?;
        object.serialize_entry("tags", &Tags(metric))?;
        object.serialize_entry("value", &metric.value().ok().map(FieldValue))?;
        object.end()
    }
}

struct Tags<'a>(&'a Metric<'a>);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.tags().map(|(key, value)| (key, Displayed(value))))
    }
}

struct FieldValue(Value);

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::U64(value) => serializer.serialize_u64(*value),
            Value::I64(value) => serializer.serialize_i64(*value),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::F32(value) => serializer.serialize_str(not_finite((*value).into())),
            Value::F64(value) => serializer.serialize_str(not_finite(*value)),
        }
    }
}

/// The name of what JSON has no number for.
fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}
