//! Tests under Valgrind's memcheck, with all programs and children that they start: no access to memory
//! that is not theirs, and no use of bytes that nobody has written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::steps::{Tests, cargo};
use super::supervisor::Supervisor;
use super::table::Verdict;
use crate::place;

/// The tests that reach the unsafe code: those of the SDK, and of its threads, forks and files that go on. The
/// doctests of the SDK reach it too.
const TESTS: &str = "--profile memcheck --package mmstats --lib \
                     --package mmstats-tests --test threads_count_in_one_file --test forks_are_kept_apart \
                     --test a_resumed_file_goes_on --test programs_go_on_from_their_last_run \
                     --test a_removed_file_is_published_again --test handlers_count_at_a_threads_first_use";

/// All but tests that cannot run like that: Valgrind lets one thread run at a time, so that those which never wait
/// starve the others, makes page faults of its own, and does not stop after each instruction.
const FILTER: &str = "not (test(two_hundred_spawns_under_load_leave_no_file_and_no_lock) \
                      | test(no_child_holds_the_lock_of_a_file_that_was_created_meanwhile) \
                      | test(threads_that_count_make_no_page_fault) \
                      | test(a_child_of_a_handler_can_publish_whatever_instruction_the_handler_interrupted))";

/// The tests to run.
pub(super) struct Memcheck {
    filter: Option<String>,
}

impl Memcheck {
    /// All, or those that the `filter` of cargo-nextest selects.
    pub(super) fn new(filter: Option<&str>) -> Self {
        Self { filter: filter.map(str::to_owned) }
    }

    /// Runs the tests, and shows what memcheck found.
    pub(super) fn check(&self, step: &str, supervisor: &Supervisor) -> Verdict {
        let run = self.run(step, supervisor);
        run.unwrap_or_else(|error| Verdict::CouldNotRun(format!("cannot keep Valgrind's logs: {error}")))
    }

    fn run(&self, step: &str, supervisor: &Supervisor) -> io::Result<Verdict> {
        let logs = empty_folder()?;
        let runner = valgrind(&logs);
        let mut tests = Tests::new(TESTS, [FILTER].into_iter().chain(self.filter.as_deref()));
        tests.runner.clone_from(&runner);
        // The first thousand of these reach what all reach.
        tests.command.env("MMSTATS_FIRST_USES", "1000");
        let mut verdicts = vec![supervisor.test(step, &tests)];
        // A filter selects no doctest.
        if self.filter.is_none() {
            verdicts.push(supervisor.carry_out(&doctests(&runner)));
        }
        let findings = show_findings(&logs)?;
        if findings > 0 {
            return Ok(Verdict::Failed(format!("{findings} processes have errors; see {}", logs.display())));
        }
        let failed = verdicts.into_iter().find(|verdict| !matches!(verdict, Verdict::Passed));
        Ok(failed.unwrap_or(Verdict::Passed))
    }
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

/// Valgrind, which runs a program. A process's log is empty if it has no errors: its status says nothing to a
/// test that kills it, or to one whose child it forked.
fn valgrind(logs: &Path) -> Vec<String> {
    let log = format!("--log-file={}/%p.log", logs.display());
    // What is left when a process is killed or forks is no leak.
    let options = ["--quiet", "--trace-children=yes", "--leak-check=no", "--vgdb=no", &log];
    ["valgrind"].into_iter().chain(options).map(str::to_owned).collect()
}

fn doctests(runner: &[String]) -> Command {
    let mut command = cargo("test --package mmstats --doc");
    command.args(["--config", &format!("target.'cfg(unix)'.runner = {runner:?}")]);
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
