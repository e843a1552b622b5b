//! What the reader makes of files: good ones, damaged ones, hostile ones, and what is no file.

#[path = "../fixture/mod.rs"]
mod fixture;

mod ages;
mod damage;
mod distributions;
mod format_1;
mod growth;
mod hostile;
mod records;
mod scan;
mod slots;
mod texts;
mod threads;
mod values;
mod watch;

use std::path::{Path, PathBuf};

use mmstats_reader::{Error, Metric, Reader, Snapshot, Value};
use tempfile::TempDir;

/// A directory with a name for one file in it.
struct Place {
    _directory: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { path: directory.path().join("a.mmstats"), _directory: directory }
    }

    /// A file that consists of `bytes`.
    fn with(bytes: &[u8]) -> Self {
        let place = Self::new();
        std::fs::write(&place.path, bytes).unwrap();
        place
    }
}

/// All metrics of a snapshot in one line each: `label{tag=value} value`.
fn lines(snapshot: &Snapshot<'_>) -> Vec<String> {
    snapshot.metrics().map(|metric| line(&metric)).collect()
}

fn line(metric: &Metric<'_>) -> String {
    let tags: Vec<String> = metric.tags().map(|(key, value)| format!("{{{key}={value}}}")).collect();
    let tags = tags.concat();
    match metric.value() {
        Ok(value) => format!("{}{tags} {value:?}", metric.label()),
        Err(torn) => format!("{}{tags} {torn:?}", metric.label()),
    }
}

/// The metrics that are fields.
fn field_lines(reader: &mut Reader) -> Vec<String> {
    let lines = lines(&reader.snapshot().unwrap());
    lines.into_iter().filter(|line| !line.starts_with("sys.")).collect()
}

/// The metrics of the file at `path`, and what stopped the parser.
fn read(path: &Path) -> Result<(Vec<String>, Option<String>), Error> {
    let mut reader = Reader::open(path)?;
    let lines = lines(&reader.snapshot()?);
    Ok((lines, reader.problem().map(ToString::to_string)))
}

/// The value of the metric `label`.
fn value(reader: &mut Reader, label: &str) -> Value {
    let snapshot = reader.snapshot().unwrap();
    let mut metrics = snapshot.metrics();
    metrics.find(|metric| metric.label() == label).unwrap().value().unwrap()
}
