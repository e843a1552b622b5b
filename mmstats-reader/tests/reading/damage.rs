//! Files that are cut short or damaged somewhere.

use std::fs;
use std::path::Path;

use crate::fixture::{Built, Field, Fixture, MAX, NONE, text};
use crate::{Place, read};

fn good() -> Built {
    let fields = [
        Field::counter("web.hits", &[5]).described("How often.", "requests", "method\0get\0"),
        Field::gauge("load", 10, MAX, &[&0.5_f64.to_le_bytes()]).described("Über all.", "", ""),
        Field::text("status", NONE, &[text(12, "läuft".as_bytes())]),
    ];
    let fixture = Fixture { spare: 1, capacity: 2, ..Fixture::with_fields(fields) };
    fixture.attribute("sys.cmd", "web").attribute("service.version", "1.2").build()
}

/// Says what, where and what instead.
fn assert_explains(message: &str) {
    assert!(
        message.contains("expected ") && message.contains(", found ") && message.contains(" at byte "),
        "{message}"
    );
}

#[test]
fn a_file_cut_at_any_length_is_an_error() {
    let built = good();
    let place = Place::with(&[]);
    for len in 0..built.bytes.len() {
        fs::write(&place.path, &built.bytes[..len]).unwrap();
        let error = read(&place.path).unwrap_err().to_string();
        let expected = if len < 256 {
            format!("expected a header of at least 256 bytes, found {len} at byte 0")
        } else {
            format!("expected a file of at least {} bytes, found {len} at byte 16", built.bytes.len())
        };
        // The length of the file is in the header, which is checked first.
        assert_eq!(error, expected);
    }
}

#[test]
fn an_empty_file_is_an_error() {
    let place = Place::with(&[]);
    let error = read(&place.path).unwrap_err().to_string();
    assert_eq!(error, "expected a header of at least 256 bytes, found 0 at byte 0");
}

#[test]
fn every_flipped_byte_is_reported_or_changes_nothing() {
    let built = good();
    let place = Place::with(&built.bytes);
    let (whole, problem) = read(&place.path).unwrap();
    assert_eq!(problem, None);
    for at in 0..built.strings + built.strings_len {
        for mask in (0..8).map(|bit| 1 << bit).chain([0xff]) {
            let mut bytes = built.bytes.clone();
            bytes[at] ^= mask;
            fs::write(&place.path, &bytes).unwrap();
            check_flipped(&place.path, at, &whole);
        }
    }
}

fn check_flipped(path: &Path, at: usize, whole: &[String]) {
    let (lines, problem) = match read(path) {
        Ok(read) => read,
        Err(error) => return assert_explains(&error.to_string()),
    };
    match problem {
        Some(problem) => assert_explains(&problem),
        // A lower count is what the file said before it grew.
        None if [148, 180, 244].contains(&at) => {
            assert!(
                lines.len() <= whole.len()
                    && lines.iter().all(|line| whole.contains(line) || line.starts_with("web.hits"))
            );
        }
        None => assert_eq!(lines, whole, "byte {at} was flipped"),
    }
}

#[test]
fn the_fields_before_the_damage_are_read() {
    let built = good();
    let third = built.descriptors + 2 * 64;
    let mut damaged = built.clone();
    damaged.put(third + 8, &[2]);
    let (lines, problem) = read(&Place::with(&damaged.bytes).path).unwrap();
    assert_eq!(lines[5..], ["service.version Text(\"1.2\")", "web.hits{method=get} U64(5)", "load F64(0.5)"]);
    let problem = problem.unwrap();
    assert!(
        problem.starts_with("expected check ") && problem.contains(" of a descriptor, found "),
        "{problem}"
    );
    assert!(problem.ends_with(&format!(" at byte {third}")), "{problem}");
}

#[test]
fn a_string_that_is_not_utf_8_is_an_error_of_the_field_that_needs_it() {
    let built = good();
    let needle = "Über all.".as_bytes();
    let at = built.bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    let mut damaged = built.clone();
    damaged.put(at + 1, b"x");
    let (lines, problem) = read(&Place::with(&damaged.bytes).path).unwrap();
    assert_eq!(lines.last().unwrap(), "web.hits{method=get} U64(5)");
    let expected = format!("expected the strings in whole UTF-8 characters, found other bytes at byte {at}");
    assert_eq!(problem.unwrap(), expected);
}
