//! Reads all that there is to read of a file, and shows it.

use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;

use mmstats_reader::{Error, HistogramValue, Liveness, Metric, Reader, TagValue, Value};
use mmstats_tools::combining::{By, Combination};
use mmstats_tools::escape::is_hazardous;
use mmstats_tools::output::csv::Csv;
use mmstats_tools::output::json::Json;
use mmstats_tools::output::table::Table;
use mmstats_tools::output::text::Text;
use mmstats_tools::output::{Contents, File, Output};
use mmstats_tools::selection::{Labels, Process};

use crate::budget::held;

/// Bytes of strings up to which all are looked at character by character, and shown. Arrays repeat
/// theirs for each element.
const MAX_SHOWN: usize = 16 * 1024;

/// The ways in which slurpstats shows files.
const OUTPUTS: [&dyn Output; 5] = [
    &Text { is_raw: false },
    &Json,
    &Csv,
    &Table { is_raw: false, columns: Some(80) },
    &Table { is_raw: true, columns: None },
];

/// Opens the file at `path` and reads all that there is to read, within the limits of time and
/// memory for its `len` bytes; then shows it.
///
/// # Panics
/// If a limit is not kept, the reader contradicts itself, or what is shown could harm.
pub fn open(path: &Path, len: usize) -> Option<Reader> {
    let opened = held(len, || {
        let mut reader = Reader::open(path)?;
        let is_small = read(&mut reader);
        Ok((reader, is_small))
    });
    match opened {
        Ok((mut reader, is_small)) => {
            check_all(&mut reader);
            if is_small {
                show(&mut reader);
            }
            Some(reader)
        }
        Err(error) => {
            show_error(path, &error);
            None
        }
    }
}

/// As [`open`], for a file that is open and had or has up to `len` bytes.
///
/// # Panics
/// As [`open`].
pub fn poll(reader: &mut Reader, len: usize) {
    let is_small = held(len, || read(reader));
    check_all(reader);
    if is_small {
        show(reader);
    }
}

/// Reads all values; returns whether there are so few strings that they can be shown.
fn read(reader: &mut Reader) -> bool {
    black_box((reader.header(), reader.format(), reader.owner_uid(), reader.claims_other_owner()));
    black_box((reader.liveness().is_ok(), reader.problem(), reader.skipped()));
    let mut room = MAX_SHOWN;
    if let Ok(snapshot) = reader.snapshot() {
        for metric in snapshot.metrics() {
            every_accessor(&metric);
            room = room.saturating_sub(metric.label().len() + metric.help().len() + metric.unit().len());
            if room > 0 {
                room = room.saturating_sub(metric.tags().map(|(key, value)| key.len() + length(value)).sum());
            }
        }
        black_box((snapshot.rereads(), snapshot.torn(), snapshot.skipped(), snapshot.format()));
    }
    room > 0
}

/// Shows a file as slurpstats does, and what it comes to together with itself.
fn show(reader: &mut Reader) {
    let path = reader.path().to_owned();
    let (liveness, uid) = (reader.liveness().unwrap_or(Liveness::Unknown), reader.owner_uid());
    let header = reader.header().copied();
    match reader.snapshot() {
        Ok(snapshot) => {
            let process = Process::new(&path, &snapshot, uid, liveness);
            let labels = Labels::default();
            let contents = || Contents { process: &process, snapshot: &snapshot, labels: &labels };
            let mut both = Combination::new(By::Process);
            for _ in 0..2 {
                both.add(&path, header.as_ref(), &contents());
            }
            for output in OUTPUTS {
                // Each is an error only if there is too much of it.
                let _ =
                    output.file(&File { path: &path, contents: Ok(contents()) }, &mut Harmless::default());
                for group in both.groups() {
                    let _ = output.group(&group, &mut Harmless::default());
                }
            }
            if let Some(problem) = snapshot.problem() {
                write!(Harmless::default(), "{problem}").expect("a message");
            }
        }
        Err(error) => show_error(&path, &error),
    }
}

