//! The real slurpstats over files built byte by byte.

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use fixture::{CONSTANT, Field, Fixture, MAX, MIN, NONE, UP_DOWN, text, torn_text};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A directory for files, and slurpstats in it.
struct Place(TempDir);

/// What slurpstats said.
struct Said {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    /// slurpstats with these arguments, in the directory, knowing nothing of this machine's files.
    fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slurpstats"));
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("MMSTATS_GLOB").env("MMSTATS_PATH", self.0.path());
        command
    }

    fn slurp<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Said {
        said(&self.command(arguments).output().unwrap())
    }
}

fn said(output: &Output) -> Said {
    Said {
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        status: output.status.code().unwrap(),
    }
}

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

/// Who runs the tests, and owns their files.
fn owner() -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid()
}

fn small(value: u64) -> Fixture {
    Fixture { uid: owner(), ..Fixture::with_fields([Field::counter("hits", &[value])]) }
}

/// What is shown of `small(value)`, with `header` behind the arrow.
fn small_text(header: &str, value: u64) -> String {
    let uid = owner();
    format!(
        "==> {header}\n  sys.pid     4711\n  sys.uid     {uid}\n  sys.gid     33\n  sys.created 1700000000.25\n  \
         sys.tid     4712\n  hits        {value}\n\n"
    )
}

/// Takes the lock that shows that a writer lives.
fn lock(path: &PathBuf) -> File {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let lock = libc::flock {
        l_type: libc::c_short::try_from(libc::F_WRLCK).unwrap(),
        l_whence: 0,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_OFD_SETLK(&lock)).unwrap();
    file
}

#[test]
fn text_is_that_of_the_python_original() {
    let place = Place::new();
    every_type().write(&place.path("a.mmstats"));
    let _lock = lock(&place.path("a.mmstats"));
    let said = place.slurp(["a.mmstats"]);
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
    let place = Place::new();
    every_type().write(&place.path("a.mmstats"));
    small(1).write(&place.path("b.mmstats"));
    let _lock = lock(&place.path("a.mmstats"));
    let said = place.slurp(["--json", "a.mmstats", "b.mmstats"]);
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
    let place = Place::new();
    parts().write(&place.path("a"));
    let said = place.slurp(["a"]);
    let (_, fields) = said.stdout.split_once("sys.tid").unwrap();
    let expected = [
        "        4712",
        "  average        count=4 mean=2.5",
        "  average.none   count=0",
        "  moving         2.5",
        "  moving.none    -",
        "  histogram      count=4 mean=11.0 p50=7 p99=31 max=31",
        "  histogram.none count=0",
        "  timer          count=2 mean=900ns p50=1.02us p99=2.05us max=2.05us last=700ns",
        "  timer.none     count=0",
        "  scaled         5000.0",
        "  pool           open=True wait\"ing\\u{1b}=0.7 load=0.25\n\n",
    ];
    assert_eq!((fields, said.stderr.as_str(), said.status), (expected.join("\n").as_str(), "", 0));
}

#[test]
fn values_of_several_parts_are_objects_of_json() {
    let place = Place::new();
    parts().write(&place.path("a"));
    let said = place.slurp(["--json", "a"]);
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
            json!({"count": 4, "sum": 44, "mean": 11.0, "p50": 7, "p90": 31, "p99": 31, "p999": 31, "max": 31}),
        ),
        ("histogram.none", empty(json!(0))),
        (
            "timer",
            json!({"count": 2, "sum": 1.8e-6, "mean": 9e-7, "p50": 1.023e-6, "p90": 2.047e-6, "p99": 2.047e-6,
                "p999": 2.047e-6, "max": 2.047e-6, "last": 7e-7}),
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
    let place = Place::new();
    let timer = Field::timer("timer", 2, &[&[1, 1, 0, 1, 0], &[0, 0, 1, 0, 0], &[3, 3, 0, 0, 1]]);
    let fixture = Fixture { uid: owner(), ..Fixture::with_fields([timer]) };
    fixture.slots(&[7, 0, 9]).write(&place.path("a"));
    let text = place.slurp(["a"]).stdout;
    assert!(text.contains("  timer       count=3 mean=1.33ns p50=1ns p99=3ns max=3ns\n"), "{text}");
    let json: Value = serde_json::from_str(&place.slurp(["--json", "a"]).stdout).unwrap();
    assert_eq!(json["fields"][4]["value"]["last"], Value::Null);
    let text = place.slurp(["--threads", "a"]).stdout;
    assert!(
        text.contains("  timer{tid=\"9\",thread=\"\"}   count=1 mean=3ns p50=3ns p99=3ns max=3ns last=3ns\n"),
        "{text}"
    );
}

