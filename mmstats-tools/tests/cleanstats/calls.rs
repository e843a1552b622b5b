//! How it is called, and what it says then.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::new_place;
use crate::support::said;

#[test]
fn without_arguments_the_default_places_are_cleaned() {
    let place = new_place();
    let nothing = place.run([""; 0]);
    assert_eq!((nothing.stdout.as_str(), nothing.status), ("Removed 0  -  0 alive\n", 0));
    assert!(nothing.stderr.starts_with("cleanstats: no mmstats files in "), "{}", nothing.stderr);
    place.dead("a.mmstats");
    place.dead("b.other");
    let all = place.run([""; 0]);
    let path = place.path("a.mmstats");
    let expected = format!("PID 4711 not found. Deleting {}\nRemoved 1  -  0 alive\n", path.display());
    assert_eq!((all.stdout, all.status), (expected, 0));
    let globbed = said(&place.command([""; 0]).env("MMSTATS_GLOB", "*.other").output().unwrap());
    assert_eq!(globbed.stdout, "PID 4711 not found. Deleting b.other\nRemoved 1  -  0 alive\n");
    assert_eq!(place.names().len(), 0);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let place = new_place();
    place.dead("\x1b[31m\u{202e}.mmstats");
    let unreadable = OsString::from_vec(b"\xff\x1b\n".to_vec());
    fs::write(place.path(&unreadable), "").unwrap();
    for arguments in [&["--dry-run"][..], &["--dry-run", "--json"]] {
        let mut command = place.command(arguments);
        let said = said(&command.arg(".").arg(&unreadable).output().unwrap());
        let all = [said.stdout.as_str(), said.stderr.as_str()].concat();
        let hazards: Vec<char> =
            all.chars().filter(|c| *c != '\n' && (c.is_control() || *c == '\u{202e}')).collect();
        assert_eq!((hazards, said.status), (vec![], 1));
        if let Some(line) = said.stdout.lines().find(|line| line.starts_with('{') && line.contains("dead")) {
            let object: Value = serde_json::from_str(line).unwrap();
            assert_eq!(object["path"], "./\x1b[31m\u{202e}.mmstats");
        }
    }
}

#[test]
fn all_is_cleaned_also_if_nobody_reads_what_is_said() {
    let place = new_place();
    // More than a pipe and a buffer hold.
    for number in 0..2_000 {
        place.dead(format!("{number:04}.mmstats"));
    }
    let mut command = place.command(["."]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(place.names().len(), 0);
}

#[test]
fn usage_is_explained() {
    let place = new_place();
    let wrong = place.run(["--dryrun"]);
    assert!(wrong.stderr.contains("'--dry-run'"), "{}", wrong.stderr);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
    let help = place.run(["--help"]);
    assert!(help.stdout.contains("Examples:\n  cleanstats ") && help.stdout.contains("Exit status: 0"));
    assert_eq!(help.status, 0);
}

/// The lock is opened for writing, and its number must not be one that is printed to.
#[test]
fn without_standard_streams_nothing_is_printed_into_a_file() {
    let place = new_place();
    for closed in ["<&-", ">&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        place.dead("a.mmstats");
        let alive = place.alive("b.mmstats");
        let before = fs::read(place.path("b.mmstats")).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec \"$@\" {closed}"), "sh", env!("CARGO_BIN_EXE_cleanstats")]);
        let status = shell.arg(place.dir()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{closed}: {status}");
        assert_eq!(place.names(), ["b.mmstats"], "{closed}");
        assert_eq!(fs::read(place.path("b.mmstats")).unwrap(), before, "{closed}");
        assert_eq!(fs::metadata(place.path(".lock")).unwrap().len(), 0, "{closed}");
        drop(alive);
    }
}
