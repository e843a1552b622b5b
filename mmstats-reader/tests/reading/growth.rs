//! Files that change between two polls.

use std::fs::{self, OpenOptions};

use mmstats_reader::{Error, Reader, Value};

use crate::fixture::{Built, Field, Fixture, NONE, le32, put, text};
use crate::{Place, field_lines, lines, value};

const COUNTS: [usize; 4] = [148, 180, 212, 244];

/// A file in which only the first of its attributes, fields and slots are published yet, and the
/// same file later.
fn growing() -> (Vec<u8>, Built) {
    let fields = [
        Field::counter("first", &[1, 10]),
        Field::text("second", NONE, &[text(8, b"two"), text(8, b"zwei")]),
        Field::counter("größer", &[3, 30]),
    ];
    let fixture =
        Fixture { spare: 5, ..Fixture::with_fields(fields) }.attribute("k", "v").attribute("l", "w");
    let later = fixture.slots(&[7, 9]).build();
    let mut now = later.bytes.clone();
    // The strings are "kv", "lw", "first", "second", "größer".
    put(&mut now, later.strings + 2, &[0; 20]);
    put(&mut now, later.attributes + 24, &[0; 24]);
    put(&mut now, later.descriptors, &[0; 64 * 3]);
    put(&mut now, later.slots + later.stride, &vec![0; later.stride]);
    for (at, count) in COUNTS.into_iter().zip([1, 0, 2, 1]) {
        put(&mut now, at, &le32(count));
    }
    (now, later)
}

#[test]
fn what_was_appended_is_read_with_the_next_snapshot() {
    let (now, later) = growing();
    let place = Place::with(&now);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(lines(&reader.snapshot().unwrap())[4..], ["k Text(\"v\")"]);

    fs::write(&place.path, &later.bytes).unwrap();
    let grown = [
        "k Text(\"v\")",
        "l Text(\"w\")",
        "first U64(11)",
        "second{tid=7} Text(\"two\")",
        "second{tid=9} Text(\"zwei\")",
        "größer U64(33)",
    ];
    assert_eq!(lines(&reader.snapshot().unwrap())[4..], grown);
    assert_eq!(lines(&reader.snapshot().unwrap())[4..], grown);
    assert_eq!(reader.problem(), None);
}

#[test]
fn one_field_at_a_time_may_be_appended() {
    let (_, later) = growing();
    let place = Place::with(&later.bytes);
    let mut bytes = later.bytes.clone();
    put(&mut bytes, 180, &le32(0));
    fs::write(&place.path, &bytes).unwrap();
    let mut reader = Reader::open(&place.path).unwrap();
    for count in 1..=3 {
        put(&mut bytes, 180, &le32(count));
        fs::write(&place.path, &bytes).unwrap();
        // The text is one metric for each of two threads.
        let expected = [1, 3, 4][count - 1] + 2;
        assert_eq!(field_lines(&mut reader).len(), expected);
    }
}

#[test]
fn a_bad_record_that_is_appended_leaves_the_fields_before_it() {
    let (now, later) = growing();
    let place = Place::with(&now);
    let mut reader = Reader::open(&place.path).unwrap();
    let mut bad = later.clone();
    bad.put(later.descriptors + 64, &[1]);
    fs::write(&place.path, &bad.bytes).unwrap();
    assert_eq!(field_lines(&mut reader)[2..], ["first U64(11)"]);
    let problem = reader.problem().unwrap().to_string();
    assert!(problem.contains(" of a descriptor, found "), "{problem}");
    assert!(problem.ends_with(&format!(" at byte {}", later.descriptors + 64)), "{problem}");
    // It stays so, even if it is mended: what was appended may not change.
    fs::write(&place.path, &later.bytes).unwrap();
    assert_eq!(field_lines(&mut reader)[2..], ["first U64(11)"]);
}

#[test]
fn counts_never_fall() {
    let (_, later) = growing();
    for (at, what) in COUNTS.into_iter().zip(["attributes", "descriptors", "string bytes", "slots"]) {
        let place = Place::with(&later.bytes);
        let mut reader = Reader::open(&place.path).unwrap();
        let count = later.bytes[at];
        let mut fallen = later.clone();
        fallen.put(at, &[count - 1]);
        fs::write(&place.path, &fallen.bytes).unwrap();
        let error = reader.snapshot().err().unwrap().to_string();
        let found = count - 1;
        assert_eq!(
            error,
            format!("expected the count of {what} of at least {count}, found {found} at byte {at}")
        );
    }
}

#[test]
fn the_rest_of_the_header_never_changes() {
    let (_, later) = growing();
    for at in (0..256).filter(|at| !COUNTS.iter().any(|count| (*count..count + 4).contains(at))) {
        let place = Place::with(&later.bytes);
        let mut reader = Reader::open(&place.path).unwrap();
        let mut changed = later.clone();
        changed.put(at, &[!later.bytes[at]]);
        fs::write(&place.path, &changed.bytes).unwrap();
        let error = reader.snapshot().err().unwrap();
        assert!(matches!(&error, Error::Changed { offset, .. } if *offset == at as u64));
        let expected = format!(
            "expected the header as when the file was opened, found another at byte {at}; open it again"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_file_cut_short_while_open_is_an_error_and_shows_no_earlier_value() {
    let place = Place::new();
    let built = Fixture::with_fields([Field::counter("a", &[41])]).write(&place.path);
    for len in 0..built.bytes.len() {
        fs::write(&place.path, &built.bytes).unwrap();
        let mut reader = Reader::open(&place.path).unwrap();
        assert_eq!(value(&mut reader, "a"), Value::U64(41));
        OpenOptions::new().write(true).open(&place.path).unwrap().set_len(len as u64).unwrap();
        let error = reader.snapshot().err().unwrap().to_string();
        let needed = if len < 256 { 256 } else { built.bytes.len() };
        assert_eq!(error, format!("expected a file of at least {needed} bytes, found {len} at byte {len}"));
        // And once more, and whole again.
        assert!(reader.snapshot().is_err());
        fs::write(&place.path, &built.bytes).unwrap();
        assert_eq!(value(&mut reader, "a"), Value::U64(41));
    }
}