#[test]
fn a_torn_record_is_said_to_be_torn() {
    let place = Place::new();
    let mut torn = [fixture::record_copy(5, &[1; 8]), fixture::record_copy(6, &[2; 8])].concat();
    (torn[12], torn[28]) = (9, 9);
    let record = Field::record("pool", 8, &[("a", 4, 0)], vec![torn]);
    Fixture { uid: owner(), ..Fixture::with_fields(record) }.write(&place.path("a"));
    let said = place.slurp(["a"]);
    assert!(said.stdout.contains("\n  pool        ?\n"), "{}", said.stdout);
    assert!(said.stderr.ends_with("expected whole values, found 1 torn in both copies\n"), "{}", said.stderr);
    assert_eq!(said.status, 1);
}

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
    let place = Place::new();
    threads().write(&place.path("a.mmstats"));
    let said = place.slurp(["a.mmstats"]);
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
    let place = Place::new();
    threads().write(&place.path("a.mmstats"));
    let said = place.slurp(["--threads", "a.mmstats"]);
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

    let said = place.slurp(["--threads", "--json", "a.mmstats"]);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    let last = object["fields"].as_array().unwrap().last().unwrap();
    assert_eq!(last["tags"], json!({"tid": "9", "thread": "worker \"1\"\x1b"}));
    assert_eq!((&last["label"], &last["value"]), (&json!("phase"), &json!("write")));
}

#[test]
fn a_torn_name_of_a_thread_is_left_out_and_said() {
    let place = Place::new();
    threads().names(&[torn_text(24), text(24, b""), text(24, b"whole")]).write(&place.path("a"));
    let said = place.slurp(["--threads", "a"]);
    assert!(said.stdout.contains("  load{tid=\"7\"} "), "{}", said.stdout);
    assert!(said.stdout.contains("  load{tid=\"9\",thread=\"whole\"} "), "{}", said.stdout);
    assert!(said.stderr.ends_with("expected whole values, found 1 torn in both copies\n"), "{}", said.stderr);
    assert_eq!(said.status, 1);
}

#[test]
fn files_of_a_directory_are_sorted_and_dead_writers_are_marked() {
    let place = Place::new();
    for (name, value) in [("c.mmstats", 3), ("a.mmstats", 1), ("b.mmstats", 2)] {
        small(value).write(&place.path(name));
    }
    let _lock = lock(&place.path("a.mmstats"));
    // A copy is neither alive nor dead.
    fs::copy(place.path("a.mmstats"), place.path("d.mmstats")).unwrap();
    let said = place.slurp(["."]);
    let expected = [
        small_text("./a.mmstats", 1),
        small_text("./b.mmstats (stale)", 2),
        small_text("./c.mmstats (stale)", 3),
        small_text("./d.mmstats", 1),
    ];
    assert_eq!((said.stdout, said.status), (expected.concat(), 0));

    let alive: Vec<Value> = place
        .slurp(["--json", "."])
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["alive"].clone())
        .collect();
    assert_eq!(alive, [json!(true), json!(false), json!(false), Value::Null]);
}

