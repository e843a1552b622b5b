//! What a reader finds in a file.

use std::path::Path;

use mmstats_reader::{Liveness, Reader, Value};

/// Whether the writer of the file at `path` lives.
///
/// # Panics
/// If it is no file of statistics, or the system does not answer.
pub fn liveness(path: impl AsRef<Path>) -> Liveness {
    open(path).liveness().expect("the system answers")
}

/// The id of the run that wrote the file at `path`.
///
/// # Panics
/// If it is no file of statistics.
pub fn instance_id(path: impl AsRef<Path>) -> [u8; 16] {
    open(path).header().expect("format 2").instance_id
}

/// The values in the file at `path` that have the label `label`.
///
/// # Panics
/// If it is no file of statistics, or a value is torn.
pub fn values(path: impl AsRef<Path>, label: &str) -> Vec<Value> {
    values_now(&mut open(path), label)
}

/// The unsigned number in the file at `path` that has the label `label`.
///
/// # Panics
/// If it is no file of statistics, or does not have exactly one such number.
pub fn number(path: impl AsRef<Path>, label: &str) -> u64 {
    match values(path, label).as_slice() {
        [Value::U64(number)] => *number,
        other => panic!("{label} is a number: {other:?}"),
    }
}

/// The values that have the label `label`, as they are now.
///
/// # Panics
/// If the file cannot be read, or a value is torn.
pub fn values_now(reader: &mut Reader, label: &str) -> Vec<Value> {
    let snapshot = reader.snapshot().expect("a file of statistics");
    let metrics = snapshot.metrics().filter(|metric| metric.label() == label);
    metrics.map(|metric| metric.value().expect("whole values")).collect()
}

/// The one number that has the label `label`, as it is now.
///
/// # Panics
/// If there is none, or several.
pub fn count_now(reader: &mut Reader, label: &str) -> u64 {
    match values_now(reader, label).as_slice() {
        [Value::U64(count)] => *count,
        other => panic!("expected one count, found {other:?}"),
    }
}

/// The one number in the file at `path` that has the label `label`.
///
/// # Panics
/// If there is none, or several.
pub fn count(path: impl AsRef<Path>, label: &str) -> u64 {
    count_now(&mut open(path), label)
}

fn open(path: impl AsRef<Path>) -> Reader {
    Reader::open(path.as_ref()).expect("a file of statistics")
}
