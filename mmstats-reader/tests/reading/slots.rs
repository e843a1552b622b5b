//! How the values of several threads become metrics.

use mmstats_reader::{Aggregate, Reader};

use crate::fixture::{CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, text};
use crate::{Place, field_lines, lines};

/// Threads 7 and 9; a slot that was given back between them.
const TIDS: [u32; 3] = [7, 0, 9];

fn field_lines_of(fields: impl IntoIterator<Item = Field>, tids: &[u32]) -> Vec<String> {
    let place = Place::new();
    Fixture::with_fields(fields).slots(tids).write(&place.path);
    field_lines(&mut Reader::open(&place.path).unwrap())
}

fn gauges(type_: u8, values: &[&[u8]]) -> Vec<Field> {
    [("sum", SUM), ("min", MIN), ("max", MAX), ("mean", MEAN), ("none", NONE), ("constant", CONSTANT)]
        .map(|(label, aggregate)| Field::gauge(label, type_, aggregate, values))
        .into()
}

#[test]
fn counters_are_added_up_over_all_slots_whatever_their_aggregate() {
    let mut strange = Field::counter("strange", &[1, 10, 100]);
    strange.aggregate = MAX;
    let up_down = [5_i64, -100, 20].map(|value| value.to_le_bytes().to_vec()).into();
    let up_down = Field::new("updown", UP_DOWN, NONE, up_down);
    let fields = [Field::counter("a", &[1, 10, 100]), strange, up_down];
    assert_eq!(field_lines_of(fields, &TIDS), ["a U64(111)", "strange U64(111)", "updown I64(-75)"]);
}

#[test]
fn sums_stop_at_the_end_of_their_type() {
    let up = [i64::MAX, i64::MAX, -1].map(|value| value.to_le_bytes().to_vec()).into();
    let down = [i64::MIN, i64::MIN, 1].map(|value| value.to_le_bytes().to_vec()).into();
    let fields = [
        Field::counter("counter", &[u64::MAX, 1, 1]),
        Field::new("up", UP_DOWN, SUM, up),
        Field::new("down", UP_DOWN, SUM, down),
    ];
    assert_eq!(
        field_lines_of(fields, &TIDS),
        [
            "counter U64(18446744073709551615)",
            "up I64(9223372036854775807)",
            "down I64(-9223372036854775808)"
        ]
    );
}

/// Whether each metric that is a field says that its sum stopped.
fn clamped(fields: impl IntoIterator<Item = Field>, tids: &[u32]) -> Vec<bool> {
    let place = Place::new();
    Fixture::with_fields(fields).slots(tids).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let fields = snapshot.metrics().filter(|metric| !metric.label().starts_with("sys."));
    fields.map(|metric| metric.is_clamped(&metric.value().unwrap())).collect()
}

#[test]
fn a_sum_that_stopped_at_the_end_of_its_type_says_so() {
    let up_down = |values: [i64; 3]| {
        let values = values.map(|value| value.to_le_bytes().to_vec()).into();
        Field::new("updown", UP_DOWN, SUM, values)
    };
    let fields = [
        Field::counter("counter", &[u64::MAX, 1, 1]),
        up_down([i64::MAX, i64::MAX, -1]),
        up_down([i64::MIN, i64::MIN, 1]),
        Field::counter("counter", &[1, 2, 3]),
        up_down([-1, i64::MAX, 0]),
    ];
    assert_eq!(clamped(fields, &TIDS), [true, true, true, false, false]);
    // The largest is no sum.
    let largest = gauges(4, &[&u64::MAX.to_le_bytes(), &[0; 8], &[1, 0, 0, 0, 0, 0, 0, 0]]);
    assert_eq!(clamped(largest, &TIDS), [true, false, false, false, false, false, false]);
    // One thread's value is what it is.
    let one = [Field::counter("counter", &[u64::MAX]), up_down([i64::MAX, 0, 0])];
    assert_eq!(clamped(one, &[7]), [false, false]);
}

#[test]
fn what_finite_floats_are_combined_to_is_finite() {
    let most = f64::MAX.to_le_bytes();
    let lines = field_lines_of(gauges(10, &[&most, &most, &most]), &TIDS);
    let max = format!("F64({:?})", f64::MAX);
    assert_eq!(lines[0], format!("sum {max}"));
    assert_eq!(lines[3], format!("mean {max}"));
    let opposite = [f64::MAX, 0.0, f64::MIN].map(f64::to_le_bytes);
    assert_eq!(
        field_lines_of(gauges(10, &[&opposite[0], &opposite[1], &opposite[2]]), &TIDS)[3],
        "mean F64(0.0)"
    );
    let infinite = [f64::INFINITY, 0.0, f64::MAX].map(f64::to_le_bytes);
    assert_eq!(
        field_lines_of(gauges(10, &[&infinite[0], &infinite[1], &infinite[2]]), &TIDS)[3],
        "mean F64(inf)"
    );
}

