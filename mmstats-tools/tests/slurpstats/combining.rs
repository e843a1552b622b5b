//! `--by`: what the files of a process, of a user, or all come to together.

use std::fs;

use serde_json::{Value, json};

use crate::csv::records;
use crate::fixture::{self, CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, text, torn_text};
use crate::support::{Place, lock, old_field};
use crate::{new_place, owner};

/// A file of the program `command`, with these fields.
fn of(command: &str, fields: impl IntoIterator<Item = Field>) -> Fixture {
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.attribute("sys.cmd", command)
}

/// What is shown of `label` in the only group.
fn value(place: &Place, label: &str) -> Value {
    let said = place.run(["--by", "all", "--json", "-I", label]);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    object["fields"][0]["value"].clone()
}

fn f64s(values: &[f64]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.to_le_bytes().into()).collect()
}

#[test]
fn values_are_combined_as_their_kinds_and_writers_say() {
    let place = new_place();
    let file = |name: &str, n: u64, version: &str| {
        let bytes = n.to_le_bytes();
        let number = f64::from(u32::try_from(n).unwrap());
        let gauge = |label: &str, aggregate| Field::new(label, (3, 10), aggregate, f64s(&[number]));
        let record = Field::record("record", 4, &[("a", 3, 0)], vec![fixture::record(&bytes[..4])]);
        let fields = [
            Field::counter("counter", &[n]),
            Field::new("updown", UP_DOWN, NONE, vec![(-5_i64).to_le_bytes().into()]),
            gauge("sum", SUM),
            gauge("min", MIN),
            gauge("max", MAX),
            gauge("mean", MEAN),
            gauge("unsaid", NONE),
            Field::text("version", CONSTANT, &[text(8, version.as_bytes())]),
            Field::text("same", NONE, &[text(8, b"same")]),
            Field::average("average", &[(n, 12.0)]),
            Field::moving_average("moving", &[(number, 1)]),
            // Of 0, 1, 2 to 3, and 4 to 7.
            Field::histogram("histogram", 3, &[&[n, 0, 1, n, 0]]),
            Field::timer("timer", 3, &[&[3, n, 0, 1, n, 0]]),
        ];
        of("web", fields.into_iter().chain(record)).write(&place.path(name));
    };
    file("a.mmstats", 2, "1.0");
    file("b.mmstats", 10, "1.1");
    file("c.mmstats", 3, "1.1");
    for (label, expected) in [
        ("counter", json!(15)),
        ("updown", json!(-15)),
        ("sum", json!(15.0)),
        ("min", json!(2.0)),
        ("max", json!(10.0)),
        ("mean", json!(5.0)),
        ("unsaid", json!({"sum": 15.0, "min": 2.0, "max": 10.0})),
        ("version", json!({"different": 2})),
        ("same", json!("same")),
        ("average", json!({"count": 15, "sum": 36.0, "mean": 2.4})),
        ("moving", json!({"min": 2.0, "max": 10.0})),
        ("record", json!({"different": 3})),
        ("sys.pid", json!(4711)),
        ("sys.created", json!(1_700_000_000.25)),
    ] {
        assert_eq!(value(&place, label), expected, "{label}");
    }
    let histogram = value(&place, "histogram");
    assert_eq!(
        (&histogram["count"], &histogram["sum"], &histogram["p50"]),
        (&json!(18), &json!(15), &json!(3))
    );
    let timer = value(&place, "timer");
    assert_eq!((&timer["count"], &timer["last"]), (&json!(18), &Value::Null));
    let text = place.run(["--by", "all", "-I", "unsaid", "-I", "version"]).stdout;
    assert_eq!(
        text,
        "==> all: 3 files of 1 user (stale)\n  unsaid  sum=15.0 min=2.0 max=10.0\n  version different=2\n\n"
    );
}

#[test]
fn a_mean_weighs_threads() {
    let place = new_place();
    let gauge = |values: &[f64]| Field::new("load", (3, 10), MEAN, f64s(values));
    of("web", [gauge(&[1.0, 2.0, 3.0])]).slots(&[7, 8, 9]).write(&place.path("a.mmstats"));
    of("web", [gauge(&[6.0])]).write(&place.path("b.mmstats"));
    assert_eq!(value(&place, "load"), json!(3.0));
}

#[test]
fn sums_are_exact_and_do_not_overflow() {
    let place = new_place();
    for (name, hits) in [("a.mmstats", u64::MAX - 1), ("b.mmstats", 1)] {
        of("web", [Field::counter("hits", &[hits])]).write(&place.path(name));
    }
    assert_eq!(value(&place, "hits"), json!(u64::MAX));
    of("web", [Field::counter("hits", &[5])]).write(&place.path("c.mmstats"));
    assert_eq!(value(&place, "hits"), json!(18_446_744_073_709_551_620.0_f64));
}