/// Shows why the file at `path` cannot be read, as slurpstats does.
///
/// # Panics
/// If it is shown in a way that could harm.
pub fn show_error(path: &Path, error: &Error) {
    write!(Harmless::default(), "{error}").expect("a message");
    for output in OUTPUTS {
        output.file(&File { path, contents: Err(error) }, &mut Harmless::default()).expect("a line");
    }
}

fn length(value: TagValue<'_>) -> usize {
    match value {
        TagValue::Text(text) => text.len(),
        TagValue::Number(_) => size_of::<u32>(),
    }
}

fn every_accessor(metric: &Metric<'_>) {
    black_box((metric.label(), metric.help(), metric.unit(), metric.scale()));
    let names = (metric.kind(), metric.aggregate().name(), metric.type_name());
    black_box((names, metric.value().is_ok()));
    for member in metric.members() {
        black_box((member.label(), member.help(), member.unit(), member.scale(), member.type_name()));
    }
}

/// Holds each value to its type. The types of format 1 are those of Python, and its labels are any bytes.
fn check_all(reader: &mut Reader) {
    if let Ok(snapshot) = reader.snapshot()
        && snapshot.format() == 2
    {
        snapshot.metrics().for_each(|metric| check(&metric));
    }
}

/// Holds the value to its type.
fn check(metric: &Metric<'_>) {
    // Only an attribute may be without a name.
    assert!(!metric.label().is_empty() || metric.aggregate().name() == "constant");
    if let Ok(value) = metric.value() {
        let fits = match metric.type_name() {
            "u8" | "u16" | "u32" | "u64" => matches!(value, Value::U64(_)),
            "i8" | "i16" | "i32" | "i64" => matches!(value, Value::I64(_)),
            "f32" => matches!(value, Value::F32(_)),
            "f64" => matches!(value, Value::F64(_)),
            "bool" => matches!(value, Value::Bool(_)),
            "text" => matches!(&value, Value::Text(text) if !text.contains('\0')),
            "average" => matches!(value, Value::Average(_)),
            "moving_average" => matches!(value, Value::F64(_) | Value::Nothing),
            "histogram" => matches!(&value, Value::Histogram(histogram) if is_sound(histogram)),
            "timer" => matches!(&value, Value::Timer(timer) if is_sound(timer.durations())),
            "record" => matches!(&value, Value::Record(values) if values.len() == metric.members().count()),
            _ => false,
        };
        assert!(fits, "expected a value of type {}, found {value:?}", metric.type_name());
    }
}

/// Whether what a histogram says of its values fits together.
fn is_sound(histogram: &HistogramValue) -> bool {
    let bounds = [0.0, 0.5, 0.999, 1.0].map(|q| histogram.quantile(q));
    let is_sorted = bounds.iter().flatten().is_sorted_by_key(|bounds| *bounds.start());
    let all = [histogram.min(), histogram.max()];
    let is_empty = histogram.count() == 0;
    let is_like_empty = |bounds: &Option<std::ops::RangeInclusive<u64>>| bounds.is_none() == is_empty;
    is_sorted && bounds.iter().chain(&all).all(is_like_empty) && histogram.mean().is_none() == is_empty
}

/// Takes what cannot harm a terminal, until it has had enough.
struct Harmless {
    room: usize,
}

impl Default for Harmless {
    fn default() -> Self {
        Self { room: MAX_SHOWN }
    }
}

impl Write for Harmless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What is shown is written character by character, or in larger pieces.
        let shown = str::from_utf8(bytes).expect("whole characters");
        // Lines of comma-separated values end in both.
        let lines = shown.replace("\r\n", "\n");
        let harmful = lines.chars().find(|character| is_hazardous(*character) && *character != '\n');
        assert_eq!(harmful, None, "expected what cannot harm, found {shown:?}");
        self.room = self.room.checked_sub(bytes.len()).ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
