//! Records: values of several members, whole or not at all.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mmstats_reader::{Aggregate, Kind, Metric, Reader, Torn, Value};

use crate::fixture::{Field, Fixture, crc32, le32, put, record, record_copy};
use crate::{Place, field_lines, line, value};

/// Threads 7 and 9; a slot that was given back between them.
const TIDS: [u32; 3] = [7, 0, 9];

/// Twelve bytes of data.
const DATA: [u8; 12] = [1, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0x40];

/// A byte, a truth value and an integer of two and one of eight bytes.
const MEMBERS: [(&str, u8, u32); 4] = [("byte", 1, 0), ("true", 11, 1), ("short", 6, 2), ("long", 4, 4)];

fn fields(members: &[(&str, u8, u32)]) -> Vec<Field> {
    Field::record("r", 12, members, vec![record(&DATA)])
}

/// A reader of a file with these fields of one slot.
fn open(fields: Vec<Field>) -> (Place, Reader) {
    let place = Place::new();
    Fixture::with_fields(fields).write(&place.path);
    let reader = Reader::open(&place.path).unwrap();
    (place, reader)
}

#[test]
fn a_record_is_a_metric_and_its_members_are_none() {
    let mut fields = fields(&MEMBERS);
    fields[3] = Field { scale: -3, ..fields[3].clone().described("How long.", "seconds", "") };
    fields.push(Field::counter("after", &[5]));
    let (_place, mut reader) = open(fields);
    assert_eq!(
        field_lines(&mut reader),
        ["r Record([U64(1), Bool(true), I64(0), U64(4611686018427387907)])", "after U64(5)"]
    );
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().nth(5).unwrap();
    assert_eq!(
        (metric.kind(), metric.type_name(), metric.aggregate()),
        (Some(Kind::Record), "record", Aggregate::None)
    );
    let members: Vec<_> = metric
        .members()
        .map(|member| (member.label(), member.type_name(), member.unit(), member.help(), member.scale()))
        .collect();
    assert_eq!(
        members,
        [
            ("byte", "u8", "", "", 0),
            ("true", "bool", "", "", 0),
            ("short", "i16", "seconds", "How long.", -3),
            ("long", "u64", "", "", 0),
        ]
    );
    assert_eq!((snapshot.skipped(), snapshot.problem()), (0, None));
}

#[test]
fn members_of_every_type_are_decoded() {
    let members = [
        ("i8", 5, 0),
        ("u8", 1, 1),
        ("u16", 2, 2),
        ("f32", 9, 4),
        ("f64", 10, 8),
        ("i64", 8, 16),
        ("i32", 7, 24),
        ("u32", 3, 28),
    ];
    let data = [
        &[0xff, 0xfe][..],
        &700_u16.to_le_bytes(),
        &0.5_f32.to_le_bytes(),
        &(-0.25_f64).to_le_bytes(),
        &i64::MIN.to_le_bytes(),
        &(-5_i32).to_le_bytes(),
        &u32::MAX.to_le_bytes(),
    ];
    let (_place, mut reader) = open(Field::record("r", 32, &members, vec![record(&data.concat())]));
    let expected = "r Record([I64(-1), U64(254), U64(700), F32(0.5), F64(-0.25), I64(-9223372036854775808), I64(-5), \
                    U64(4294967295)])";
    assert_eq!(field_lines(&mut reader), [expected]);
}

#[test]
fn before_the_first_write_all_is_zero() {
    let (_place, mut reader) = open(Field::record("r", 12, &MEMBERS, vec![vec![0; 48]]));
    assert_eq!(field_lines(&mut reader), ["r Record([U64(0), Bool(false), I64(0), U64(0)])"]);
}

#[test]
fn the_later_whole_copy_counts() {
    let copies =
        |first: u32, second: u32| [record_copy(first, &[1; 4]), record_copy(second, &[2; 4])].concat();
    let mut torn = [record_copy(5, &[1; 8]), record_copy(6, &[2; 8])].concat();
    let of_one_word = |value| Field::record("r", 4, &[("a", 3, 0)], vec![value]);
    for (value, expected) in [
        (copies(5, 6), 0x0202_0202),
        (copies(7, 6), 0x0101_0101),
        (copies(u32::MAX, 1), 0x0202_0202),
        (copies(0, 1), 0x0202_0202),
    ] {
        let (_place, mut reader) = open(of_one_word(value));
        assert_eq!(field_lines(&mut reader), [format!("r Record([U64({expected})])")]);
    }
    // The second one is half written, then the first one too.
    let of_two_words = |value| Field::record("r", 8, &[("a", 3, 4)], vec![value]);
    torn[28] = 7;
    let (_place, mut reader) = open(of_two_words(torn.clone()));
    assert_eq!(field_lines(&mut reader), ["r Record([U64(16843009)])"]);
    torn[12] = 8;
    let (_place, mut reader) = open(of_two_words(torn));
    assert_eq!(field_lines(&mut reader), ["r Torn"]);
}

