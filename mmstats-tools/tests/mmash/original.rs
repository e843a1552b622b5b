//! The Python original's API, with the original itself as referee where there is a Python 2.7.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mmstats_tests::original::Original;
use serde_json::{Value, json};

use crate::server::{new_place, start, start_with};
use crate::support::{Place, old_field};

/// Files of format 1 whose writers nobody knows.
fn write_files(place: &Place) {
    let number = |label, value: u64| old_field(label, "Q", &value.to_le_bytes());
    let float = |label, value: f64| old_field(label, "d", &value.to_le_bytes());
    let text = |label, value: &[u8; 8]| old_field(label, "8s", value);
    let file = |name: &str, fields: &[Vec<u8>]| {
        let bytes = [b"\x01".to_vec(), fields.concat(), vec![0; 64]].concat();
        fs::write(place.path(name), bytes).unwrap();
    };
    let fields = |count: u64, load: f64| {
        [
            number("web.hits", count),
            number("web.hits.errors", count / 3),
            float("web.load", load),
            old_field("web.ratio", "f", &0.1_f32.to_le_bytes()),
            text("web.name", b"server\0\0"),
            old_field("web.delta", "q", &(-7_i64).to_le_bytes()),
            old_field("web.ok", "?", &[1]),
        ]
    };
    file("a-1.mmstats", &fields(10, 0.5));
    file("a-2.mmstats", &fields(0, 1.25));
    file("b-1.mmstats", &fields(u64::MAX, -2.0));
    file("b-2.mmstats", &[number("lonely", 0), text("größe", b"\0\0\0\0\0\0\0\0")]);
}

/// What both are asked.
fn targets() -> Vec<String> {
    let mut targets: Vec<String> = [
        "/stats/",
        "/stats/web.hits",
        "/stats/web.",
        "/stats/web",
        "/stats/lonely",
        "/stats/nothing",
        "/stats/gr%C3%B6%C3%9Fe",
        "/stats/web.hits?glob=a-*.mmstats",
        "/stats/web.hits?glob=[ab]-1.*",
        "/stats/web.hits?glob=[!a]-?.mmstats",
        "/stats/web.hits?glob=nothing*",
        "/stats/web.hits?glob=",
        "/stats/web.hits?aggr=",
        "/files/",
        "/files/a-*",
        "/files/b-1.mmstats",
        "/files/nothing",
        "/stats/%ff",
        "/nothing",
    ]
    .map(str::to_owned)
    .into();
    for aggregate in ["avg", "max", "min", "sum", "nonzero-min", "nonzero-avg"] {
        for label in [
            "web.hits.errors",
            "web.load",
            "web.ratio",
            "web.delta",
            "web.ok",
            "lonely",
            "web.name",
            "web.hits",
        ] {
            targets.push(format!("/stats/{label}?aggr={aggregate}"));
        }
    }
    targets.push("/stats/lonely?aggr=one".into());
    targets.push("/stats/web.delta?aggr=one&glob=a-1*".into());
    targets
}

/// An answer with its lists in order: the original takes files in an order of its own.
fn in_order(mut answer: Value) -> Value {
    if let Value::Object(lists) = &mut answer {
        for list in lists.values_mut() {
            if let Value::Array(list) = list {
                list.sort_by_key(ToString::to_string);
            }
        }
    }
    answer
}

#[test]
fn both_give_the_same_answers_over_the_same_files() {
    let Some(original) = Original::find(Path::new(env!("CARGO_TARGET_TMPDIR"))) else { return };
    let flask = original.with_flask(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let place = new_place();
    write_files(&place);
    let server = start_with(&place, [place.dir()]);
    let targets = targets();
    let answers = flask.ask(place.dir(), &targets);
    assert_eq!(answers.len(), targets.len());
    for (target, (status, body)) in targets.iter().zip(answers) {
        let ours = server.get(target);
        assert_eq!(ours.status, status, "{target}: {ours:?}, {body}");
        if status == 200 {
            let theirs: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(in_order(ours.json()), in_order(theirs), "{target}");
        }
    }
}

#[test]
fn what_the_original_gets_wrong_works() {
    let place = new_place();
    write_files(&place);
    let server = start_with(&place, [place.dir()]);
    let keys = |target: &str| -> BTreeSet<String> {
        server.json(target).as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys("/stats/web.hits"), ["web.hits", "web.hits.errors"].map(String::from).into());
    assert_eq!(keys("/stats/web.hits?exact=1"), ["web.hits"].map(String::from).into());
    assert_eq!(keys("/stats/web.hits?exact=0").len(), 2);
    for (target, reason) in [
        ("/stats/web.name?aggr=sum", "web.name cannot be aggregated: expected numbers, found a text"),
        ("/stats/lonely?aggr=nonzero-avg", "expected a value other than zero, found none"),
        ("/stats/web.hits?aggr=median", "expected aggr to be one of avg, one, max, min, sum"),
        ("/stats/web.hits?glob=../*", "expected a pattern for names of files"),
        ("/files/..", "expected a pattern for names of files"),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, 400, "{target}");
        assert!(answer.json()["error"].as_str().unwrap().contains(reason), "{answer:?}");
    }
    // Sums are exact, and what JSON has no number for is a text.
    assert_eq!(server.get("/stats/web.hits?exact=1&aggr=sum").body, r#"{"web.hits":18446744073709551625}"#);
    fs::write(
        place.path("nan.mmstats"),
        [b"\x01".to_vec(), old_field("nan", "d", &f64::NAN.to_le_bytes()), vec![0; 8]].concat(),
    )
    .unwrap();
    server.wait_for("/stats/nan", |stats| *stats == json!({ "nan": ["NaN"] }));
    assert_eq!(server.json("/stats/nan?aggr=avg"), json!({ "nan": "NaN" }));
}

#[test]
fn new_kinds_of_values_are_as_slurpstats_has_them() {
    let place = new_place();
    let web = crate::writer::publish(&place, "web.mmstats");
    web.latency.record(std::time::Duration::from_millis(250));
    web.hits.add(2);
    let server = start(&place);
    let latency = server.json("/stats/web.latency");
    assert_eq!(latency["web.latency"][0]["count"], json!(1));
    assert_eq!(latency["web.latency"][0]["last"], json!(0.25));
    assert_eq!(server.json("/stats/web.hits?aggr=sum"), json!({ "web.hits": 2 }));
    let answer = server.get("/stats/web.latency?aggr=sum");
    assert_eq!(answer.status, 400);
    assert!(answer.json()["error"].as_str().unwrap().contains("several parts"));
}

#[test]
fn paths_without_their_last_slash_lead_on() {
    let place = new_place();
    let server = start(&place);
    // By ways that are relative: a proxy may serve mmash below a path.
    for (target, location) in [
        ("/stats", "./stats/"),
        ("/files", "./files/"),
        ("/graph", "./graph/"),
        ("/graph/", "../"),
        ("/graph/?q=web", "../?q=web"),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.header("location")), (308, Some(location)), "{target}");
    }
}
