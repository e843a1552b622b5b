//! The tests miss no difference from the recordings, and no file without a recording.

use std::fs;

use tempfile::TempDir;

use crate::recordings::{Files, Recordings};
use crate::{all_said, is_said};

/// A directory of recordings of a few files, and what they are.
fn recorded() -> (TempDir, Recordings, Files) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    let recordings = Recordings::at(dir.path().to_owned());
    let golden: Files = Recordings::golden("v2").read(|name| name == "written/counter.mmstats");
    let golden = golden.into_iter().map(|(name, bytes)| (name.replace("written", "a"), bytes)).collect();
    let said = all_said(golden);
    assert_eq!(said.keys().collect::<Vec<_>>(), ["a/_all.txt", "a/counter.json", "a/counter.txt"]);
    recordings.record(is_said, &said);
    (dir, recordings, said)
}

#[test]
fn what_was_recorded_is_no_difference() {
    let (_dir, recordings, said) = recorded();
    assert_eq!(recordings.differences(is_said, &said), [""; 0]);
}

#[test]
fn each_byte_counts_and_is_named() {
    let (_dir, recordings, mut said) = recorded();
    let text = said.get_mut("a/counter.txt").unwrap();
    let at = text.windows(4).position(|bytes| bytes == b"some").unwrap();
    let line = text[..at].split(|byte| *byte == b'\n').count();
    text[at] = b'S';
    let differences = recordings.differences(is_said, &said);
    let [difference] = differences.as_slice() else { panic!("expected one, found {differences:?}") };
    assert!(difference.starts_with(&format!("a/counter.txt: line {line}, byte {at}\n")), "{difference}");
    assert!(difference.contains("recorded …") && difference.contains("Some "), "{difference}");
}

#[test]
fn a_file_without_a_recording_is_a_difference() {
    let (dir, recordings, said) = recorded();
    fs::remove_file(dir.path().join("a/counter.json")).unwrap();
    assert_eq!(recordings.differences(is_said, &said), ["a/counter.json: not recorded"]);
}

#[test]
fn a_recording_without_its_file_is_a_difference() {
    let (dir, recordings, said) = recorded();
    fs::write(dir.path().join("a/gone.txt"), "").unwrap();
    let gone = "a/gone.txt: recorded, but nothing makes it any more";
    assert_eq!(recordings.differences(is_said, &said), [gone]);
    recordings.record(is_said, &said);
    assert_eq!(recordings.differences(is_said, &said), [""; 0]);
}
