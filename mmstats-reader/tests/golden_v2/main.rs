//! Compares what the library reports about the golden files of format 2, and builds those that are built by hand.
//!
//! | module | what its files are |
//! |---|---|
//! | `growing` | one file at ten stages of its growth |
//! | `damaged` | cut, flipped, hostile and torn |
//! | `newer` | what later versions may write |
//! | `odd` | undamaged, with contents that the SDK does not write |
//!
//! `report` lists everything that the library reports about a file.

#[path = "../fixture/mod.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod fixture;
#[path = "../../../tests/golden/recordings.rs"]
mod recordings;

mod damaged;
mod growing;
mod newer;
mod odd;
mod report;

use std::fs;

use fixture::{Built, Field, Fixture};
use mmstats_reader::Reader;
use recordings::{Files, Recordings, is_blessing};

const COMMAND: &str = "cargo test -p mmstats-reader --test golden_v2";

/// The files of a group: their names, and their bytes.
type Group = Vec<(String, Vec<u8>)>;

/// A fixture with these fields. Its owner is a user id that hardly anybody has, as in the files that the SDK wrote.
fn file(fields: impl IntoIterator<Item = Field>) -> Fixture {
    Fixture { uid: 4_200_000_000, ..Fixture::with_fields(fields) }
}

fn named(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.into(), bytes.into())
}

fn built(name: &str, fixture: &Fixture) -> (String, Vec<u8>) {
    named(name, fixture.build().bytes)
}

/// Puts `new` at byte `at` of the descriptor of index `index`, and makes the check of the record right again. The
/// strings that it refers to are those of `field`.
fn put_in_descriptor(built: &mut Built, (index, field): (usize, &Field), at: usize, new: &[u8]) {
    let record_at = built.descriptors + index * 64;
    built.put(record_at + at, new).put(record_at + 60, &[0; 4]);
    let record = &built.bytes[record_at..record_at + 64];
    let check = fixture::crc32(&[record, &field.label, &field.help, &field.unit, &field.tags]);
    built.put(record_at + 60, &check.to_le_bytes());
}

/// All files that are built by hand.
fn built_by_hand() -> Files {
    let groups = [
        ("growing", growing::files()),
        ("damaged", damaged::files()),
        ("newer", newer::files()),
        ("odd", odd::files()),
    ];
    let mut files = Files::new();
    for (group, members) in groups {
        for (name, bytes) in members {
            let before = files.insert(format!("{group}/{name}.mmstats"), bytes);
            assert!(before.is_none(), "{group}/{name} comes twice");
        }
    }
    files
}

/// Whether a golden file is one that is built by hand: the SDK wrote the others.
fn is_built_by_hand(name: &str) -> bool {
    name.ends_with(".mmstats") && !name.starts_with("written/")
}

#[test]
fn the_files_built_by_hand_are_the_golden_files() {
    Recordings::golden("v2").check(is_built_by_hand, &built_by_hand(), COMMAND);
}

#[test]
fn all_that_the_library_reports_is_as_recorded() {
    let recordings = Recordings::golden("v2");
    if is_blessing() {
        // The test that records them may run later than this one.
        recordings.record(is_built_by_hand, &built_by_hand());
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy.mmstats");
    let reports = recordings.read(|name| name.ends_with(".mmstats")).into_iter().map(|(name, bytes)| {
        fs::write(&path, bytes).unwrap();
        (name.replace(".mmstats", ".metrics"), report::of(&mut Reader::open(&path)).into_bytes())
    });
    recordings.check(|name| name.ends_with(".metrics"), &reports.collect(), COMMAND);
}

#[test]
fn a_reader_that_follows_a_growing_file_reports_what_a_new_one_does() {
    let directory = tempfile::tempdir().unwrap();
    let (path, other) = (directory.path().join("growing.mmstats"), directory.path().join("other.mmstats"));
    let mut files = growing::files().into_iter();
    let (_, first) = files.next().unwrap();
    fs::write(&path, first).unwrap();
    let mut reader = Reader::open(&path);
    for (name, bytes) in files {
        fs::write(&path, &bytes).unwrap();
        fs::write(&other, &bytes).unwrap();
        assert_eq!(report::of(&mut reader), report::of(&mut Reader::open(&other)), "{name}");
    }
}
