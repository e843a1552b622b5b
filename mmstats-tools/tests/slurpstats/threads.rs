//! Threads, combined and one by one.

use serde_json::{Value, json};

use crate::fixture::{CONSTANT, Field, Fixture, MAX, NONE, text, torn_text};
use crate::{new_place, owner};

/// A process with two threads, and a third one that has ended.
fn threads() -> Fixture {
    let fields = [
        Field::counter("hits", &[1, 10, 100]).described("", "", "method\0get\0"),
        Field::gauge("load", 1, MAX, &[&[3], &[9], &[5]]),
        Field::text("phase", NONE, &[text(8, b"read"), text(8, b"gone"), text(8, b"write")]),
        Field::text("version", CONSTANT, &[text(8, b"1.2"), text(8, b"1.2"), text(8, b"1.2")]),
    ];
    let names = [text(24, b"main"), text(24, b"ended"), text(24, b"worker \"1\"\x1b")];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.slots(&[7, 0, 9]).names(&names)
}

#[test]
fn the_values_of_threads_are_combined() {
    let place = new_place();
    threads().write(&place.path("a.mmstats"));
    let said = place.run(["a.mmstats"]);
    let (_, fields) = said.stdout.split_once("sys.created").unwrap();
    let expected = [
        "        1700000000.25",
        "  hits{method=\"get\"} 111",
        "  load               5",
        "  phase{tid=\"7\"}     read",
        "  phase{tid=\"9\"}     write",
        "  version            1.2\n\n",
    ];
    assert_eq!((fields, said.stderr.as_str(), said.status), (expected.join("\n").as_str(), "", 0));
}

#[test]
fn the_values_of_threads_are_shown_one_by_one_on_demand() {
    let place = new_place();
    threads().write(&place.path("a.mmstats"));
    let said = place.run(["--threads", "a.mmstats"]);
    let lines: Vec<String> = said
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.starts_with("==>") && !line.is_empty())
        .collect();
    let worker = r#"tid="9",thread="worker \u{22}1\u{22}\u{1b}""#;
    assert_eq!(
        lines[4..],
        [
            "version 1.2".to_owned(),
            r#"sys.tid{tid="7",thread="main"} 7"#.to_owned(),
            r#"hits{method="get",tid="7",thread="main"} 1"#.to_owned(),
            r#"load{tid="7",thread="main"} 3"#.to_owned(),
            r#"phase{tid="7",thread="main"} read"#.to_owned(),
            format!("sys.tid{{{worker}}} 9"),
            format!("hits{{method=\"get\",{worker}}} 100"),
            format!("load{{{worker}}} 5"),
            format!("phase{{{worker}}} write"),
        ]
    );
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));

    let said = place.run(["--threads", "--json", "a.mmstats"]);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    let last = object["fields"].as_array().unwrap().last().unwrap();
    assert_eq!(last["tags"], json!({"tid": "9", "thread": "worker \"1\"\x1b"}));
    assert_eq!((&last["label"], &last["value"]), (&json!("phase"), &json!("write")));
}

#[test]
fn a_torn_name_of_a_thread_is_left_out_and_said() {
    let place = new_place();
    threads().names(&[torn_text(24), text(24, b""), text(24, b"whole")]).write(&place.path("a"));
    let said = place.run(["--threads", "a"]);
    assert!(said.stdout.contains("  load{tid=\"7\"} "), "{}", said.stdout);
    assert!(said.stdout.contains("  load{tid=\"9\",thread=\"whole\"} "), "{}", said.stdout);
    assert!(said.stderr.ends_with(": it was only partly written\n"), "{}", said.stderr);
    assert_eq!(said.status, 1);
}
