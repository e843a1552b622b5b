//! Good files.

use mmstats_reader::{Aggregate, Kind, Liveness, Reader, Value};

use crate::fixture::{CONSTANT, Field, Fixture, MAX, NONE, UP_DOWN, text};
use crate::{Place, field_lines, lines, read, value};

#[test]
fn process_attributes_threads_and_fields_come_in_that_order() {
    let place = Place::new();
    let fixture = Fixture::with_fields([Field::counter("z", &[3]), Field::counter("a", &[u64::MAX])]);
    fixture.attribute("sys.cmd", "web").attribute("service", "shop").write(&place.path);
    let (lines, problem) = read(&place.path).unwrap();
    assert_eq!(problem, None);
    assert_eq!(
        lines,
        [
            "sys.pid U64(4711)",
            "sys.uid U64(0)",
            "sys.gid U64(33)",
            "sys.created F64(1700000000.25)",
            "sys.cmd Text(\"web\")",
            "service Text(\"shop\")",
            "sys.tid U64(4712)",
            "z U64(3)",
            "a U64(18446744073709551615)",
        ]
    );
}

#[test]
fn every_type_is_decoded() {
    let gauges = [
        ("u8", 1, vec![0xff]),
        ("u16", 2, 65_535_u16.to_le_bytes().to_vec()),
        ("u32", 3, u32::MAX.to_le_bytes().to_vec()),
        ("u64", 4, u64::MAX.to_le_bytes().to_vec()),
        ("i8", 5, (-128_i8).to_le_bytes().to_vec()),
        ("i16", 6, i16::MIN.to_le_bytes().to_vec()),
        ("i32", 7, i32::MIN.to_le_bytes().to_vec()),
        ("i64", 8, i64::MIN.to_le_bytes().to_vec()),
        ("f32", 9, 0.1_f32.to_le_bytes().to_vec()),
        ("f64", 10, f64::NEG_INFINITY.to_le_bytes().to_vec()),
        ("bool", 11, vec![2]),
    ];
    let mut fields: Vec<Field> =
        gauges.iter().map(|(label, type_, bytes)| Field::gauge(label, *type_, MAX, &[bytes])).collect();
    fields.push(Field::new("updown", UP_DOWN, NONE, vec![(-5_i64).to_le_bytes().to_vec()]));
    fields.push(Field::text("text", NONE, &[text(8, "größ".as_bytes())]));
    let place = Place::new();
    Fixture::with_fields(fields).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(
        field_lines(&mut reader),
        [
            "u8 U64(255)",
            "u16 U64(65535)",
            "u32 U64(4294967295)",
            "u64 U64(18446744073709551615)",
            "i8 I64(-128)",
            "i16 I64(-32768)",
            "i32 I64(-2147483648)",
            "i64 I64(-9223372036854775808)",
            "f32 F32(0.1)",
            "f64 F64(-inf)",
            "bool Bool(true)",
            "updown I64(-5)",
            "text Text(\"größ\")",
        ]
    );
    let snapshot = reader.snapshot().unwrap();
    let names: Vec<&str> = snapshot.metrics().skip(5).map(|metric| metric.type_name()).collect();
    let expected =
        ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64", "bool", "i64", "text"];
    assert_eq!(names, expected);
}