#[test]
fn a_record_that_stays_torn_is_an_error_of_its_own() {
    let torn = [record_copy(5, &[1; 12]), record_copy(6, &[2; 12])].concat();
    let mut torn = torn;
    (torn[12], torn[36]) = (9, 9);
    let mut fields = Field::record("r", 12, &MEMBERS, vec![torn]);
    fields.insert(0, Field::counter("before", &[4]));
    fields.push(Field::counter("after", &[5]));
    let (_place, mut reader) = open(fields);
    assert_eq!(field_lines(&mut reader), ["before U64(4)", "r Torn", "after U64(5)"]);
    let snapshot = reader.snapshot().unwrap();
    assert_eq!((snapshot.torn(), snapshot.rereads()), (1, 1));
    let metric = snapshot.metrics().nth(6).unwrap();
    assert_eq!((metric.value(), metric.members().count()), (Err(Torn), 4));
}

#[test]
fn records_are_shown_thread_by_thread() {
    let place = Place::new();
    let values = [1_u8, 2, 3].map(|byte| record(&[byte; 4]));
    Fixture::with_fields(Field::record("r", 4, &[("a", 1, 3)], values.into()))
        .slots(&TIDS)
        .write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(field_lines(&mut reader), ["r{tid=7} Record([U64(1)])", "r{tid=9} Record([U64(3)])"]);
    let snapshot = reader.snapshot().unwrap().by_thread();
    let last: Metric<'_> = snapshot.metrics().last().unwrap();
    assert_eq!(line(&last), "r{tid=9}{thread=} Record([U64(3)])");
    assert_eq!(last.members().next().unwrap().label(), "a");
}

#[test]
fn elements_of_an_array_have_all_members() {
    let values = vec![[record(&[1; 4]), record(&[2; 4])].concat()];
    let mut fields = Field::record("r", 4, &[("a", 1, 0), ("b", 2, 2)], values);
    fields[0] = fields[0].clone().array(2);
    let (_place, mut reader) = open(fields);
    assert_eq!(
        field_lines(&mut reader),
        ["r{index=0} Record([U64(1), U64(257)])", "r{index=1} Record([U64(2), U64(514)])"]
    );
    let snapshot = reader.snapshot().unwrap();
    assert!(snapshot.metrics().skip(5).all(|metric| metric.members().count() == 2));
}

/// What is read of a file with `fields` and a counter behind them: the metrics that are fields, and how
/// many were passed over.
fn passed_over(mut fields: Vec<Field>) -> (Vec<String>, u64) {
    fields.push(Field::counter("after", &[5]));
    let (_place, mut reader) = open(fields);
    assert_eq!(reader.problem(), None);
    let lines = field_lines(&mut reader);
    (lines, reader.skipped())
}

/// Makes something wrong with a record and its members.
type Spoil = fn(&mut Vec<Field>);

#[test]
fn a_record_with_a_member_that_is_not_as_it_should_be_is_passed_over() {
    // With how many are passed over: members behind what interrupts a record are nobody's.
    let wrong: [(u64, Spoil); 12] = [
        // Missing, at the end and in the middle.
        (1, |fields| _ = fields.pop()),
        (4, |fields| fields.insert(2, Field::counter("between", &[1]))),
        // Of other kinds and types.
        (3, |fields| fields[2].kind = 3),
        (1, |fields| fields[2].type_ = 12),
        (1, |fields| fields[2].type_ = 99),
        (1, |fields| fields[2].size = 3),
        // Outside the data.
        (1, |fields| fields[4].parameters[0] = 5),
        (1, |fields| fields[4].parameters[0] = u32::MAX),
        // Not in order, and not apart.
        (1, |fields| fields[2].parameters[0] = 0),
        (1, |fields| fields.swap(1, 2)),
        // The record itself.
        (1, |fields| fields[0].parameters[1] = 16),
        (1, |fields| fields[0].type_ = 12),
    ];
    for (index, (expected, wrong)) in wrong.into_iter().enumerate() {
        let mut fields = fields(&MEMBERS);
        wrong(&mut fields);
        let (lines, skipped) = passed_over(fields);
        assert!(!lines.iter().any(|line| line.starts_with("r ")), "case {index}: {lines:?}");
        assert_eq!(lines.last().unwrap(), "after U64(5)", "case {index}");
        assert_eq!(skipped, expected, "case {index}");
    }
}

#[test]
fn a_member_that_no_record_asks_for_is_passed_over() {
    let mut one_more = fields(&MEMBERS);
    one_more[0].parameters[0] = 3;
    let (lines, skipped) = passed_over(one_more);
    assert_eq!((lines[0].as_str(), skipped), ("r Record([U64(1), Bool(true), I64(0)])", 1));
    assert_eq!(passed_over(vec![Field::member("alone", 4, 0)]), (vec!["after U64(5)".to_owned()], 1));
}

