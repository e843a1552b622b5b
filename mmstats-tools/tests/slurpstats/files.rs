//! Several files, bad ones, and hostile strings in them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::geteuid;
use serde_json::{Value, json};

use crate::fixture::{Field, Fixture, MAX, NONE, text};
use crate::support::{NOBODY, lock};
use crate::{new_place, owner, small, small_text};

#[test]
fn files_of_a_directory_are_sorted_and_dead_writers_are_marked() {
    let place = new_place();
    for (name, value) in [("c.mmstats", 3), ("a.mmstats", 1), ("b.mmstats", 2)] {
        small(value).write(&place.path(name));
    }
    let _lock = lock(&place.path("a.mmstats"));
    // A copy is neither alive nor dead.
    fs::copy(place.path("a.mmstats"), place.path("d.mmstats")).unwrap();
    let said = place.run(["."]);
    let expected = [
        small_text("./a.mmstats", 1),
        small_text("./b.mmstats (stale)", 2),
        small_text("./c.mmstats (stale)", 3),
        small_text("./d.mmstats", 1),
    ];
    assert_eq!((said.stdout, said.status), (expected.concat(), 0));

    let alive: Vec<Value> = place
        .run(["--json", "."])
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["alive"].clone())
        .collect();
    assert_eq!(alive, [json!(true), json!(false), json!(false), Value::Null]);
}

#[test]
fn a_bad_file_spoils_no_other() {
    let place = new_place();
    small(1).write(&place.path("a.mmstats"));
    fs::write(place.path("b.mmstats"), "bad").unwrap();
    let mut damaged = small(3);
    damaged.fields.push(Field::counter("lost", &[4]));
    let mut damaged = damaged.write(&place.path("c.mmstats"));
    damaged.put(damaged.descriptors + 64 + 8, &[2]);
    fs::write(place.path("c.mmstats"), &damaged.bytes).unwrap();
    small(5).write(&place.path("d.mmstats"));

    let said = place.run(["."]);
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

    let said = place.run(["--json", "."]);
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
    let place = new_place();
    let hostile = "a\x1b[2J\n\u{9b}\u{202e}\u{2028}";
    let fields = [
        Field::counter(hostile, &[1]).described(hostile, hostile, &format!("k\"\x1b\0{hostile}\"\0")),
        Field::text("t", NONE, &[text(32, hostile.as_bytes())]),
    ];
    let fixture =
        Fixture { uid: owner(), ..Fixture::with_fields(fields) }.names(&[text(24, hostile.as_bytes())]);
    let fixture = fixture.attribute("sys.cmd\r", hostile).attribute("sys.cmd", hostile);
    fixture.write(&place.path("\x1b[31m\u{202e}.mmstats"));
    let unreadable = OsString::from_vec(b"\xff\x1b\n.mmstats".to_vec());
    fs::write(place.path(&unreadable), "").unwrap();

    let formats = [&[][..], &["--json"], &["--table"], &["--csv"]];
    let combined = [&[][..], &["--by", "process"], &["--by", "all"], &["--threads"]];
    for arguments in formats.iter().flat_map(|format| combined.map(|by| [*format, by, &["."]].concat())) {
        let said = place.run(&arguments);
        // Lines of comma-separated values end in both.
        let all = [said.stdout.replace("\r\n", "\n").as_str(), said.stderr.as_str()].concat();
        let hazards: Vec<char> = all
            .chars()
            .filter(|c| *c != '\n' && (c.is_control() || "\u{202e}\u{2028}".contains(*c)))
            .collect();
        assert_eq!(hazards, []);
        assert_eq!(said.status, 1);
    }

    let said = place.run(["."]);
    let shown = r"a\u{1b}[2J\u{a}\u{9b}\u{202e}\u{2028}";
    assert!(said.stdout.starts_with("==> ./\\u{1b}[31m\\u{202e}.mmstats (stale)\n"));
    assert!(said.stdout.contains(&format!("\n  {shown}{{k\\u{{22}}\\u{{1b}}=\"{shown}\\u{{22}}\"}} 1\n")));
    assert!(said.stdout.contains(&format!(" {shown}\n")));
    assert_eq!(
        said.stderr,
        "slurpstats: cannot read ./\\xff\\u{1b}\\u{a}.mmstats: expected a header of at least 256 bytes, found 0 at \
         byte 0\n"
    );

    let said = place.run(["--json", "."]);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["path"], "./\x1b[31m\u{202e}.mmstats");
    assert_eq!(lines[0]["fields"][7]["label"], hostile);
    assert_eq!(lines[1]["path"], "./\u{fffd}\x1b\n.mmstats");
}

#[test]
fn what_is_not_known_or_claimed_wrongly_is_said_but_no_error() {
    let place = new_place();
    let fields = [Field::new("odd", (200, 4), MAX, vec![vec![1; 8]]), Field::counter("hits", &[1])];
    Fixture { uid: owner() + 1, ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["a"]);
    let (owner, claimed) = (owner(), owner() + 1);
    assert_eq!(
        said.stderr,
        format!(
            "slurpstats: a has 1 field of a kind that this version does not know\nslurpstats: a belongs to \
             user {owner}, but says that user {claimed} wrote it\n"
        )
    );
    assert_eq!(said.status, 0);
}

#[test]
fn what_is_named_and_no_file_of_statistics_is_an_error() {
    let place = new_place();
    nix::unistd::mkfifo(&place.path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::write(place.path("old"), "\x01\0").unwrap();
    std::os::unix::fs::symlink("old", place.path("link")).unwrap();
    for (argument, error) in [
        ("fifo", "expected a regular file, found a FIFO"),
        ("link", "expected a regular file, found a symbolic link"),
        ("/dev/null", "expected a regular file, found a device"),
        ("missing", "No such file or directory (os error 2)"),
    ] {
        let said = place.run([argument]);
        assert_eq!(said.stderr, format!("slurpstats: cannot read {argument}: {error}\n"));
        assert_eq!((said.stdout.as_str(), said.status), ("", 1));
    }
}

/// Root may read all, so it runs as nobody.
#[test]
fn a_file_without_permission_is_an_error_beside_good_output() {
    let place = new_place();
    let file = place.path("secret.mmstats");
    fs::write(&file, "secret").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = Command::new(place.for_nobody());
    command.arg(&file);
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!("slurpstats: cannot read {}: Permission denied (os error 13)\n", file.display())
    );
    assert_eq!(output.stdout, b"");
}