#[test]
fn a_bad_file_spoils_no_other() {
    let place = Place::new();
    small(1).write(&place.path("a.mmstats"));
    fs::write(place.path("b.mmstats"), "bad").unwrap();
    let mut damaged = small(3);
    damaged.fields.push(Field::counter("lost", &[4]));
    let mut damaged = damaged.write(&place.path("c.mmstats"));
    damaged.put(damaged.descriptors + 64 + 8, &[2]);
    fs::write(place.path("c.mmstats"), &damaged.bytes).unwrap();
    small(5).write(&place.path("d.mmstats"));

    let said = place.slurp(["."]);
    let expected = [
        small_text("./a.mmstats (stale)", 1),
        small_text("./c.mmstats (stale)", 3),
        small_text("./d.mmstats (stale)", 5),
    ];
    assert_eq!((said.stdout, said.status), (expected.concat(), 1));
    let errors: Vec<&str> = said.stderr.lines().collect();
    assert_eq!(
        errors[0],
        "slurpstats: cannot read ./b.mmstats: expected a header of at least 256 bytes, found 3 at byte 0"
    );
    assert!(errors[1].starts_with("slurpstats: cannot read ./c.mmstats: expected check "), "{}", errors[1]);
    assert_eq!(errors.len(), 2);

    let said = place.slurp(["--json", "."]);
    assert_eq!(said.status, 1);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[1],
        json!({
            "path": "./b.mmstats",
            "error": "expected a header of at least 256 bytes, found 3 at byte 0",
            "fields": []
        })
    );
    let keys: Vec<&String> = lines[2].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["error", "fields", "path"]);
    assert_eq!(lines[2]["fields"].as_array().unwrap().last().unwrap()["label"], "hits");
}

#[test]
fn hostile_strings_do_not_reach_the_terminal() {
    let place = Place::new();
    let hostile = "a\x1b[2J\n\u{9b}\u{202e}\u{2028}";
    let fields = [
        Field::counter(hostile, &[1]).described(hostile, hostile, &format!("k\"\x1b\0{hostile}\"\0")),
        Field::text("t", NONE, &[text(32, hostile.as_bytes())]),
    ];
    let fixture = Fixture { uid: owner(), ..Fixture::with_fields(fields) }.attribute("sys.cmd\r", hostile);
    fixture.write(&place.path("\x1b[31m\u{202e}.mmstats"));
    let unreadable = OsString::from_vec(b"\xff\x1b\n.mmstats".to_vec());
    fs::write(place.path(&unreadable), "").unwrap();

    for arguments in [&["."][..], &["--json", "."]] {
        let said = place.slurp(arguments);
        let all = [said.stdout.as_str(), said.stderr.as_str()].concat();
        let hazards: Vec<char> = all
            .chars()
            .filter(|c| *c != '\n' && (c.is_control() || "\u{202e}\u{2028}".contains(*c)))
            .collect();
        assert_eq!(hazards, []);
        assert_eq!(said.status, 1);
    }

    let said = place.slurp(["."]);
    let shown = r"a\u{1b}[2J\u{a}\u{9b}\u{202e}\u{2028}";
    assert!(said.stdout.starts_with("==> ./\\u{1b}[31m\\u{202e}.mmstats (stale)\n"));
    assert!(said.stdout.contains(&format!("\n  {shown}{{k\\u{{22}}\\u{{1b}}=\"{shown}\\u{{22}}\"}} 1\n")));
    assert!(said.stdout.contains(&format!(" {shown}\n")));
    assert_eq!(
        said.stderr,
        "slurpstats: cannot read ./\\xff\\u{1b}\\u{a}.mmstats: expected a header of at least 256 bytes, found 0 at \
         byte 0\n"
    );

    let said = place.slurp(["--json", "."]);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["path"], "./\x1b[31m\u{202e}.mmstats");
    assert_eq!(lines[0]["fields"][6]["label"], hostile);
    assert_eq!(lines[1]["path"], "./\u{fffd}\x1b\n.mmstats");
}

#[test]
fn a_torn_text_is_said_to_be_torn() {
    let place = Place::new();
    let fields = [Field::text("t", NONE, &[torn_text(8)]), Field::counter("after", &[1])];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.slurp(["a"]);
    assert!(said.stdout.contains("\n  t           ?\n  after       1\n"), "{}", said.stdout);
    assert_eq!(
        said.stderr,
        "slurpstats: cannot read a: expected whole values, found 1 torn in both copies\n"
    );
    assert_eq!(said.status, 1);
    let said = place.slurp(["--json", "a"]);
    let object: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&object["fields"][5]["value"], said.status), (&Value::Null, 1));
}