#[test]
fn a_record_without_members_or_data_is_passed_over() {
    assert_eq!(passed_over(fields(&[])), (vec!["after U64(5)".to_owned()], 1));
    let empty = Field::record("r", 0, &[("a", 1, 0)], vec![record(&[1; 4])]);
    assert_eq!(passed_over(empty), (vec!["after U64(5)".to_owned()], 1));
}

#[test]
fn a_record_that_promises_more_members_than_there_are_is_passed_over_at_no_cost() {
    let mut hostile = fields(&MEMBERS);
    hostile[0].parameters[0] = u32::MAX;
    let (_place, mut reader) = open(hostile);
    assert_eq!((field_lines(&mut reader), reader.skipped()), (Vec::new(), 1));
}

#[test]
fn a_record_is_a_metric_when_its_last_member_is_there() {
    let built = Fixture::with_fields(fields(&MEMBERS)).build();
    let place = Place::with(&built.bytes);
    let mut bytes = built.bytes.clone();
    let mut publish = |count: usize| {
        put(&mut bytes, 180, &le32(count));
        fs::write(&place.path, &bytes).unwrap();
    };
    publish(0);
    let mut reader = Reader::open(&place.path).unwrap();
    for count in 0..=5 {
        publish(count);
        let lines = field_lines(&mut reader);
        assert_eq!(lines.len(), usize::from(count == 5), "{count} descriptors");
        assert_eq!(reader.skipped(), u64::from((1..5).contains(&count)), "{count} descriptors");
    }
}

#[test]
fn strings_of_members_count_for_each_element() {
    const ELEMENTS: u32 = 64;
    let values = vec![record(&[1; 4]).repeat(ELEMENTS as usize)];
    let mut fields = Field::record("r", 4, &[("a", 1, 0), ("b", 1, 1)], values);
    fields[0] = fields[0].clone().array(ELEMENTS as usize);
    // One long string, which is in the file once and would be shown 64 times.
    fields[2].help = vec![b'x'; 1 << 20];
    let built = Fixture::with_fields(fields).build();
    let (_, problem) = crate::read(&Place::with(&built.bytes).path).unwrap();
    let problem = problem.unwrap();
    assert!(problem.starts_with("expected the length of all metrics' strings of at most "), "{problem}");
    assert!(problem.ends_with(&format!(" at byte {}", built.descriptors + 128)), "{problem}");
}

#[test]
fn a_damaged_member_stops_the_parser_before_its_record() {
    let mut built = Fixture::with_fields(fields(&MEMBERS)).build();
    let last = built.descriptors + 64 * 4;
    built.put(last + 48, &[1]);
    let (lines, problem) = crate::read(&Place::with(&built.bytes).path).unwrap();
    assert!(!lines.iter().any(|line| line.starts_with("r ")));
    assert!(problem.unwrap().ends_with(&format!(" at byte {last}")));
    // With a check that is right it is another layout.
    let check = {
        let record = &mut built.bytes[last..last + 64];
        put(record, 60, &[0; 4]);
        crc32(&[record, b"long"])
    };
    built.put(last + 60, &check.to_le_bytes());
    assert_eq!(crate::read(&Place::with(&built.bytes).path).unwrap().1, None);
}

#[test]
fn a_record_written_at_full_speed_is_never_seen_half_written() {
    let place = Place::new();
    let members = [("a", 4, 0), ("b", 4, 8), ("c", 4, 16)];
    let built = Fixture::with_fields(Field::record("r", 24, &members, vec![vec![0; 96]])).write(&place.path);
    let file = OpenOptions::new().write(true).open(&place.path).unwrap();
    let (stop, at) = (AtomicBool::new(false), built.value_at(0, 0) as u64);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut version = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                version += 1;
                let data = u64::from(version).to_le_bytes().repeat(3);
                let copy = at + 48 * u64::from(1 - version % 2);
                // A word at a time, as a writer would.
                for (word, at) in record_copy(version, &data).chunks(8).zip((copy..).step_by(8)) {
                    file.write_all_at(word, at).unwrap();
                }
            }
        });
        let mut reader = Reader::open(&place.path).unwrap();
        let mut last = 0;
        for _ in 0..20_000 {
            let Value::Record(values) = value(&mut reader, "r") else { panic!() };
            let Value::U64(now) = values[0] else { panic!() };
            assert!(values.iter().all(|value| *value == Value::U64(now)), "{values:?} is mixed");
            assert!(now >= last, "{now} came after {last}");
            last = now;
        }
        stop.store(true, Ordering::Relaxed);
    });
}
