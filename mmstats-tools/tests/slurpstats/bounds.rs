//! Numbers that the buckets cannot tell are shown as bounds, in every format.

use std::time::Duration;

use mmstats::{MmStats, Stats, Timer};
use serde_json::{Value, json};

use crate::csv::records;
use crate::fixture::{COUNTER, Field, Fixture, SUM, UP_DOWN, record as bytes_of_record};
use crate::support::Place;
use crate::{new_place, owner};

#[derive(MmStats)]
#[repr(C)]
struct LongStats {
    long: Timer,
}

/// A program that timed ten durations of two hours, more than its buckets tell apart.
fn long(place: &Place) -> Stats<LongStats> {
    let stats = LongStats::options().dir(place.dir()).create().unwrap();
    (0..10).for_each(|_| stats.long.record(Duration::from_hours(2)));
    stats
}

fn value(place: &Place, label: &str) -> Value {
    let said = place.run(["--json", "-I", label, "."]);
    let file: Value = serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    file["fields"][0]["value"].clone()
}

#[test]
fn durations_beyond_the_last_bucket_are_lower_bounds_and_none_is_below_the_mean() {
    let place = new_place();
    let _stats = long(&place);
    let text = place.run(["-I", "long", "."]).stdout;
    let expected = "  long count=10 mean≥7200s p50≥4260s p99≥4260s max≥7200s last=7200s\n";
    assert!(text.contains(expected), "{text}");
    let raw = place.run(["--raw", "-I", "long", "."]).stdout;
    assert!(raw.contains(" p50≥4260.607") && raw.contains(" max≥7200.0 last=7200.0"), "{raw}");
    let table = place.run(["--table", "-I", "long", "."]).stdout;
    assert_eq!(table.matches("≥ 4260 s").count(), 4, "{table}");
    assert_eq!(table.matches("≥ 7200 s").count(), 2, "{table}");
    let by_all = place.run(["--by", "all", "-I", "long", "."]).stdout;
    assert!(by_all.contains(expected), "{by_all}");

    let timer = value(&place, "long");
    assert_eq!(timer["at_least"], json!(["sum", "mean", "p50", "p90", "p99", "p999", "max"]));
    assert_eq!(
        (&timer["count"], &timer["last"], &timer["max"]),
        (&json!(10), &json!(7200.0), &json!(7200.0))
    );
    for record in records(&place.run(["--csv", "-I", "long", "."]).stdout).into_iter().skip(1) {
        let is_bound = !["count", "last"].contains(&record[7].as_str());
        assert_eq!(record[13], if is_bound { "at_least" } else { "" }, "{record:?}");
    }
}

#[test]
fn a_sum_that_stopped_at_the_end_of_its_type_is_a_bound() {
    let place = new_place();
    let up_down = |label: &str, values: [i64; 2]| {
        Field::new(label, UP_DOWN, SUM, values.map(|value| value.to_le_bytes().to_vec()).into())
    };
    let fields = [
        Field::counter("hits", &[u64::MAX, 1]),
        up_down("up", [i64::MAX, 1]),
        up_down("down", [i64::MIN, -1]),
        Field::counter("few", &[1, 2]),
    ];
    let fixture = Fixture { uid: owner(), ..Fixture::with_fields(fields) };
    fixture.slots(&[7, 9]).write(&place.path("a.mmstats"));
    for arguments in [&["-X", "sys.*", "."][..], &["--by", "all", "-X", "sys.*", "."]] {
        let (_, fields) =
            place.run(arguments).stdout.split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(
            fields,
            "  hits sum≥18446744073709551615\n  up   sum≥9223372036854775807\n  \
             down sum≤-9223372036854775808\n  few  3\n\n"
        );
    }
    assert_eq!(value(&place, "hits"), json!({"sum": u64::MAX, "at_least": ["sum"]}));
    assert_eq!(value(&place, "down"), json!({"sum": i64::MIN, "at_most": ["sum"]}));
    // What one thread counted is exact.
    let threads = place.run(["--threads", "-I", "hits", "."]).stdout;
    assert!(threads.contains(" 18446744073709551615\n"), "{threads}");
}

