//! What becomes of files of the living, the dead, and of whom nobody knows.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use serde_json::{Value, json};

use crate::support::Said;
use crate::{DRAFT, FLAG_KEEP, NOBODYS_PID, new_place, now};

#[test]
fn the_dead_are_removed_and_the_living_stay() {
    let place = new_place();
    place.dead("a.mmstats");
    place.dead("b.mmstats");
    let _writer = place.alive("c.mmstats");
    place.dead("not_in_a_directorys_turn");
    let said = place.run(["."]);
    let expected = "PID 4711 not found. Deleting ./a.mmstats\nPID 4711 not found. Deleting ./b.mmstats\n\
                    Removed 2  -  1 alive\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), (expected, "", 0));
    assert_eq!(place.names(), ["c.mmstats", "not_in_a_directorys_turn"]);
    // A file that is named may be called anything.
    let said = place.run(["not_in_a_directorys_turn", "c.mmstats"]);
    let expected = "PID 4711 not found. Deleting not_in_a_directorys_turn\nRemoved 1  -  1 alive\n";
    assert_eq!((said.stdout.as_str(), said.status), (expected, 0));
}

#[test]
fn of_whom_nobody_knows_stays_and_is_said() {
    let place = new_place();
    place.dead("a.mmstats");
    fs::copy(place.path("a.mmstats"), place.path("copy.mmstats")).unwrap();
    let said = place.run(["."]);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive  -  1 unknown\n"), "{}", said.stdout);
    let reason = "its program is not known to be dead: the file is a copy, another machine's, or was made without a \
                  lock";
    assert_eq!(said.stderr, format!("cleanstats: left ./copy.mmstats: {reason}\n"));
    assert_eq!((place.names(), said.status), (vec!["copy.mmstats".to_owned()], 0));
}

#[test]
fn what_its_writer_wished_to_be_kept_is_removed_only_on_demand() {
    let place = new_place();
    place.dead_with("a.mmstats", FLAG_KEEP);
    let said = place.run(["."]);
    assert_eq!(said.stdout, "Removed 0  -  0 alive  -  1 kept\n");
    assert!(said.stderr.ends_with("--kept removes it\n"), "{}", said.stderr);
    assert_eq!((place.names().len(), said.status), (1, 0));
    let said = place.run(["--kept", "."]);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive\n"), "{}", said.stdout);
    assert_eq!(place.names().len(), 0);
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = new_place();
    place.dead("a.mmstats");
    place.dead(DRAFT);
    place.old("b.mmstats", NOBODYS_PID, now());
    let _writer = place.alive("c.mmstats");
    let before = fs::metadata(place.dir()).unwrap();
    let said = place.run(["--dry-run", "."]);
    assert!(said.stdout.contains("PID 4711 not found. Would delete ./a.mmstats\n"), "{}", said.stdout);
    assert!(
        said.stdout.contains("\nWould remove ") && said.stdout.contains("  -  1 alive"),
        "{}",
        said.stdout
    );
    let after = fs::metadata(place.dir()).unwrap();
    assert_eq!((before.mtime(), before.mtime_nsec()), (after.mtime(), after.mtime_nsec()));
    assert_eq!(place.names(), [DRAFT, "a.mmstats", "b.mmstats", "c.mmstats"]);
    assert!(!place.path(".lock").exists());
}

#[test]
fn json_says_of_each_file_what_was_done_and_why() {
    let place = new_place();
    place.dead("a.mmstats");
    let _writer = place.alive("b.mmstats");
    place.dead_with("c.mmstats", FLAG_KEEP);
    fs::copy(place.path("a.mmstats"), place.path("d.mmstats")).unwrap();
    fs::write(place.path("e"), "no statistics").unwrap();
    let objects = |said: &Said| -> Vec<Value> {
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let said = place.run(["--json", "--dry-run", "a.mmstats"]);
    assert_eq!(
        said.stdout,
        "{\"path\":\"a.mmstats\",\"format\":2,\"pid\":4711,\"liveness\":\"dead\",\"action\":\"would_remove\",\
         \"reason\":\"dead\",\"message\":null}\n"
    );
    let said = place.run(["--json", ".", "e"]);
    assert_eq!(said.status, 1);
    let found: Vec<Value> = objects(&said)
        .into_iter()
        .map(|object| json!([object["path"], object["liveness"], object["action"], object["reason"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!(["e", null, "left", "failed"]),
            json!(["./a.mmstats", "dead", "removed", "dead"]),
            json!(["./b.mmstats", "alive", "left", "alive"]),
            json!(["./c.mmstats", "dead", "left", "kept"]),
            json!(["./d.mmstats", "unknown", "left", "unknown"]),
        ]
    );
    let message = "expected a header of at least 256 bytes, found 13 at byte 0";
    assert_eq!(objects(&said)[0]["message"], message);
    assert!(said.stderr.contains(&format!("cleanstats: cannot read e: {message}\n")), "{}", said.stderr);
}

#[test]
fn what_a_writer_left_that_was_killed_before_it_published_is_removed() {
    let place = new_place();
    place.dead(DRAFT);
    place.dead_with(".fedcba9876543210.new", FLAG_KEEP);
    let _writer = place.alive(".00000000000000ab.new");
    place.dead(".another.new");
    place.dead(".hidden.mmstats");
    place.old(".00000000000000cd.new", NOBODYS_PID, now());
    fs::write(place.path(".00000000000000ef.new"), "").unwrap();
    let said = place.run(["."]);
    assert!(said.stdout.ends_with("Removed 2  -  0 alive\n"), "{}", said.stdout);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let left = [
        ".00000000000000ab.new",
        ".00000000000000cd.new",
        ".00000000000000ef.new",
        ".another.new",
        ".hidden.mmstats",
    ];
    assert_eq!(place.names(), left);
}

#[test]
fn what_is_no_file_of_statistics_is_an_error_if_named_and_else_passed_over() {
    let place = new_place();
    let elsewhere = new_place();
    let target = elsewhere.dead("dead.mmstats");
    symlink(&target, place.path("link.mmstats")).unwrap();
    nix::unistd::mkfifo(&place.path("fifo.mmstats"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::create_dir(place.path("directory.mmstats")).unwrap();
    fs::write(place.path("text.mmstats"), "no statistics").unwrap();
    fs::write(place.path("empty.mmstats"), "").unwrap();
    fs::write(place.path("cut.mmstats"), b"\x01\x05\0ab").unwrap();
    place.dead(".lock");
    for (name, reason) in [
        ("link.mmstats", "expected a regular file, found a symbolic link"),
        ("fifo.mmstats", "expected a regular file, found a FIFO"),
        ("text.mmstats", "expected a header of at least 256 bytes, found 13 at byte 0"),
        ("empty.mmstats", "expected a header of at least 256 bytes, found 0 at byte 0"),
        ("cut.mmstats", "expected a label of 5 bytes, found only 2 at byte 3"),
        (".lock", "expected a regular file, found a directory's lock"),
        ("/dev/null", "expected a regular file, found a device"),
        ("missing.mmstats", "No such file or directory (os error 2)"),
    ] {
        let said = place.run([name]);
        assert_eq!(said.stderr, format!("cleanstats: cannot read {name}: {reason}\n"));
        assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  1 failed\n", 1));
    }
    let before = place.names();
    let said = place.run(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive\n", 0));
    assert_eq!(said.stderr, "cleanstats: no mmstats files in .\n");
    assert_eq!(place.names(), before);
    assert!(target.exists());
}