#[test]
fn gauges_are_combined_over_leased_slots() {
    assert_eq!(
        field_lines_of(gauges(1, &[&[200], &[1], &[101]]), &TIDS),
        [
            "sum U64(301)",
            "min U64(101)",
            "max U64(200)",
            "mean F64(150.5)",
            "none{tid=7} U64(200)",
            "none{tid=9} U64(101)",
            "constant U64(200)"
        ]
    );
    let signed = [-3_i16, 9, 4].map(i16::to_le_bytes);
    assert_eq!(
        field_lines_of(gauges(6, &[&signed[0], &signed[1], &signed[2]]), &TIDS)[..4],
        ["sum I64(1)", "min I64(-3)", "max I64(4)", "mean F64(0.5)"]
    );
    let floats = [1.5_f32, 99.0, 2.0].map(f32::to_le_bytes);
    assert_eq!(
        field_lines_of(gauges(9, &[&floats[0], &floats[1], &floats[2]]), &TIDS)[..4],
        ["sum F64(3.5)", "min F32(1.5)", "max F32(2.0)", "mean F64(1.75)"]
    );
    assert_eq!(
        field_lines_of(gauges(11, &[&[1], &[1], &[0]]), &TIDS)[..4],
        ["sum U64(1)", "min Bool(false)", "max Bool(true)", "mean F64(0.5)"]
    );
}

#[test]
fn without_a_lease_only_counters_are_left() {
    let mut fields = gauges(1, &[&[1], &[2]]);
    fields.push(Field::counter("counter", &[3, 4]));
    fields.push(Field::text("text", NONE, &[text(8, b"a"), text(8, b"b")]));
    assert_eq!(field_lines_of(fields, &[0, 0]), ["counter U64(7)"]);
}

#[test]
fn texts_are_shown_thread_by_thread_unless_they_are_constant() {
    let values = [text(8, b"one"), text(8, b"gone"), text(8, b"three")];
    let fields = [
        Field::text("text", NONE, &values),
        Field::text("odd", SUM, &values),
        Field::text("constant", CONSTANT, &values),
    ];
    assert_eq!(
        field_lines_of(fields, &TIDS),
        [
            "text{tid=7} Text(\"one\")",
            "text{tid=9} Text(\"three\")",
            "odd{tid=7} Text(\"one\")",
            "odd{tid=9} Text(\"three\")",
            "constant Text(\"one\")"
        ]
    );
}

#[test]
fn elements_are_combined_one_by_one() {
    let array =
        |label, aggregate| Field::gauge(label, 1, aggregate, &[&[1, 2], &[50, 60], &[10, 20]]).array(2);
    assert_eq!(
        field_lines_of([array("sum", SUM), array("none", NONE)], &TIDS),
        [
            "sum{index=0} U64(11)",
            "sum{index=1} U64(22)",
            "none{index=0}{tid=7} U64(1)",
            "none{index=0}{tid=9} U64(10)",
            "none{index=1}{tid=7} U64(2)",
            "none{index=1}{tid=9} U64(20)"
        ]
    );
}

#[test]
fn threads_have_no_metric_of_their_own_where_their_values_are_combined() {
    let place = Place::new();
    Fixture::with_fields([Field::counter("a", &[1, 10, 100])]).slots(&TIDS).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    assert_eq!(lines(&reader.snapshot().unwrap())[4..], ["a U64(111)"]);
}

#[test]
fn in_a_file_for_one_thread_nothing_is_combined() {
    let place = Place::new();
    Fixture::with_fields(gauges(1, &[&[200]])).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let expected = ["sum", "min", "max", "mean", "none", "constant"].map(|label| format!("{label} U64(200)"));
    assert_eq!(field_lines(&mut reader), expected);
    let snapshot = reader.snapshot().unwrap();
    assert!(snapshot.metrics().skip(5).all(|metric| metric.type_name() == "u8"));
}

#[test]
fn the_type_is_that_of_the_combined_value() {
    let place = Place::new();
    Fixture::with_fields(gauges(1, &[&[200], &[100]])).slots(&[7, 9]).write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let found: Vec<_> =
        snapshot.metrics().skip(4).map(|metric| (metric.type_name(), metric.aggregate())).collect();
    assert_eq!(
        found,
        [
            ("u64", Aggregate::Sum),
            ("u8", Aggregate::Min),
            ("u8", Aggregate::Max),
            ("f64", Aggregate::Mean),
            ("u8", Aggregate::None),
            ("u8", Aggregate::None),
            ("u8", Aggregate::Constant)
        ]
    );
}