#[test]
fn counts_that_are_too_many_together_hide_what_depends_on_them() {
    let place = new_place();
    for name in ["a.mmstats", "b.mmstats"] {
        let sizes = Field::histogram("sizes", 3, &[&[0, 5, u64::MAX, 0, 0]]);
        Fixture { uid: owner(), ..Fixture::with_fields([sizes]) }.write(&place.path(name));
    }
    let text = place.run(["--by", "all", "-I", "sizes", "."]).stdout;
    assert!(text.contains("  sizes count≥18446744073709551615 max=1\n"), "{text}");
}

#[test]
fn an_average_whose_sum_is_too_large_has_no_mean() {
    let place = new_place();
    let fields = [Field::average("lost", &[(2, f64::INFINITY)]), Field::average("large", &[(1, f64::MAX)])];
    for name in ["a.mmstats", "b.mmstats"] {
        Fixture { uid: owner(), ..Fixture::with_fields(fields.clone()) }.write(&place.path(name));
    }
    assert_eq!(value(&place, "lost")["mean"], Value::Null);
    let text = place.run(["-X", "sys.*", "a.mmstats"]).stdout;
    assert!(text.contains("  lost  count=2\n  large count=1 mean=1.79769313486e+308\n"), "{text}");
    let together = place.run(["--by", "all", "-X", "sys.*", "."]).stdout;
    assert!(together.contains("  lost  count=4\n  large count=2\n"), "{together}");
}

#[test]
fn no_object_of_json_has_a_key_twice() {
    let place = new_place();
    let tags = "k\0one\0k\0two\0k_2\0three\0index\0mine\0";
    let fields =
        [
            Field::counter("tagged", &[7]).described("", "", tags),
            Field::new("list", COUNTER, SUM, vec![[1_u64, 2].map(u64::to_le_bytes).concat()])
                .array(2)
                .described("", "", "index\0mine\0"),
        ];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a.mmstats"));
    let json = place.run(["--json", "-X", "sys.*", "."]).stdout;
    let expected = r#""tags":{"k":"one","k_2":"two","k_2_2":"three","index":"mine"}"#;
    assert!(json.contains(expected), "{json}");
    for index in ["0", "1"] {
        assert!(json.contains(&format!(r#""tags":{{"index":"mine","index_2":"{index}"}}"#)), "{json}");
    }
}

#[test]
fn a_record_whose_members_have_one_name_has_a_key_for_each() {
    let place = new_place();
    let record = Field::record("pair", 2, &[("m", 1, 0), ("m", 1, 1)], vec![bytes_of_record(&[3, 4])]);
    Fixture { uid: owner(), ..Fixture::with_fields(record) }.write(&place.path("a.mmstats"));
    assert_eq!(value(&place, "pair"), json!({"m": 3, "m_2": 4}));
}

#[test]
fn nothing_that_has_what_was_asked_for_is_a_failure_and_nothing_at_all_is_none() {
    let place = new_place();
    let status = |arguments: &[&str]| place.run(arguments).status;
    assert_eq!((status(&["."]), status(&["-I", "hits", "."])), (0, 1));
    Fixture { uid: owner(), ..Fixture::with_fields([Field::counter("hits", &[1])]) }
        .write(&place.path("a.mmstats"));
    for (arguments, expected) in [
        (&["-I", "hits"][..], 0),
        (&["-I", "misspelt"], 1),
        (&["-I", "misspelt", "-I", "hits"], 0),
        (&["-X", "*"], 1),
        (&["-X", "misspelt"], 0),
        (&["--process", "nobody"], 1),
        (&["--process", "4711"], 0),
        (&["--by", "all", "-I", "misspelt"], 1),
        (&["--json", "-I", "misspelt"], 1),
        (&["--threads", "-I", "misspelt"], 1),
    ] {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["."]).collect();
        assert_eq!(status(&arguments), expected, "{arguments:?}");
    }
}
