//! How values of each type are shown.

use std::fs;

use serde_json::{Value, json};

use crate::fixture::{Field, Fixture, MAX, MIN, NONE, UP_DOWN, text, torn_text};
use crate::support::{lock, old_field};
use crate::{new_place, owner, small};

/// A file's values by which every type is shown.
fn every_type() -> Fixture {
    let fields = [
        Field::counter("web.status.2XX", &[u64::MAX]).described("Good ones.", "responses", "method\0get\0"),
        Field::new("in_flight", UP_DOWN, NONE, vec![(-5_i64).to_le_bytes().into()]),
        Field::gauge("u8", 1, MAX, &[&[255]]),
        Field::gauge("i64", 8, MIN, &[&i64::MIN.to_le_bytes()]),
        Field::gauge("f32", 9, MAX, &[&0.1_f32.to_le_bytes()]),
        Field::gauge("f64", 10, MAX, &[&(2.0 / 3.0_f64).to_le_bytes()]).described("", "seconds", ""),
        Field::gauge("whole", 10, MAX, &[&3.0_f64.to_le_bytes()]),
        Field::gauge("nan", 10, MAX, &[&f64::NAN.to_le_bytes()]),
        Field::gauge("inf", 10, MAX, &[&f64::INFINITY.to_le_bytes()]),
        Field::gauge("-inf", 9, MAX, &[&f32::NEG_INFINITY.to_le_bytes()]),
        Field::gauge("yes", 11, MAX, &[&[1]]),
        Field::gauge("no", 11, MAX, &[&[0]]),
        Field::text("größe", NONE, &[text(16, "läuft\0x".as_bytes())]),
        Field::text("bad", NONE, &[text(4, b"a\xffb")]),
        Field::gauge("array", 1, MAX, &[&[7, 8]]).array(2),
    ];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.attribute("sys.cmd", "web")
}

#[test]
fn text_is_that_of_the_python_original() {
    let place = new_place();
    every_type().write(&place.path("a.mmstats"));
    let _lock = lock(&place.path("a.mmstats"));
    let said = place.run(["a.mmstats"]);
    let expected = format!(
        "==> a.mmstats
  sys.pid                      4711
  sys.uid                      {}
  sys.gid                      33
  sys.created                  1700000000.25
  sys.cmd                      web
  sys.tid                      4712
  web.status.2XX{{method=\"get\"}} 18446744073709551615
  in_flight                    -5
  u8                           255
  i64                          -9223372036854775808
  f32                          0.10000000149
  f64                          0.666666666667
  whole                        3.0
  nan                          nan
  inf                          inf
  -inf                         -inf
  yes                          True
  no                           False
  größe                        läuft
  bad                          a\u{fffd}b
  array{{index=\"0\"}}             7
  array{{index=\"1\"}}             8

",
        owner()
    );
    assert_eq!(said.stdout, expected);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
}

#[test]
fn json_has_one_exact_object_for_each_file() {
    let place = new_place();
    every_type().write(&place.path("a.mmstats"));
    small(1).write(&place.path("b.mmstats"));
    let _lock = lock(&place.path("a.mmstats"));
    let said = place.run(["--json", "a.mmstats", "b.mmstats"]);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with(
        r#"{"path":"a.mmstats","format":2,"alive":true,"fields":[{"label":"sys.pid","type":"u32","kind":"gauge","unit":"","help":"Process id of the writer.","tags":{},"value":4711},"#
    ));
    assert!(lines[0].contains(
        r#"{"label":"web.status.2XX","type":"u64","kind":"counter","unit":"responses","help":"Good ones.","tags":{"method":"get"},"value":18446744073709551615}"#
    ));
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    let values: Vec<(&str, &str, &Value)> = first["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["label"].as_str().unwrap(), field["type"].as_str().unwrap(), &field["value"]))
        .collect();
    let expected = [
        ("sys.created", "f64", json!(1_700_000_000.25)),
        ("sys.cmd", "text", json!("web")),
        ("sys.tid", "u32", json!(4712)),
        ("web.status.2XX", "u64", json!(u64::MAX)),
        ("in_flight", "i64", json!(-5)),
        ("u8", "u8", json!(255)),
        ("i64", "i64", json!(i64::MIN)),
        ("f32", "f32", json!(0.1)),
        ("f64", "f64", json!(2.0 / 3.0)),
        ("whole", "f64", json!(3.0)),
        ("nan", "f64", json!("NaN")),
        ("inf", "f64", json!("+Inf")),
        ("-inf", "f32", json!("-Inf")),
        ("yes", "bool", json!(true)),
        ("no", "bool", json!(false)),
        ("größe", "text", json!("läuft")),
        ("bad", "text", json!("a\u{fffd}b")),
        ("array", "u8", json!(7)),
        ("array", "u8", json!(8)),
    ];
    let expected: Vec<(&str, &str, &Value)> =
        expected.iter().map(|(label, type_, value)| (*label, *type_, value)).collect();
    assert_eq!(values[3..], expected);
    assert_eq!(first["fields"].as_array().unwrap().last().unwrap()["tags"], json!({"index": "1"}));
    let second: Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!((&second["path"], &second["alive"]), (&json!("b.mmstats"), &json!(false)));
}

#[test]
fn a_torn_text_is_said_to_be_torn() {
    let place = new_place();
    let fields = [Field::text("t", NONE, &[torn_text(8)]), Field::counter("after", &[1])];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["a"]);
    assert!(said.stdout.contains("\n  t           ?\n  after       1\n"), "{}", said.stdout);
    assert_eq!(said.stderr, "slurpstats: cannot read 1 value of a: it was only partly written\n");
    assert_eq!(said.status, 1);
    let said = place.run(["--json", "a"]);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&object["fields"][5]["value"], said.status), (&Value::Null, 1));
}

#[test]
fn a_label_of_any_width_is_shown_beside_short_ones() {
    let place = new_place();
    // Each character is shown as `\u{1}`.
    let wide = "\u{1}".repeat(20_000);
    let fields = [old_field(&wide, "B", &[7]), old_field("short", "B", &[8])];
    fs::write(place.path("a.mmstats"), [&b"\x01"[..], &fields.concat()].concat()).unwrap();
    let said = place.run(["a.mmstats"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let values: Vec<&str> =
        said.stdout.lines().filter_map(|line| line.rsplit_once(' ').map(|(_, value)| value)).collect();
    assert_eq!(values[1..], ["7", "8"]);
    assert!(said.stdout.contains(r"  \u{1}\u{1}") && said.stdout.contains("  short "));
}
