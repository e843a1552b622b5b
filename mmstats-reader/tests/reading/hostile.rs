//! Files that mean harm, and what is no file of statistics at all.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use mmstats_reader::{Error, Reader};
use nix::sys::stat::Mode;

use crate::fixture::{Built, Field, Fixture, NONE, crc32, put, text};
use crate::{Place, read};

fn good() -> Built {
    let fields = [Field::counter("a", &[5]), Field::text("t", NONE, &[text(12, b"text")])];
    Fixture { spare: 2, ..Fixture::with_fields(fields) }.attribute("k", "v").build()
}

/// The error of a file that is `good` but for `bytes` at `at`, with a header check that is right.
fn header_error(at: usize, bytes: &[u8]) -> String {
    let mut built = good();
    built.put(at, bytes).seal_header();
    read(&Place::with(&built.bytes).path).unwrap_err().to_string()
}

/// What stops the parser in a file whose first descriptor is `good` but for `bytes` at `at` in
/// it, with a check that is right.
fn descriptor_problem(at: usize, bytes: &[u8]) -> Option<String> {
    let mut built = good();
    let record = &mut built.bytes[good().descriptors..][..64];
    put(record, at, bytes);
    put(record, 60, &[0; 4]);
    let check = crc32(&[record, b"a"]);
    put(record, 60, &check.to_le_bytes());
    read(&Place::with(&built.bytes).path).unwrap().1
}

#[test]
fn hostile_regions_are_refused() {
    const MAX_U32: [u8; 4] = [0xff; 4];
    const MAX_U64: [u8; 8] = [0xff; 8];
    let len = good().bytes.len();
    for entry in [128, 160, 192, 224] {
        // Offset, length, record length, count, capacity; then an offset that wraps.
        for (at, bytes) in [(0, &MAX_U64[..]), (8, &MAX_U64), (16, &MAX_U32), (20, &MAX_U32), (24, &MAX_U32)]
        {
            let message = header_error(entry + at, bytes);
            assert!(message.starts_with("expected ") && message.contains(", found "), "{message}");
        }
        let message = header_error(entry, &(u64::MAX - 127).to_le_bytes());
        assert!(message.contains(&format!("of at most {len}, found 18446744073709551")), "{message}");
        let message = header_error(entry + 16, &[0; 4]);
        assert!(message.contains("record of at least"), "{message}");
    }
}

#[test]
fn regions_that_overlap_are_refused() {
    let built = good();
    let message = header_error(160, &(built.attributes as u64).to_le_bytes());
    assert!(message.starts_with("expected the offset of a region of at least"), "{message}");
    let message = header_error(128, &0_u64.to_le_bytes());
    assert_eq!(message, "expected the offset of a region of at least 256, found 0 at byte 128");
}

#[test]
fn a_longer_file_than_there_is_is_refused() {
    let len = good().bytes.len();
    assert_eq!(
        header_error(16, &u64::MAX.to_le_bytes()),
        format!("expected a file of at least {} bytes, found {len} at byte 16", u64::MAX)
    );
}

#[test]
fn hostile_descriptors_stop_the_parser() {
    let built = good();
    let at = built.descriptors;
    let all = u32::MAX.to_le_bytes();
    let stride = built.stride;
    assert_eq!(
        descriptor_problem(0, &all).unwrap(),
        format!("expected the end of a value in its slot of at most {stride}, found 4294967303 at byte {at}")
    );
    assert_eq!(
        descriptor_problem(8, &all).unwrap(),
        format!(
            "expected the end of a value in its slot of at most {stride}, found 34359738488 at byte {at}"
        )
    );
    assert_eq!(
        descriptor_problem(0, &8_u32.to_le_bytes()).unwrap(),
        format!("expected the offset of a value of at least 128, found 8 at byte {at}")
    );
    for (offset, what) in [(16, "a label"), (24, "a help text"), (32, "a unit"), (40, "a field's tags")] {
        let (end, at) = (u64::from(u32::MAX) * 2, at + offset);
        assert_eq!(
            descriptor_problem(offset, &[0xff; 8]).unwrap(),
            format!("expected the end of {what} of at most {}, found {end} at byte {at}", built.strings_len)
        );
    }
    // Unknown kinds and types are none of the parser's business.
    assert_eq!(descriptor_problem(12, &[0xff, 0xff, 0xff, 0xff]), None);
}

#[test]
fn a_text_may_be_as_long_as_its_slot_and_no_longer() {
    for size in [0, 8, 16, 24, u32::MAX] {
        let mut built = good();
        let record = &mut built.bytes[good().descriptors + 64..][..64];
        put(record, 4, &size.to_le_bytes());
        put(record, 60, &[0; 4]);
        let check = crc32(&[record, b"t"]);
        put(record, 60, &check.to_le_bytes());
        let place = Place::with(&built.bytes);
        let (lines, problem) = read(&place.path).unwrap();
        assert_eq!(problem.is_some(), size == u32::MAX);
        assert!(lines.iter().any(|line| line == "a U64(5)"));
    }
}

#[test]
fn a_short_file_that_promises_much_is_no_reason_to_allocate() {
    // The file is sparse and ends at a terabyte; only what it publishes is read.
    let mut built = good();
    built.put(16, &(1_u64 << 40).to_le_bytes()).seal_header();
    let place = Place::with(&built.bytes);
    fs::OpenOptions::new().write(true).open(&place.path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(read(&place.path).unwrap().1, None);
}

#[test]
fn other_formats_are_named() {
    let message = |bytes: &[u8]| read(&Place::with(bytes).path).unwrap_err().to_string();
    assert_eq!(
        message(&[b'x'; 300]),
        "expected an mmstats file (first byte 02, then \"mmstats\"), found 78 78 78 78 78 78 78 78 at byte 0"
    );
    let mut newer = good();
    newer.put(0, &[3]);
    assert_eq!(
        message(&newer.bytes),
        "expected an mmstats file (first byte 02, then \"mmstats\"), found 03 6d 6d 73 74 61 74 73 at byte 0"
    );
}

/// The message for what is no regular file.
fn open_error(path: &Path) -> String {
    let error = Reader::open(path).unwrap_err();
    assert!(matches!(error, Error::Open(_)));
    error.to_string()
}

#[test]
fn what_is_not_a_regular_file_is_refused_without_waiting() {
    let place = Place::new();
    let directory = place.path.parent().unwrap();
    let fifo = directory.join("fifo.mmstats");
    nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let socket = directory.join("socket.mmstats");
    let _listener = UnixListener::bind(&socket).unwrap();
    let link = directory.join("link.mmstats");
    fs::write(&place.path, good().bytes).unwrap();
    symlink(&place.path, &link).unwrap();
    for (path, found) in [
        (directory, "directory"),
        (&fifo, "FIFO"),
        (&socket, "socket or device"),
        (&link, "symbolic link"),
        (Path::new("/dev/zero"), "device"),
        (Path::new("/dev/null"), "device"),
    ] {
        assert_eq!(open_error(path), format!("expected a regular file, found a {found}"));
    }
    assert_eq!(open_error(&directory.join("missing")), "No such file or directory (os error 2)");
}
