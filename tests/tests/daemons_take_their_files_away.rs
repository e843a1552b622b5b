//! A program that changes its root, its directory or its descriptors still takes its files away when it ends
//! in order; one that gave up the right to do so says what to do.

use std::fs;
use std::path::Path;
use std::process::Command;

use mmstats_tests::daemon::{self, Report};
use mmstats_tests::plants::names;
use mmstats_tests::system::{Mount, is_root};
use mmstats_tests::users::{Ground, VICTIM};

const DAEMON: &str = env!("CARGO_BIN_EXE_daemon");

/// Runs the daemon, with files in the directory `s` below `dir` unless it says otherwise.
fn run(dir: &Path, steps: &[&str]) -> Report {
    let mut command = Command::new(DAEMON);
    daemon::run(command.env("MMSTATS_PATH", dir.join("s")), &dir.join("report"), steps)
}

/// Whether `path` has files, other than locks.
fn is_empty(path: &Path) -> bool {
    names(path).iter().all(|name| name.starts_with(".lock"))
}

#[test]
fn a_program_in_another_root_takes_its_files_away() {
    if !is_root("a_program_in_another_root_takes_its_files_away") {
        return;
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let root = dir.path().join("root");
    fs::create_dir(&root).unwrap();
    let chroot = format!("chroot {}", root.display());
    for end in [&["drop"][..], &[]] {
        let steps = ["create", "create", "init", &chroot, "threads 5", "child"];
        let report = run(dir.path(), &[&steps, end].concat());
        assert!(report.status.success() && report.warnings().is_empty(), "{report:?}");
        assert!(is_empty(&dir.path().join("s")), "{:?}", names(&dir.path().join("s")));
        // The child has published below its own root, and taken that away, too.
        assert!(!names(&root).is_empty(), "{report:?}");
        let below = root.join(dir.path().strip_prefix("/").unwrap()).join("s");
        assert!(is_empty(&below), "{:?}", names(&below));
        fs::remove_dir_all(&root).unwrap();
        fs::create_dir(&root).unwrap();
    }
}

#[test]
fn a_program_elsewhere_takes_its_files_away() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut command = Command::new(DAEMON);
    command.current_dir(dir.path()).env("MMSTATS_PATH", "s");
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let chdir = format!("chdir {}", elsewhere.display());
    let report = dir.path().join("report");
    let report = daemon::run(&mut command, &report, &["create", "init", &chdir, "create", "drop", "child"]);
    assert!(report.status.success() && report.warnings().is_empty(), "{report:?}");
    for place in [dir.path().join("s"), elsewhere.join("s")] {
        assert!(is_empty(&place), "{:?}", names(&place));
    }
}

#[test]
fn a_directory_that_was_moved_is_left_without_files() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let (old, new) = (dir.path().join("s"), dir.path().join("moved"));
    fs::create_dir(&old).unwrap();
    // What takes its path is left alone.
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    let script =
        format!("mv {} {} && mv {} {}", old.display(), new.display(), other.display(), old.display());
    let report = run(dir.path(), &["create", "init", &format!("shell {script}"), "threads 3"]);
    assert!(report.status.success(), "{report:?}");
    assert!(is_empty(&new), "{:?}", names(&new));
}

#[test]
fn a_program_that_closed_all_descriptors_closes_no_others_and_takes_its_files_away() {
    closes_no_others(tempfile::tempdir_in("/dev/shm").unwrap().path());
}

fn closes_no_others(dir: &Path) {
    let elsewhere = format!("reuse-all {}", dir.display());
    let steps =
        ["create", "init", "close-all", &elsewhere, "descriptors", "drop", "threads 3", "descriptors"];
    let report = run(dir, &steps);
    let counts: Vec<u32> = report.lines.iter().filter_map(|line| line.parse().ok()).collect();
    assert!(report.status.success() && counts.len() == 2, "{report:?}");
    assert_eq!(counts[0], counts[1], "descriptors of the program's were closed");
    assert!(is_empty(&dir.join("s")), "{:?}", names(&dir.join("s")));
}

