//! Every file is read as the original reads it.

use std::fs;
use std::path::PathBuf;

use mmstats_format::v1;

use crate::support::{exact, golden, json, read};

/// All golden files, in order.
fn files() -> Vec<PathBuf> {
    let directories = ["damage", "fields", "models", "structs"];
    let entries = directories.iter().flat_map(|directory| fs::read_dir(golden().join(directory)).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "mmstats")).collect();
    files.sort();
    assert!(files.len() > 90, "expected more golden files, found {}", files.len());
    files
}

#[test]
fn every_label_and_value_is_that_of_the_original() {
    for path in files() {
        let verdict = json(&path.with_extension("json"));
        let file = fs::read(&path).unwrap();
        let (found, error) = read(&file);
        let found: Vec<_> = found
            .iter()
            .map(|(record, value)| {
                let [kind, value] = exact(value);
                serde_json::json!([record.label_text(), kind, value])
            })
            .collect();
        assert_eq!(serde_json::Value::from(found), verdict["fields"], "in {path:?}");
        assert_eq!(error.is_some(), !verdict["error"].is_null(), "in {path:?}: {error:?}");
    }
}

#[test]
fn a_place_finds_the_value_without_the_labels() {
    for path in files() {
        let file = fs::read(&path).unwrap();
        for (record, value) in read(&file).0 {
            let again = record.place.decode(record.place.bytes(&file)).unwrap();
            assert_eq!(exact(&again), exact(&value), "in {path:?}");
            assert_eq!(record.place.bytes(&file), record.values, "in {path:?}");
        }
    }
}

#[test]
fn the_end_is_behind_the_last_field() {
    for path in files() {
        let file = fs::read(&path).unwrap();
        let Ok(mut records) = v1::records(&file) else { continue };
        let mut end = records.offset();
        while let Some(Ok(record)) = records.next() {
            assert_eq!(record.offset, end, "in {path:?}");
            end = record.place.range().end.min(file.len() as u64);
            assert_eq!(records.offset(), end, "in {path:?}");
        }
        assert!(records.next().is_none(), "a field behind the end of {path:?}");
    }
}
