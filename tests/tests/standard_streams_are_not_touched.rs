//! A program that has closed its standard streams goes on reading from 0 and printing to 1 and 2. None of it
//! reaches a file of mmstats, because no descriptor of mmstats has one of these numbers, not for an instant.

use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats_reader::{Liveness, Value};
use mmstats_tests::daemon::{self, Report};
use mmstats_tests::reading::{count, liveness, values};
use mmstats_tests::system::{Mount, is_root};

const DAEMON: &str = env!("CARGO_BIN_EXE_daemon");

/// Runs the daemon for files in `dir`.
fn run(dir: &Path, steps: &[&str]) -> Report {
    let report = tempfile::tempdir().unwrap();
    let mut command = Command::new(DAEMON);
    daemon::run(command.env("MMSTATS_PATH", dir), &report.path().join("report"), steps)
}

/// Closes the streams, publishes in `dir`, prints, and is killed: the file is whole, and nothing took the
/// streams' place.
fn check(dir: &Path) {
    for first in ["create", "init"] {
        let steps = ["close", first, "create", "threads 3", "child", "print", "standard", "kill"];
        let report = run(dir, &steps);
        let lines: Vec<&String> = report.lines.iter().filter(|line| !line.starts_with("log: ")).collect();
        let [.., path, child, standard] = lines.as_slice() else { panic!("{report:?}") };
        assert_eq!(*standard, "[None, None, None]");
        assert!(child.ends_with("true]"), "{child}");
        assert_eq!(count(path, "daemon.events"), 2);
        assert_eq!(values(path, "daemon.text"), [Value::Text("still singing".to_owned())]);
        assert_eq!(liveness(path), Liveness::Dead);
    }
}

#[test]
fn a_program_without_standard_streams_does_not_print_into_its_file() {
    for place in ["/dev/shm", "/tmp"] {
        check(tempfile::tempdir_in(place).unwrap().path());
    }
}

/// There the lock needs a descriptor that stays open.
#[test]
fn nor_does_it_where_a_descriptor_holds_the_lock() {
    if !is_root("nor_does_it_where_a_descriptor_holds_the_lock") {
        return;
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let overlay = Mount::overlay(dir.path());
    check(&overlay.path);
}

#[test]
fn a_printing_thread_meets_no_file_that_is_open_for_an_instant() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let report = run(dir.path(), &["close", "storm 300", "standard"]);
    assert_eq!(report.lines, ["0", "[None, None, None]"]);
}

#[test]
fn what_a_dead_writer_left_is_removed_and_resumed_without_standard_streams() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = dir.path().join("x.mmstats");
    let resume = format!("resume {}", dir.path().display());
    let remove = format!("remove {}", dir.path().display());
    for events in 1..=2 {
        run(dir.path(), &["close", &resume, "print", "kill"]);
        assert_eq!(count(&path, "daemon.events"), 2 * events);
    }
    let lock = dir.path().join(".lock");
    assert_eq!(lock.metadata().unwrap().len(), 0);
    assert_eq!(
        run(dir.path(), &["close", &remove, "print", "standard"]).lines,
        ["Removed", "[None, None, None]"]
    );
    assert_eq!(lock.metadata().unwrap().len(), 0);
}

/// A program that opens something else there finds the numbers free.
#[test]
fn the_numbers_of_closed_streams_stay_free_for_the_program() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    let reuse = format!("reuse-all {}", elsewhere.display());
    let report = run(dir.path(), &["close", "create", "drop", &reuse, "standard", "create", "print"]);
    let open = Some(elsewhere);
    let expected: [Option<PathBuf>; 3] = [open.clone(), open.clone(), open];
    assert_eq!(report.lines[1], format!("{expected:?}"));
}

#[test]
fn a_program_with_too_few_descriptors_gets_an_error_and_none_of_these_numbers() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let outcomes: Vec<bool> = (4..16)
        .map(|limit| {
            let report = tempfile::tempdir().unwrap();
            let mut command = Command::new("sh");
            command.args(["-c", &format!("ulimit -n {limit} && exec \"$@\""), "sh", DAEMON]);
            command.env("MMSTATS_PATH", dir.path());
            let steps = ["close", "create", "create", "print", "standard"];
            let report = daemon::run(&mut command, &report.path().join("report"), &steps);
            let [first, .., standard] = report.lines.as_slice() else { panic!("{limit}: {report:?}") };
            assert_eq!(*standard, "[None, None, None]", "{limit}");
            assert!(report.status.success(), "{limit}: {report:?}");
            assert!(first.starts_with('/') || first.contains("Too many open files"), "{limit}: {report:?}");
            first.starts_with('/')
        })
        .collect();
    assert!(outcomes.is_sorted() && outcomes.contains(&true) && outcomes.contains(&false), "{outcomes:?}");
}