#[test]
fn what_is_not_known_or_claimed_wrongly_is_said_but_no_error() {
    let place = Place::new();
    let fields = [Field::new("odd", (200, 4), MAX, vec![vec![1; 8]]), Field::counter("hits", &[1])];
    Fixture { uid: owner() + 1, ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.slurp(["a"]);
    let (owner, claimed) = (owner(), owner() + 1);
    assert_eq!(
        said.stderr,
        format!(
            "slurpstats: a has 1 more fields, of kinds that this version does not know\nslurpstats: a belongs to \
             user {owner}, but says that user {claimed} wrote it\n"
        )
    );
    assert_eq!(said.status, 0);
}

#[test]
fn what_is_named_and_no_file_of_statistics_is_an_error() {
    let place = Place::new();
    nix::unistd::mkfifo(&place.path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::write(place.path("old"), "\x01\0").unwrap();
    std::os::unix::fs::symlink("old", place.path("link")).unwrap();
    for (argument, error) in [
        ("fifo", "expected a regular file, found a FIFO"),
        ("link", "expected a regular file, found a symbolic link"),
        ("/dev/null", "expected a regular file, found a device"),
        ("missing", "No such file or directory (os error 2)"),
    ] {
        let said = place.slurp([argument]);
        assert_eq!(said.stderr, format!("slurpstats: cannot read {argument}: {error}\n"));
        assert_eq!((said.stdout.as_str(), said.status), ("", 1));
    }
}

#[test]
fn without_arguments_the_default_places_are_read() {
    let place = Place::new();
    let nothing = place.slurp([""; 0]);
    assert_eq!((nothing.stdout.as_str(), nothing.status), ("", 0));
    let directory = place.0.path().display();
    let advice = "if a program runs with MMSTATS_PATH, set it here too, or name its directory";
    assert_eq!(nothing.stderr, format!("slurpstats: no mmstats files in {directory}; {advice}\n"));

    small(1).write(&place.path("a.mmstats"));
    small(2).write(&place.path("b.other"));
    let all = place.slurp([""; 0]);
    assert_eq!(all.stdout, small_text(&format!("{directory}/a.mmstats (stale)"), 1));

    let globbed = place.command([""; 0]).env("MMSTATS_GLOB", "*.other").output().unwrap();
    assert_eq!(said(&globbed).stdout, small_text("b.other (stale)", 2));
    let nothing = said(&place.command([""; 0]).env("MMSTATS_GLOB", "*.none").output().unwrap());
    assert_eq!(
        (nothing.stderr.as_str(), nothing.status),
        ("slurpstats: no mmstats files match MMSTATS_GLOB=*.none\n", 0)
    );
    let wrong = said(&place.command([""; 0]).env("MMSTATS_GLOB", "***").output().unwrap());
    assert!(wrong.stderr.starts_with("slurpstats: MMSTATS_GLOB is not a pattern: "), "{}", wrong.stderr);
    assert_eq!(wrong.status, 2);
}

#[test]
fn an_empty_directory_that_is_named_is_said_and_no_error() {
    let place = Place::new();
    let said = place.slurp(["."]);
    let nothing = "slurpstats: no mmstats files in .\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("", nothing, 0));
}

#[test]
fn usage_is_explained() {
    let place = Place::new();
    let wrong = place.slurp(["--jsn"]);
    assert!(wrong.stderr.contains("'--json'"), "{}", wrong.stderr);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
    let help = place.slurp(["--help"]);
    assert!(help.stdout.contains("Examples:\n  slurpstats ") && help.stdout.contains("Exit status: 0"));
    assert_eq!(help.status, 0);
    let version = place.slurp(["--version"]);
    assert_eq!(version.stdout, format!("slurpstats {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_closed_pipe_is_silent_and_no_error() {
    let place = Place::new();
    Fixture::with_fields((0..5_000).map(|index| Field::counter(&format!("counter.{index}"), &[index])))
        .write(&place.path("a.mmstats"));
    fs::write(place.path("b.mmstats"), "").unwrap();
    for arguments in [&["a.mmstats"][..], &["--json", "a.mmstats"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let said = said(&output);
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    }
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let place = Place::new();
    small(1).write(&place.path("a.mmstats"));
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.command(["a.mmstats"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let said = said(&output);
    assert_eq!(said.stderr, "slurpstats: cannot write the output: No space left on device (os error 28)\n");
    assert_eq!(said.status, 1);
}

#[test]
fn arguments_in_messages_are_escaped() {
    let said = Place::new().slurp(["--\x1b]0;title\x07"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains(r"--\u{1b}]0;title\u{7}") && !said.stderr.contains('\x1b'),
        "{}",
        said.stderr
    );
}
