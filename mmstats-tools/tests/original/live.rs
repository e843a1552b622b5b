//! Lets the original itself write and read.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mmstats_reader::{Liveness, Reader, Value};
use mmstats_tests::original::Original;

use crate::{comparable, golden_files, is_better_here, slurpstats};

pub(crate) fn original() -> Option<Original> {
    Original::find(Path::new(env!("CARGO_TARGET_TMPDIR")))
}

/// The original, which writes into `directory` at full speed until its input ends, and its file.
pub(crate) fn start_writer(original: &Original, directory: &Path) -> (Child, PathBuf) {
    let mut writer = original
        .command()
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/original/writer.py"))
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut path = String::new();
    BufReader::new(writer.stdout.take().unwrap()).read_line(&mut path).unwrap();
    (writer, path.trim_end().into())
}

#[test]
fn both_slurpstats_print_the_same_text_over_the_same_files() {
    let Some(original) = original() else { return };
    let files: Vec<PathBuf> = golden_files(&["fields", "models", "structs"])
        .into_iter()
        .filter(|path| !is_better_here(path))
        // After an error the original has shown nothing but the path.
        .filter(|path| fs::read_to_string(path.with_extension("json")).unwrap().contains("\"error\": null"))
        .collect();
    // The original takes files in an order of its own.
    let blocks = |text: &str| {
        let mut blocks: Vec<String> = text.split("==> ").map(comparable).collect();
        blocks.sort();
        blocks
    };
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let ours = blocks(&slurpstats(Path::new("/"), &paths));
    assert_eq!(ours.len(), files.len() + 1);
    assert_eq!(ours, blocks(&original.slurpstats(&files)));
}

#[test]
fn the_golden_files_are_what_the_original_writes_today() {
    let Some(original) = original() else { return };
    let dir = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/v1/generate.py");
    let output = original.command().arg(script).arg(dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for golden in golden_files(&["damage", "fields", "models", "structs"]) {
        for extension in ["mmstats", "json", "txt"] {
            let golden = golden.with_extension(extension);
            let mut parts = golden.components().rev();
            let (name, directory) = (parts.next().unwrap(), parts.next().unwrap());
            let written = dir.path().join(directory).join(name);
            assert!(fs::read(&written).unwrap() == fs::read(&golden).unwrap(), "{}", golden.display());
        }
    }
}

#[test]
fn values_that_the_original_writes_at_full_speed_are_read_whole() {
    const READS: usize = 100_000;
    let Some(original) = original() else { return };
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let (mut writer, path) = start_writer(&original, dir.path());
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.liveness().unwrap(), Liveness::Alive);

    let (mut calls, mut torn) = (0, 0);
    for read in 0..READS {
        let snapshot = reader.snapshot().unwrap();
        assert_eq!(snapshot.problem(), None);
        torn += snapshot.torn();
        for metric in snapshot.metrics() {
            let Ok(value) = metric.value() else { continue };
            let is_written = match (metric.label(), &value) {
                ("calls", Value::U64(now)) => {
                    let is_later = *now >= calls;
                    calls = *now;
                    is_later
                }
                ("ratio", Value::F64(ratio)) => [0.0, 0.1, -1e300].contains(ratio),
                ("level", Value::U64(level)) => [0, 1, u64::MAX].contains(level),
                ("word", Value::Text(word)) => word == "start",
                ("state", Value::Bool(_)) => true,
                ("sys.pid", Value::U64(pid)) => *pid == u64::from(writer.id()),
                (label, _) => label.starts_with("sys.") || label == "org.python.version",
            };
            assert!(is_written, "read {read}: {} is {value:?}", metric.label());
        }
    }
    assert!(calls > 1000, "the writer did not write beside the reader: {calls} calls");
    assert!(torn < READS as u64 / 100, "{torn} values were not whole after 64 reads");

    drop(writer.stdin.take());
    assert!(writer.wait().unwrap().success());
    assert_eq!(reader.liveness().unwrap(), Liveness::Dead);
}

#[test]
fn a_file_of_the_originals_is_removed_once_its_process_is_dead() {
    let Some(original) = original() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, path) = start_writer(&original, dir.path());
    let summary = || {
        let output = Command::new(env!("CARGO_BIN_EXE_cleanstats")).arg(dir.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().last().map(str::to_owned).unwrap()
    };
    assert_eq!((summary().as_str(), path.exists()), ("Removed 0  -  1 alive", true));
    writer.kill().unwrap();
    writer.wait().unwrap();
    // From a container not all processes are seen, and the file stays.
    let removed = summary();
    assert_eq!(removed == "Removed 1  -  0 alive", !path.exists(), "{removed}");
    assert!(!path.exists() || removed == "Removed 0  -  0 alive  -  1 unknown", "{removed}");
}
