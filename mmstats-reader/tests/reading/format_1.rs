//! Files of format 1, through the same face as those of format 2.

use std::fs;
use std::os::unix::fs::FileExt;

use mmstats_reader::{Liveness, Reader, Value};

use crate::{Place, read};

/// A field of format 1 with one value.
fn field(label: &[u8], type_: &[u8], value: &[u8]) -> Vec<u8> {
    let len = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    [&len(label), label, &len(type_), type_, &[255], value].concat()
}

fn page(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = [&[1], fields.concat().as_slice()].concat();
    bytes.resize(bytes.len().next_multiple_of(4096), 0);
    bytes
}

#[test]
fn fields_are_metrics_without_kind_or_unit() {
    let place = Place::with(&page(&[field(b"calls", b"Q", &7_u64.to_le_bytes())]));
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!((reader.format(), reader.header().is_none()), (1, true));
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().next().unwrap();
    assert_eq!((metric.label(), metric.type_name(), metric.unit(), metric.help()), ("calls", "Q", "", ""));
    assert_eq!((metric.kind(), metric.tags().count()), (None, 0));
    assert_eq!(metric.value(), Ok(Value::U64(7)));
}

#[test]
fn labels_need_not_be_utf_8() {
    let place = Place::with(&page(&[field(b"gr\xf6\xdfe", b"B", &[7]), field(b"b", b"b", &[0xff])]));
    let (lines, problem) = read(&place.path).unwrap();
    assert_eq!((lines, problem), (vec!["gre U64(7)".to_owned(), "b I64(-1)".to_owned()], None));
}

#[test]
fn an_exactly_full_file_and_one_without_fields_are_good() {
    let full = page(&[field(b"a", b"4084s", &[b'x'; 4084])]);
    assert_eq!(full.len(), 4096);
    for (bytes, count) in [(full, 1), (vec![1], 0), (vec![1, 0], 0), (page(&[]), 0)] {
        let (lines, problem) = read(&Place::with(&bytes).path).unwrap();
        assert_eq!((lines.len(), problem), (count, None), "{} bytes", bytes.len());
    }
}

#[test]
fn a_file_longer_than_the_first_read_is_read_whole() {
    let fields: Vec<_> = (0..10_000_u64)
        .map(|index| field(format!("field.{index}").as_bytes(), b"Q", &index.to_le_bytes()))
        .collect();
    let place = Place::with(&page(&fields));
    let mut reader = Reader::open(&place.path).unwrap();
    for _ in 0..2 {
        let snapshot = reader.snapshot().unwrap();
        assert!(snapshot.metrics().zip(0..).all(|(metric, index)| metric.value() == Ok(Value::U64(index))));
        assert_eq!(snapshot.metrics().count(), 10_000);
    }
}

#[test]
fn fields_before_damage_are_read_and_the_damage_is_named() {
    let mut bytes = page(&[field(b"good", b"B", &[7]), field(b"bad", b"Z", &[7])]);
    bytes.truncate(40);
    let (lines, problem) = read(&Place::with(&bytes).path).unwrap();
    assert_eq!(lines, ["good U64(7)"]);
    let problem = problem.unwrap();
    assert!(
        problem.starts_with("expected ") && problem.contains("found") && problem.contains(" at byte "),
        "{problem}"
    );
}

#[test]
fn fields_that_are_written_after_the_file_was_opened_are_taken_up() {
    let (first, second) = (field(b"a", b"B", &[1]), field(b"b", b"B", &[2]));
    let place = Place::with(&page(&[]));
    let mut reader = Reader::open(&place.path).unwrap();
    for (fields, count) in [(vec![first.clone()], 1), (vec![first, second.clone()], 2), (vec![second], 1)] {
        fs::write(&place.path, page(&fields)).unwrap();
        assert_eq!(reader.snapshot().unwrap().metrics().count(), count);
    }
}

#[test]
fn each_snapshot_has_the_values_of_its_moment() {
    let fields: Vec<_> = (0..10_000_u64).map(|_| field(b"f", b"Q", &0_u64.to_le_bytes())).collect();
    let len = fields[0].len();
    let place = Place::with(&page(&fields));
    let file = fs::OpenOptions::new().write(true).open(&place.path).unwrap();
    let mut reader = Reader::open(&place.path).unwrap();
    for (index, value) in [0, 9_999, 5_000].into_iter().cycle().zip(1..=300_u64) {
        let end = 1 + len * (index + 1);
        file.write_all_at(&value.to_le_bytes(), (end - size_of_val(&value)) as u64).unwrap();
        // Once as the values changed, and once as they did not.
        for _ in 0..2 {
            let snapshot = reader.snapshot().unwrap();
            assert_eq!(snapshot.metrics().nth(index).unwrap().value(), Ok(Value::U64(value)));
        }
    }
}

#[test]
fn both_indices_of_a_buffered_field_are_followed() {
    let mut bytes = page(&[[&b"\x01\0a\x01\0B"[..], &[1, 7, 8]].concat()]);
    for (index, value) in [(1, 7), (0, 8)] {
        let at = bytes.iter().rposition(|byte| *byte == 7).unwrap() - 1;
        bytes[at] = index;
        let (lines, _) = read(&Place::with(&bytes).path).unwrap();
        assert_eq!(lines, [format!("a U64({value})")]);
    }
}

#[test]
fn the_writer_lives_if_its_process_does_and_is_as_old() {
    let liveness = |pid: u32, created: f64| {
        let fields = [
            field(b"app.sys.pid", b"I", &pid.to_le_bytes()),
            field(b"sys.created", b"d", &created.to_le_bytes()),
        ];
        Reader::open(&Place::with(&page(&fields)).path).unwrap().liveness().unwrap()
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert_eq!(liveness(std::process::id(), now), Liveness::Alive);
    // Process 1 is another user's, unless this is root.
    assert_eq!(liveness(1, now), Liveness::Alive);
    // This process started long after.
    assert_eq!(liveness(std::process::id(), 1_000_000_000.0), Liveness::Dead);
    // Beyond the largest process id of Linux.
    assert_eq!(liveness(1 << 23, now), Liveness::Dead);
    for no_process in [0, u32::MAX, 1 << 31] {
        assert_eq!(liveness(no_process, now), Liveness::Unknown);
    }
    assert_eq!(Reader::open(&Place::with(&page(&[])).path).unwrap().liveness().unwrap(), Liveness::Unknown);
}
