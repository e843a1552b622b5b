//! The threads of a process one by one.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use mmstats_reader::{Aggregate, Reader, Torn};

use crate::fixture::{CONSTANT, Field, Fixture, NONE, SUM, text, torn_text};
use crate::{Place, line, lines};

/// Threads 7 and 9; a slot that was given back between them.
const TIDS: [u32; 3] = [7, 0, 9];

fn names() -> [Vec<u8>; 3] {
    [text(24, b"main"), text(24, b"gone"), text(24, b"worker-1")]
}

/// A field of each way to be combined.
fn fields() -> [Field; 5] {
    let values = [text(8, b"one"), text(8, b"gone"), text(8, b"three")];
    let array = Field::gauge("array", 1, NONE, &[&[1, 2], &[50, 60], &[10, 20]]).array(2);
    [
        Field::counter("counter", &[1, 10, 100]).described("", "", "method\0get\0"),
        Field::text("constant", CONSTANT, &values),
        Field::gauge("gauge", 1, SUM, &[&[200], &[1], &[101]]),
        array,
        Field::text("text", NONE, &values),
    ]
}

#[test]
fn a_leased_slot_is_a_thread_with_an_id_a_name_leases_and_values() {
    let place = Place::new();
    let mut built = Fixture::with_fields(fields()).slots(&TIDS).names(&names()).write(&place.path);
    let last_slot = built.slots + 2 * built.stride;
    built.put(last_slot + 4, &3_u32.to_le_bytes());
    std::fs::write(&place.path, &built.bytes).unwrap();
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let threads: Vec<_> =
        snapshot.threads().map(|thread| (thread.tid(), thread.name(), thread.leases())).collect();
    assert_eq!(threads, [(7, Ok("main"), 0), (9, Ok("worker-1"), 3)]);
    let last: Vec<String> =
        snapshot.threads().last().unwrap().metrics().map(|metric| line(&metric)).collect();
    assert_eq!(
        last,
        [
            "sys.tid{tid=9}{thread=worker-1} U64(9)",
            "counter{method=get}{tid=9}{thread=worker-1} U64(100)",
            "gauge{tid=9}{thread=worker-1} U64(101)",
            "array{index=0}{tid=9}{thread=worker-1} U64(10)",
            "array{index=1}{tid=9}{thread=worker-1} U64(20)",
            "text{tid=9}{thread=worker-1} Text(\"three\")"
        ]
    );
}

#[test]
fn by_thread_come_the_process_and_its_constants_then_each_thread() {
    let place = Place::new();
    Fixture::with_fields(fields()).attribute("k", "v").slots(&TIDS).names(&names()).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap().by_thread();
    let all = lines(&snapshot);
    assert_eq!(all[4..6], ["k Text(\"v\")", "constant Text(\"one\")"]);
    let threads: Vec<String> = snapshot
        .threads()
        .flat_map(|thread| thread.metrics().map(|metric| line(&metric)).collect::<Vec<_>>())
        .collect();
    assert_eq!(threads.len(), 12);
    assert_eq!(all[6..], threads);
}

#[test]
fn a_threads_value_is_its_own_and_of_the_type_of_the_field() {
    let place = Place::new();
    Fixture::with_fields(fields()).slots(&TIDS).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let thread = snapshot.threads().next().unwrap();
    let types: Vec<_> = thread.metrics().map(|metric| (metric.type_name(), metric.aggregate())).collect();
    assert_eq!(types, ["u32", "u64", "u8", "u8", "u8", "text"].map(|name| (name, Aggregate::None)));
}

#[test]
fn the_thread_of_a_file_for_one_is_told_too() {
    let place = Place::new();
    Fixture::with_fields([Field::counter("a", &[5])]).names(&names()).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let by_thread = lines(&reader.snapshot().unwrap().by_thread());
    assert_eq!(
        by_thread[4..],
        ["sys.tid{tid=4712}{thread=main} U64(4712)", "a{tid=4712}{thread=main} U64(5)"]
    );
    assert_eq!(lines(&reader.snapshot().unwrap())[4..], ["sys.tid U64(4712)", "a U64(5)"]);
}

#[test]
fn without_a_lease_there_is_no_thread() {
    let place = Place::new();
    Fixture::with_fields([Field::counter("a", &[5, 6])]).slots(&[0, 0]).names(&names()).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap().by_thread();
    assert_eq!((snapshot.threads().count(), lines(&snapshot).len()), (0, 4));
}

#[test]
fn a_file_of_format_1_is_one_threads_and_stays_as_it_is() {
    let place = Place::with(b"\x01\x01\0a\x01\0B\xff\x07");
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap().by_thread();
    assert_eq!((snapshot.threads().count(), lines(&snapshot)), (0, vec!["a U64(7)".to_owned()]));
}

#[test]
fn a_name_is_made_text_as_other_texts_are() {
    let place = Place::new();
    let names = [text(24, b"ab\0cd"), text(24, b"a\xff\xc3b"), text(24, b""), vec![]];
    Fixture::default().slots(&[1, 2, 3, 4]).names(&names).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let names: Vec<_> = snapshot.threads().map(|thread| thread.name()).collect();
    assert_eq!(names, [Ok("ab"), Ok("a\u{fffd}\u{fffd}b"), Ok(""), Ok("")]);
}

#[test]
fn a_name_that_stays_torn_is_an_error_of_its_own() {
    let place = Place::new();
    let fixture = Fixture::with_fields([Field::counter("a", &[1, 2])]).slots(&[7, 9]);
    fixture.names(&[torn_text(24), text(24, b"whole")]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap().by_thread();
    let names: Vec<_> = snapshot.threads().map(|thread| thread.name()).collect();
    assert_eq!(names, [Err(Torn), Ok("whole")]);
    assert_eq!((snapshot.torn(), snapshot.rereads()), (1, 1));
    assert_eq!(lines(&snapshot)[4..6], ["sys.tid{tid=7} U64(7)", "a{tid=7} U64(1)"]);
}

#[test]
fn a_name_that_claims_to_be_longer_than_it_can_be_is_torn() {
    let mut long = text(24, &[b'x'; 24]);
    long[0] = 25;
    // The other copy was written, too, and claims the same.
    let second = long.len() / 2;
    let copy = long[..second].to_vec();
    long[second..].copy_from_slice(&copy);
    let place = Place::new();
    Fixture::default().slots(&[7, 9]).names(&[long]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(reader.snapshot().unwrap().threads().next().unwrap().name(), Err(Torn));
}

#[test]
fn each_snapshot_has_the_threads_of_its_moment() {
    let place = Place::new();
    let built = Fixture::default().slots(&[7, 0]).names(&[text(24, b"first")]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let mut tids = || reader.snapshot().unwrap().threads().map(|thread| thread.tid()).collect::<Vec<_>>();
    assert_eq!(tids(), [7]);
    let file = OpenOptions::new().write(true).open(&place.path).unwrap();
    file.write_all_at(&[0; 4], built.slots as u64).unwrap();
    file.write_all_at(&[9], (built.slots + built.stride) as u64).unwrap();
    assert_eq!(tids(), [9]);
}
