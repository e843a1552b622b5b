//! Values of several words: whole or not at all.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mmstats_reader::{Reader, Value};

use crate::fixture::{Field, Fixture, NONE, text, text_copy, torn_text};
use crate::{Place, field_lines};

fn field_lines_of(values: &[Vec<u8>]) -> Vec<String> {
    let place = Place::new();
    let fields = values.iter().map(|value| Field::text("t", NONE, std::slice::from_ref(value)));
    Fixture::with_fields(fields).write(&place.path);
    field_lines(&mut Reader::open(&place.path).unwrap())
}

#[test]
fn the_later_whole_copy_counts_also_when_versions_wrap() {
    let copies = |first: u32, second: u32| [text_copy(first, b"frst"), text_copy(second, b"scnd")].concat();
    let mut half_written = copies(5, 6);
    half_written[28] = 7;
    assert_eq!(
        field_lines_of(&[copies(5, 6), copies(7, 6), copies(u32::MAX, 1), copies(0, 1), half_written]),
        ["t Text(\"scnd\")", "t Text(\"frst\")", "t Text(\"scnd\")", "t Text(\"scnd\")", "t Text(\"frst\")"]
    );
}

#[test]
fn text_ends_at_a_nul_and_is_made_valid() {
    assert_eq!(
        field_lines_of(&[text(8, b"ab\0cd"), text(8, b"a\xff\xc3b"), text(8, b""), vec![0; 48]]),
        ["t Text(\"ab\")", "t Text(\"a\u{fffd}\u{fffd}b\")", "t Text(\"\")", "t Text(\"\")"]
    );
}

#[test]
fn a_text_that_is_longer_than_its_copy_is_torn() {
    let mut long = text(8, b"12345678");
    long[0] = 200;
    long[24 + 4] = 1;
    long[24] = 200;
    assert_eq!(field_lines_of(&[long]), ["t Torn"]);
}

#[test]
fn a_text_torn_in_both_copies_is_an_error_of_its_own() {
    let place = Place::new();
    let fields = [
        Field::text("before", NONE, &[text(8, b"before")]),
        Field::text("torn", NONE, &[torn_text(8)]),
        Field::counter("after", &[5]),
    ];
    Fixture::with_fields(fields).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(field_lines(&mut reader), ["before Text(\"before\")", "torn Torn", "after U64(5)"]);
    let snapshot = reader.snapshot().unwrap();
    assert_eq!(snapshot.torn(), 1);
    // Bytes that do not change are damaged, and not read again and again.
    assert_eq!(snapshot.rereads(), 1);
}

#[test]
fn a_torn_text_in_a_slot_that_was_given_back_is_left_alone() {
    let place = Place::new();
    let fields = [Field::text("t", NONE, &[text(8, b"a"), torn_text(8)])];
    Fixture::with_fields(fields).slots(&[7, 0]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!((snapshot.torn(), snapshot.rereads()), (0, 0));
}

#[test]
fn texts_that_are_written_meanwhile_are_never_mixed() {
    const TEXTS: [&[u8]; 2] = [&[b'a'; 60], &[b'b'; 40]];
    let place = Place::new();
    // Two texts side by side: reading one again must not tear the other.
    let fields = ["left", "right"].map(|label| Field::text(label, NONE, &[vec![0; 256]]));
    let built = Fixture::with_fields(fields).write(&place.path);
    let file = OpenOptions::new().write(true).open(&place.path).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for (version, text) in (1..).zip(TEXTS.iter().cycle()) {
                let copy = if version % 2 == 0 { 128 } else { 0 };
                for field in 0..2 {
                    let at = (built.value_at(field, 0) + copy) as u64;
                    for (word, at) in text_copy(version, text).chunks(8).zip((at..).step_by(8)) {
                        file.write_all_at(word, at).unwrap();
                    }
                }
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let mut reader = Reader::open(&place.path).unwrap();
        for _ in 0..2_000 {
            let snapshot = reader.snapshot().unwrap();
            assert_eq!(snapshot.torn(), 0);
            for metric in snapshot.metrics().skip(5) {
                let Value::Text(text) = metric.value().unwrap() else { panic!("expected a text") };
                assert!(text.is_empty() || TEXTS.contains(&text.as_bytes()), "mixed: {text}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}