/// Two files of one process, one of another with the same name, which is dead, and a copy of one of nobody.
#[test]
fn groups_are_those_of_processes_users_or_all() {
    let place = new_place();
    of("web", [Field::counter("hits", &[1])]).write(&place.path("a.mmstats"));
    of("web", [Field::counter("hits", &[2])]).write(&place.path("b.mmstats"));
    let mut other = of("web", [Field::counter("hits", &[4])]).write(&place.path("c.mmstats"));
    // Its process started at another time.
    other.put(80, &[1]).seal_header();
    fs::write(place.path("c.mmstats"), &other.bytes).unwrap();
    of("mail\x1b", [Field::counter("hits", &[8])]).write(&place.path("d.mmstats"));
    let _locks = ["a.mmstats", "b.mmstats"].map(|name| lock(&place.path(name)));
    let uid = owner();
    let shown = |by: &str| place.run(["--by", by, "-I", "hits"]).stdout;
    assert_eq!(
        shown("process"),
        format!(
            "==> web[4711]: 2 files of user {uid}\n  hits 3\n\n==> web[4711]: 1 file of user {uid} (stale)\n  \
             hits 4\n\n==> mail\\u{{1b}}[4711]: 1 file of user {uid} (stale)\n  hits 8\n\n"
        )
    );
    assert_eq!(shown("user"), format!("==> user {uid}: 4 files, 2 of them stale\n  hits 15\n\n"));
    assert_eq!(shown("all"), "==> all: 4 files of 1 user, 2 of them stale\n  hits 15\n\n");
    let table = place.run(["--table", "--by", "all", "-I", "hits"]).stdout;
    assert!(
        table.ends_with("stale\nLABEL  VALUE  UNIT  KIND     HELP\nhits      15        counter\n\n"),
        "{table}"
    );
}

#[test]
fn json_and_csv_say_which_files_were_combined() {
    let place = new_place();
    of("web", [Field::counter("hits", &[1])]).write(&place.path("a"));
    let mut damaged =
        of("web", [Field::counter("hits", &[2]), Field::counter("lost", &[3])]).write(&place.path("b"));
    damaged.put(damaged.descriptors + 64 + 8, &[2]);
    fs::write(place.path("b"), &damaged.bytes).unwrap();
    fs::write(place.path("c"), "bad").unwrap();
    let said = place.run(["--json", "--by", "process", "a", "b", "c"]);
    assert_eq!(said.status, 1);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["path"], lines.len()), (&json!("c"), 2));
    let group = &lines[1];
    assert_eq!(
        (&group["by"], &group["process"], &group["pid"], &group["user"]),
        (&json!("process"), &json!("web"), &json!(4711), &json!(owner()))
    );
    assert_eq!(group["files"][0], json!({"path": "a", "format": 2, "alive": false}));
    assert!(group["files"][1]["error"].as_str().unwrap().starts_with("expected check "));
    assert_eq!(group["fields"].as_array().unwrap().last().unwrap()["value"], 3);

    let said = place.run(["--csv", "--by", "process", "-I", "hits", "a", "b"]);
    let expected =
        ["", "web", "4711", &owner().to_string(), "dead", "hits", "", "", "counter", "u64", "", "3", "", ""];
    assert_eq!(records(&said.stdout)[1], expected);
}

#[test]
fn what_does_not_mean_the_same_is_shown_apart_and_said_once() {
    let place = new_place();
    let unit = |unit: &str| Field::counter("size", &[1]).described("", unit, "");
    let buckets = |powers, words: &[u64]| Field::histogram("depth", powers, &[words]);
    of("web", [unit("bytes"), buckets(1, &[1, 0, 1]), Field::counter("kind", &[1])])
        .write(&place.path("a.mmstats"));
    let gauge = Field::gauge("kind", 4, SUM, &[&[2, 0, 0, 0, 0, 0, 0, 0]]);
    of("web", [unit("pages"), buckets(2, &[3, 0, 1, 1]), gauge]).write(&place.path("b.mmstats"));
    of("web", [unit("pages")]).write(&place.path("c.mmstats"));
    let said = place.run(["--by", "all", "-X", "sys.*"]);
    let (_, fields) = said.stdout.split_once('\n').unwrap();
    assert_eq!(
        fields,
        "  size  1\n  depth count=1 mean=1.0 p50≥1 p99≥1 max≥1\n  kind  1\n  size  2\n  depth count=2 mean≥1.5 p50=1 \
         p99≥2 max≥2\n  kind  2\n\n"
    );
    assert_eq!(
        (said.stderr.as_str(), said.status),
        (
            "slurpstats: depth, kind, size shown apart: the files differ in kind, type, unit, aggregate or buckets\n",
            0
        )
    );
}