#[test]
fn a_field_says_what_it_means() {
    let place = Place::new();
    let field =
        Field::counter("hits", &[1]).described("Requests.", "requests", "method\0get\0code\x00200\0odd");
    Fixture::with_fields([field]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().last().unwrap();
    assert_eq!((metric.label(), metric.help(), metric.unit()), ("hits", "Requests.", "requests"));
    assert_eq!((metric.kind(), metric.aggregate(), metric.scale()), (Some(Kind::Counter), Aggregate::Sum, 0));
    let tags: Vec<String> = metric.tags().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(tags, ["method=get", "code=200"]);
}

#[test]
fn elements_of_an_array_are_told_apart_by_their_index() {
    let place = Place::new();
    let bytes: Vec<u8> = [10_u64, 20, 30].iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut empty = Field::counter("none", &[]);
    empty.count = 0;
    let array =
        Field::new("a", crate::fixture::COUNTER, NONE, vec![bytes]).array(3).described("", "", "k\0v\0");
    Fixture::with_fields([array, empty, Field::counter("b", &[4])]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(
        field_lines(&mut reader),
        ["a{k=v}{index=0} U64(10)", "a{k=v}{index=1} U64(20)", "a{k=v}{index=2} U64(30)", "b U64(4)"]
    );
}

#[test]
fn the_next_snapshot_has_the_next_values() {
    let place = Place::new();
    let built = Fixture::with_fields([Field::counter("a", &[1])]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(value(&mut reader, "a"), Value::U64(1));
    let mut next = built.clone();
    next.put(built.value_at(0, 0), &[2]);
    std::fs::write(&place.path, &next.bytes).unwrap();
    assert_eq!(value(&mut reader, "a"), Value::U64(2));
}

#[test]
fn a_removed_file_can_still_be_read() {
    let place = Place::new();
    Fixture::with_fields([Field::counter("a", &[1])]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    std::fs::remove_file(&place.path).unwrap();
    assert_eq!(value(&mut reader, "a"), Value::U64(1));
}

#[test]
fn a_file_without_fields_or_slots_has_its_process() {
    let place = Place::new();
    Fixture { tids: Vec::new(), ..Fixture::default() }.write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(lines(&reader.snapshot().unwrap()).len(), 4);
    assert_eq!((reader.format(), reader.path()), (2, place.path.as_path()));
}

#[test]
fn the_owner_is_who_owns_the_file() {
    let place = Place::new();
    Fixture { uid: 4_000_000_000, ..Fixture::default() }.write(&place.path);
    let reader = Reader::open(&place.path).unwrap();
    assert!(reader.claims_other_owner());
    assert_eq!(reader.header().unwrap().uid.get(), 4_000_000_000);
    assert_ne!(reader.owner_uid(), 4_000_000_000);
}

#[test]
fn a_writer_without_its_lock_is_dead_and_a_copy_of_its_file_is_unknown() {
    let place = Place::new();
    let built = Fixture::with_fields([Field::counter("a", &[1])]).write(&place.path);
    assert_eq!(Reader::open(&place.path).unwrap().liveness().unwrap(), Liveness::Dead);
    let copy = Place::with(&built.bytes);
    assert_eq!(Reader::open(&copy.path).unwrap().liveness().unwrap(), Liveness::Unknown);
}

#[test]
fn records_and_headers_may_be_longer_than_known() {
    let place = Place::new();
    let fields = [
        Field::counter("a", &[1]),
        Field::gauge("b", 10, CONSTANT, &[&1.5_f64.to_le_bytes()]),
        Field::text("c", NONE, &[text(4, b"word")]),
    ];
    let fixture = Fixture {
        minor_version: 9,
        header_len: 320,
        flags: 0xffff_fff0,
        attribute_len: 40,
        descriptor_len: 96,
        ..Fixture::with_fields(fields)
    };
    fixture.attribute("sys.cmd", "web").attribute("x", "y").write(&place.path);
    let (lines, problem) = read(&place.path).unwrap();
    assert_eq!(problem, None);
    assert_eq!(
        lines[4..],
        [
            "sys.cmd Text(\"web\")",
            "x Text(\"y\")",
            "sys.tid U64(4712)",
            "a U64(1)",
            "b F64(1.5)",
            "c Text(\"word\")"
        ]
    );
}

#[test]
fn what_is_not_known_is_passed_over_and_counted() {
    let unknown_kind = Field::new("kind", (200, 4), 1, vec![vec![1; 24]]);
    let unknown_type = Field::gauge("type", 99, MAX, &[&[1; 8]]);
    let unknown_layout = Field::gauge("layout", 4, MAX, &[&[1; 2]]);
    let unknown_aggregate = Field::gauge("aggregate", 4, 77, &[&[1, 0, 0, 0, 0, 0, 0, 0]]);
    let place = Place::new();
    let fields =
        [unknown_kind, unknown_type, unknown_layout, unknown_aggregate, Field::counter("last", &[2])];
    Fixture::with_fields(fields).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!((reader.skipped(), reader.problem()), (3, None));
    assert_eq!(field_lines(&mut reader), ["aggregate U64(1)", "last U64(2)"]);
}

#[test]
fn many_fields_are_all_read() {
    let place = Place::new();
    let fields = (0..5_000_u64).map(|index| Field::counter(&format!("größe.{index:05}"), &[index]));
    Fixture::with_fields(fields).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let expected: Vec<String> = (0..5_000).map(|index| format!("größe.{index:05} U64({index})")).collect();
    assert_eq!(field_lines(&mut reader), expected);
}
