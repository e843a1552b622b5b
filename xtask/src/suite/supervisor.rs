//! Runs commands so that nothing of them stays behind, nor of any test.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{self, Command, Stdio};

use super::steps::Tests;
use super::table::Verdict;
use crate::place::{self, shown};
use crate::supervise::{self, Task};

/// A command that takes longer hangs. The longest builds everything on a machine that has built nothing yet.
const SECONDS: u32 = 60 * 60;

/// Runs commands, each below a process that ends all of it with the suite.
pub(super) struct Supervisor {
    /// This program. A step may build it anew, and then the system no longer tells where it is.
    program: PathBuf,
    /// Where each failed test appends the command that runs it again.
    failures: PathBuf,
}

impl Supervisor {
    pub(super) fn new() -> io::Result<Self> {
        let program = env::current_exe()?;
        let failures = place::binaries()?.with_file_name("failed-tests");
        fs::write(&failures, "")?;
        Ok(Self { program, failures })
    }

    /// The commands that run failed tests again.
    pub(super) fn failed_tests(&self) -> io::Result<Vec<String>> {
        Ok(fs::read_to_string(&self.failures)?.lines().map(str::to_owned).collect())
    }

    /// Runs the tests of the step `step`, each below a process that ends all of it with the test.
    pub(super) fn test(&self, step: &str, tests: &Tests) -> Verdict {
        println!("{}\n", shown(&tests.command));
        let again = format!("{}cargo xtask test {step}", set_variables());
        let program = tests.runner.iter().map(Into::into).collect();
        let task =
            Task { again: Some(again), failures: Some(self.failures.clone()), program, ..Task::default() };
        let arguments = task.arguments();
        let runner = [self.program.as_os_str()].into_iter().chain(arguments.iter().map(AsRef::as_ref));
        let runner: Vec<_> = runner.map(|word| word.to_string_lossy()).collect();
        let config = ["--config".into(), format!("target.'cfg(unix)'.runner = {runner:?}").into()];
        match self.run(&tests.command, config) {
            // Tests that nobody ran are no success, whoever asks.
            Verdict::CouldNotRun(reason) => Verdict::Failed(reason),
            verdict => verdict,
        }
    }

    /// Runs the `command`.
    pub(super) fn carry_out(&self, command: &Command) -> Verdict {
        println!("{}\n", shown(command));
        self.run(command, [])
    }

    /// Runs the `command` with `more` arguments.
    fn run(&self, command: &Command, more: impl IntoIterator<Item = OsString>) -> Verdict {
        let words = [command.get_program()].into_iter().chain(command.get_args()).map(ToOwned::to_owned);
        let task = Task {
            parent: Some(process::id().cast_signed()),
            seconds: Some(SECONDS),
            program: words.chain(more).collect(),
            ..Task::default()
        };
        let mut supervised = Command::new(&self.program);
        supervised.args(task.arguments());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => supervised.env(name, value),
                None => supervised.env_remove(name),
            };
        }
        supervised.current_dir(command.get_current_dir().unwrap_or(place::root()));
        // No test depends on the terminal that the suite is started from.
        match supervised.stdin(Stdio::null()).status() {
            Ok(status) if status.success() => Verdict::Passed,
            Ok(status) if status.code() == Some(supervise::NOT_STARTED.into()) => {
                Verdict::CouldNotRun(format!("cannot start {}", command.get_program().display()))
            }
            Ok(status) => Verdict::Failed(status.to_string()),
            Err(error) => Verdict::CouldNotRun(format!("cannot start {}: {error}", shown(&supervised))),
        }
    }
}

/// What changes how tests run, as a shell has it before a command.
fn set_variables() -> String {
    let matters = |name: &str| name == "CI" || name.starts_with("MMSTATS_");
    let set = env::vars().filter(|(name, _)| matters(name));
    set.fold(String::new(), |set, (name, value)| format!("{set}{name}='{}' ", value.replace('\'', r"'\''")))
}