#[test]
fn publications_in_one_directory_share_one_descriptor() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let steps = ["descriptors", "create", "descriptors", "create", "init", "create", "descriptors"];
    let drops = ["drop", "drop", "drop", "descriptors"];
    let report = run(dir.path(), &[&steps[..], &drops].concat());
    let counts: Vec<u32> = report.lines.iter().filter_map(|line| line.parse().ok()).collect();
    let [before, one, four, shared] = counts[..] else { panic!("{report:?}") };
    // There a descriptor of each file holds the lock.
    let locks = u32::from(cfg!(mmstats_platform = "unix"));
    assert_eq!((one, four, shared), (before + 1 + locks, before + 1 + 4 * locks, before + 1 + locks));
}

/// Where a descriptor holds the lock, that one is not closed either once its number is another file's.
#[test]
fn nor_does_it_close_others_where_a_descriptor_holds_the_lock() {
    if !is_root("nor_does_it_close_others_where_a_descriptor_holds_the_lock") {
        return;
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let overlay = Mount::overlay(dir.path());
    closes_no_others(&overlay.path);
}

#[test]
#[cfg_attr(
    mmstats_platform = "unix",
    ignore = "after setuid it cannot tell whether to trust the environment"
)]
fn a_program_that_changed_its_user_is_told_once_what_to_do() {
    let test = "a_program_that_changed_its_user_is_told_once_what_to_do";
    if !is_root(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    let setuid = format!("setuid {VICTIM}");
    let place = ground.path().join("s");
    let run = |steps: &[&str]| {
        let mut command = Command::new(ground.path().join("daemon"));
        daemon::run(command.env("MMSTATS_PATH", &place), &ground.path().join("report"), steps)
    };
    let report = run(&["create", "create", &setuid, "create", "child", "drop", "drop"]);
    assert_eq!(report.warnings().len(), 1, "{report:?}");
    let warning = report.warnings()[0];
    assert!(warning.contains("publish after setuid") && warning.contains("cleanstats"), "{warning}");
    for refused in report.lines.iter().filter(|line| line.starts_with("error: ")) {
        assert!(refused.contains(&format!("cannot be opened by user {VICTIM}")), "{refused}");
        assert!(refused.contains("if the program calls setuid, publish after it"), "{refused}");
    }
    assert_eq!(report.lines.iter().filter(|line| line.starts_with("error: ")).count(), 2, "{report:?}");
    fs::remove_dir_all(&place).unwrap();

    // The order that is documented.
    let place = ground.make_dir("s", VICTIM, 0o700);
    let report = run(&[&setuid, "create", "init", "threads 3", "child", "drop"]);
    assert!(report.warnings().is_empty(), "{report:?}");
    assert!(!report.lines.iter().any(|line| line.starts_with("error: ")), "{report:?}");
    assert!(is_empty(&place));
}

#[test]
#[cfg_attr(
    mmstats_platform = "unix",
    ignore = "after setuid it cannot tell whether to trust the environment"
)]
fn a_file_that_its_program_may_not_look_at_is_not_taken_for_removed() {
    if !is_root("a_file_that_its_program_may_not_look_at_is_not_taken_for_removed") {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    let place = ground.make_dir("closed", 0, 0o700);
    let setuid = format!("setuid {VICTIM}");
    let mut command = Command::new(ground.path().join("daemon"));
    let steps = ["create", &setuid, "flush"];
    let report = daemon::run(command.env("MMSTATS_PATH", &place), &ground.path().join("report"), &steps);
    assert_eq!(report.lines.get(1).map(String::as_str), Some("true"), "{report:?}");
    assert!(!format!("{report:?}").contains("was removed"), "{report:?}");
}

#[test]
fn a_flush_while_the_program_ends_publishes_nothing_and_is_no_error() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let place = dir.path().join("s");
    let mut command = Command::new(DAEMON);
    // Functions of `atexit` run in reverse order: this one after the file is removed.
    let steps = ["flush-at-exit", "init"];
    let report = daemon::run(command.env("MMSTATS_PATH", &place), &dir.path().join("report"), &steps);
    assert_eq!(report.lines.last().map(String::as_str), Some("false"), "{report:?}");
    assert!(report.warnings().is_empty(), "{report:?}");
    assert!(is_empty(&place));
}
