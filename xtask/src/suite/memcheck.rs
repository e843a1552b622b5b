//! Tests under Valgrind's memcheck, with all programs and children that they start: no access to memory
//! that is not theirs, and no use of bytes that nobody has written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::table::Verdict;
use super::{cargo, carry_out};
use crate::place::{self, shown};

/// The tests that reach the unsafe code: those of the SDK with its doctests, and of its threads, forks
/// and files that go on.
const TESTS: [&str; 2] = [
    "test --package mmstats",
    "test --package mmstats-tests --test threads_count_in_one_file --test forks_are_kept_apart \
     --test a_resumed_file_goes_on --test programs_go_on_from_their_last_run",
];

/// Tests that cannot run like that: Valgrind lets one thread run at a time, so that those which never wait
/// starve the others, and makes page faults of its own.
const SKIPPED: [&str; 3] = [
    "two_hundred_spawns_under_load_leave_no_file_and_no_lock",
    "no_child_holds_the_lock_of_a_file_that_was_created_meanwhile",
    "threads_that_count_make_no_page_fault",
];

/// Runs the tests, and shows what memcheck found.
pub(super) fn check() -> Verdict {
    run().unwrap_or_else(|error| Verdict::CouldNotRun(format!("cannot keep Valgrind's logs: {error}")))
}

fn run() -> io::Result<Verdict> {
    let logs = empty_folder()?;
    let verdicts = TESTS.map(|tests| {
        let mut command = under_valgrind(tests, &logs);
        println!("\n==> memcheck: {}", shown(&command));
        carry_out(&mut command)
    });
    let findings = show_findings(&logs)?;
    if findings > 0 {
        return Ok(Verdict::Failed(format!("{findings} processes have errors; see {}", logs.display())));
    }
    let failed = verdicts.into_iter().find(|verdict| !matches!(verdict, Verdict::Passed));
    Ok(failed.unwrap_or(Verdict::Passed))
}

/// A place for what Valgrind says of each process, without that of an earlier run.
fn empty_folder() -> io::Result<PathBuf> {
    let mut logs = place::binaries()?;
    logs.set_file_name("memcheck");
    match fs::remove_dir_all(&logs) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(&logs)?;
    Ok(logs)
}

/// The `tests` of cargo, each program of which Valgrind runs. A process's log is empty if it has no errors:
/// its status says nothing to a test that kills it, or to one whose child it forked.
fn under_valgrind(tests: &str, logs: &Path) -> Command {
    let log = format!("--log-file={}/%p.log", logs.display());
    // What is left when a process is killed or forks is no leak.
    let runner = ["valgrind", "--quiet", "--trace-children=yes", "--leak-check=no", "--vgdb=no", &log];
    let mut command = cargo("--config");
    command.arg(format!("target.'cfg(unix)'.runner = {runner:?}"));
    command.args(tests.split_ascii_whitespace()).arg("--");
    for test in SKIPPED {
        command.args(["--skip", test]);
    }
    command
}

/// Prints the logs that are not empty, and counts them.
fn show_findings(logs: &Path) -> io::Result<usize> {
    let mut count = 0;
    for log in fs::read_dir(logs)? {
        let path = log?.path();
        let findings = fs::read_to_string(&path)?;
        if !findings.is_empty() {
            println!("\n{}:\n{findings}", path.display());
            count += 1;
        }
    }
    Ok(count)
}
