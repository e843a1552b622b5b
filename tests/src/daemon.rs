//! A program that does what daemons do, step by step.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// What became of it.
#[derive(Debug)]
pub struct Report {
    /// Its answers, and its warnings, which start with `log: `.
    pub lines: Vec<String>,
    /// How it ended.
    pub status: ExitStatus,
}

impl Report {
    /// The warnings.
    pub fn warnings(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.strip_prefix("log: ")).collect()
    }
}

/// Lets `command`, which runs the program `daemon`, go through `steps` and end. Its report is written to the
/// file `report`, which is removed.
///
/// # Panics
/// If it cannot be run.
pub fn run(command: &mut Command, report: &Path, steps: &[&str]) -> Report {
    // What it prints is nothing to read.
    let command =
        command.arg(report).args(steps).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().expect("the daemon starts");
    read(report, status)
}

/// What a daemon that ended with `status` has written to the file `report`, which is removed.
///
/// # Panics
/// If it is not there.
pub fn read(report: &Path, status: ExitStatus) -> Report {
    let text = fs::read_to_string(report).expect("the daemon has written a report");
    fs::remove_file(report).expect("it can be removed");
    Report { lines: text.lines().map(str::to_owned).collect(), status }
}