#[test]
fn types_keep_values_apart_unless_they_are_added_up() {
    let place = new_place();
    for (name, type_, bytes) in
        [("a.mmstats", 3, &[5, 0, 0, 0][..]), ("b.mmstats", 4, &[7, 0, 0, 0, 0, 0, 0, 0])]
    {
        let gauge = |label, aggregate| Field::gauge(label, type_, aggregate, &[bytes]);
        of("web", [gauge("sum", SUM), gauge("max", MAX)]).write(&place.path(name));
    }
    let said = place.run(["--by", "all", "--csv", "-X", "sys.*"]);
    let found: Vec<[String; 3]> =
        records(&said.stdout)[1..].iter().map(|record| [5, 9, 11].map(|at| record[at].clone())).collect();
    assert_eq!(found, [["sum", "u64", "12"], ["max", "u32", "5"], ["max", "u64", "7"]]);
}

#[test]
fn a_text_that_never_changes_is_combined_with_one_that_does() {
    let place = new_place();
    for (name, aggregate) in [("a.mmstats", CONSTANT), ("b.mmstats", NONE)] {
        of("web", [Field::text("phase", aggregate, &[text(8, b"read")])]).write(&place.path(name));
    }
    let said = place.run(["--by", "all", "-I", "phase"]);
    assert!(said.stdout.ends_with("\n  phase read\n\n"), "{}", said.stdout);
}

/// The members of both have the same name, type and unit.
#[test]
fn records_whose_members_differ_in_scale_are_shown_apart() {
    let place = new_place();
    for (name, scale) in [("a.mmstats", 0), ("b.mmstats", -3)] {
        let mut fields = Field::record("peak", 4, &[("at", 3, 0)], vec![fixture::record(&[5, 0, 0, 0])]);
        fields[1].scale = scale;
        of("web", fields).write(&place.path(name));
    }
    let said = place.run(["--by", "all", "-I", "peak"]);
    let (_, fields) = said.stdout.split_once('\n').unwrap();
    assert_eq!(fields, "  peak at=5\n  peak at=0.005\n\n");
}

/// A file can hold more than there is memory for.
#[test]
fn more_labels_than_can_be_combined_are_an_error() {
    let place = new_place();
    let many = Field::gauge("many", 1, MAX, &[&vec![7; 300_000]]).array(300_000);
    of("web", [Field::counter("hits", &[1]), many]).write(&place.path("a.mmstats"));
    let said = place.run(["--by", "all", "-X", "sys.*"]);
    assert!(said.stderr.starts_with("slurpstats: cannot combine 37857 values: "), "{}", said.stderr);
    assert_eq!((said.stdout.lines().count(), said.status), ((1 << 18) + 2, 1));
    assert_eq!(value(&place, "hits"), json!(1));
}

#[test]
fn torn_values_are_left_out_and_said() {
    let place = new_place();
    of("web", [Field::text("phase", NONE, &[torn_text(8)])]).write(&place.path("a.mmstats"));
    assert_eq!(value(&place, "phase"), Value::Null);
    of("web", [Field::text("phase", NONE, &[text(8, b"read")])]).write(&place.path("b.mmstats"));
    let said = place.run(["--by", "all", "-I", "phase"]);
    assert_eq!(said.status, 1);
    assert!(
        said.stdout.ends_with("\n  phase read\n\n") && said.stderr.contains("cannot read 1 value of "),
        "{}",
        said.stdout
    );
}

/// Files of format 1 say neither kinds nor how to combine.
#[test]
fn numbers_of_format_1_have_a_sum_and_bounds() {
    let place = new_place();
    for (name, pid, hits) in
        [("a-7-1.mmstats", 7_u32, 3_u8), ("a-7-2.mmstats", 7, 4), ("a-8-1.mmstats", 8, 5)]
    {
        let fields = [
            old_field("web.sys.pid", "I", &pid.to_le_bytes()),
            old_field("web.hits", "B", &[hits]),
            old_field("web.name", "8p", b"\x03abc\0\0\0\0"),
        ];
        fs::write(place.path(name), [&b"\x01"[..], &fields.concat(), b"\0\0"].concat()).unwrap();
    }
    let said = place.run(["--by", "process", "."]);
    let groups: Vec<&str> = said.stdout.split("\n\n").collect();
    assert!(groups[0].starts_with("==> a[7]: 2 files of user "), "{}", said.stdout);
    assert!(groups[0].ends_with("web.sys.pid 7\n  web.hits    sum=7 min=3 max=4\n  web.name    abc"));
    assert!(groups[1].ends_with("web.sys.pid 8\n  web.hits    5\n  web.name    abc"));
    assert_eq!(value(&place, "web.sys.pid"), json!({"different": 2}));
}

#[test]
fn threads_are_kept_apart_also_when_files_are_combined() {
    let place = new_place();
    let hits = || of("web", [Field::counter("hits", &[1, 2])]).slots(&[7, 8]);
    hits().write(&place.path("a.mmstats"));
    hits().write(&place.path("b.mmstats"));
    let said = place.run(["--by", "process", "--threads", "-I", "hits"]);
    let (_, fields) = said.stdout.split_once('\n').unwrap();
    assert_eq!(fields, "  hits{tid=\"7\",thread=\"\"} 2\n  hits{tid=\"8\",thread=\"\"} 4\n\n");
}
