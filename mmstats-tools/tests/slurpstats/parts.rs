//! How values of several parts are shown: averages, histograms, timers, records.

use serde_json::{Value, json};

use crate::fixture::{self, Field, Fixture, MAX};
use crate::{new_place, owner};

/// A file of values of several parts: of each kind one, and one of nothing yet.
fn parts() -> Fixture {
    let members = [("open", 11, 0), ("wait\"ing\x1b", 3, 4), ("load", 9, 8)];
    let mut data = vec![1, 0, 0, 0, 7, 0, 0, 0];
    data.extend(0.25_f32.to_le_bytes());
    let mut record = Field::record("pool", 12, &members, vec![fixture::record(&data)]);
    record[2].scale = -1;
    let scaled = Field { scale: 3, ..Field::gauge("scaled", 4, MAX, &[&[5, 0, 0, 0, 0, 0, 0, 0]]) };
    // Buckets of 0, 1, 2 to 3, 4 to 7 and so on.
    let fields = [
        Field::average("average", &[(4, 10.0)]).described("", "bytes", ""),
        Field::average("average.none", &[(0, 0.0)]),
        Field::moving_average("moving", &[(2.5, 3)]),
        Field::moving_average("moving.none", &[(2.5, 0)]),
        Field::histogram("histogram", 5, &[&[44, 0, 0, 1, 2, 0, 1]]),
        Field::histogram("histogram.none", 1, &[&[0, 0, 0]]),
        Field::timer("timer", 11, &[&[700, 1800, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]),
        Field::timer("timer.none", 1, &[&[0, 0, 0, 0]]),
        scaled,
    ];
    Fixture { uid: owner(), ..Fixture::with_fields(fields.into_iter().chain(record)) }
}

#[test]
fn values_of_several_parts_are_one_line_of_text() {
    let place = new_place();
    parts().write(&place.path("a"));
    let said = place.run(["a"]);
    let (_, fields) = said.stdout.split_once("sys.tid").unwrap();
    let expected = [
        "        4712",
        "  average        count=4 mean=2.5",
        "  average.none   count=0",
        "  moving         2.5",
        "  moving.none    -",
        "  histogram      count=4 mean≥11.0 p50=7 p99≥16 max≥16",
        "  histogram.none count=0",
        "  timer          count=2 mean≥900ns p50=1.02us p99≥1.02us max≥1.02us last=700ns",
        "  timer.none     count=0",
        "  scaled         5000.0",
        "  pool           open=True wait\"ing\\u{1b}=0.7 load=0.25\n\n",
    ];
    assert_eq!((fields, said.stderr.as_str(), said.status), (expected.join("\n").as_str(), "", 0));
}

#[test]
fn values_of_several_parts_are_objects_of_json() {
    let place = new_place();
    parts().write(&place.path("a"));
    let said = place.run(["--json", "a"]);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    assert!(said.stdout.contains(
        r#""type":"timer","kind":"timer","unit":"seconds","help":"","tags":{},"value":{"count":2,"sum":1.8e-6,"mean":9e-7,"p50":"#
    ), "{}", said.stdout);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    let values: Vec<(&str, &Value)> = object["fields"].as_array().unwrap()[5..]
        .iter()
        .map(|field| (field["label"].as_str().unwrap(), &field["value"]))
        .collect();
    let none = Value::Null;
    let empty = |sum: Value| json!({"count": 0, "sum": sum, "mean": none, "p50": none, "p90": none, "p99": none, "p999": none, "max": none});
    let mut empty_timer = empty(json!(0.0));
    empty_timer["last"] = none.clone();
    let expected = [
        ("average", json!({"count": 4, "sum": 10.0, "mean": 2.5})),
        ("average.none", json!({"count": 0, "sum": 0.0, "mean": none})),
        ("moving", json!(2.5)),
        ("moving.none", none.clone()),
        (
            "histogram",
            json!({"count": 4, "sum": 44, "mean": 11.0, "p50": 7, "p90": 16, "p99": 16, "p999": 16, "max": 16,
                "at_least": ["sum", "mean", "p90", "p99", "p999", "max"]}),
        ),
        ("histogram.none", empty(json!(0))),
        (
            "timer",
            json!({"count": 2, "sum": 1.8e-6, "mean": 9e-7, "p50": 1.023e-6, "p90": 1.024e-6, "p99": 1.024e-6,
                "p999": 1.024e-6, "max": 1.024e-6, "last": 7e-7,
                "at_least": ["sum", "mean", "p90", "p99", "p999", "max"]}),
        ),
        ("timer.none", empty_timer),
        ("scaled", json!(5000.0)),
        ("pool", json!({"open": true, "wait\"ing\x1b": 0.7, "load": 0.25})),
    ];
    let expected: Vec<(&str, &Value)> = expected.iter().map(|(label, value)| (*label, value)).collect();
    assert_eq!(values, expected);
}

#[test]
fn timers_of_several_threads_have_no_last_duration_unless_they_are_shown_one_by_one() {
    let place = new_place();
    let timer = Field::timer("timer", 2, &[&[1, 1, 0, 1, 0], &[0, 0, 1, 0, 0], &[3, 3, 0, 0, 1]]);
    let fixture = Fixture { uid: owner(), ..Fixture::with_fields([timer]) };
    fixture.slots(&[7, 0, 9]).write(&place.path("a"));
    let text = place.run(["a"]).stdout;
    assert!(text.contains("  timer       count=3 mean≥1.33ns p50=1ns p99≥2ns max≥2ns\n"), "{text}");
    let json: Value = serde_json::from_str(&place.run(["--json", "a"]).stdout).unwrap();
    assert_eq!(json["fields"][4]["value"]["last"], Value::Null);
    let text = place.run(["--threads", "a"]).stdout;
    assert!(
        text.contains("  timer{tid=\"9\",thread=\"\"}   count=1 mean=3ns p50≥2ns p99≥2ns max≥3ns last=3ns\n"),
        "{text}"
    );
}

#[test]
fn a_torn_record_is_said_to_be_torn() {
    let place = new_place();
    let mut torn = [fixture::record_copy(5, &[1; 8]), fixture::record_copy(6, &[2; 8])].concat();
    (torn[12], torn[28]) = (9, 9);
    let record = Field::record("pool", 8, &[("a", 4, 0)], vec![torn]);
    Fixture { uid: owner(), ..Fixture::with_fields(record) }.write(&place.path("a"));
    let said = place.run(["a"]);
    assert!(said.stdout.contains("\n  pool        ?\n"), "{}", said.stdout);
    assert!(said.stderr.ends_with(": it was only partly written\n"), "{}", said.stderr);
    assert_eq!(said.status, 1);
}
