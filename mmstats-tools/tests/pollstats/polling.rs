//! A pollstats that runs while a test goes on.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running `pollstats --json`, and what its lines add up to.
pub(crate) struct Polling {
    child: Child,
    lines: BufReader<ChildStdout>,
    sum: i64,
}

impl Polling {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines, sum: 0 }
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// What `field` is in the next line; nothing is 0. It is added up, and is never less.
    pub(crate) fn came(&mut self, field: &str) -> i64 {
        let came = self.line()["fields"][field].as_i64().unwrap_or_default();
        assert!(came >= 0, "{field}: {came} came");
        self.sum += came;
        came
    }

    /// What the lines added up to so far.
    pub(crate) fn sum(&self) -> i64 {
        self.sum
    }

    /// Waits until the lines add up to `sum`, which they never exceed.
    pub(crate) fn wait_for(&mut self, field: &str, sum: i64) {
        let deadline = Instant::now() + Duration::from_mins(4);
        while self.sum < sum {
            assert!(Instant::now() < deadline, "{field}: the lines add up to {}, not {sum}", self.sum);
            self.came(field);
        }
        assert_eq!(self.sum, sum, "{field}");
    }

    /// Waits until it ends by itself. Returns its exit status and what it said beside its lines.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.lines.read_to_end(&mut Vec::new()).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), self.said())
    }

    /// Ends it, and returns what it said beside its lines.
    pub(crate) fn stop(mut self) -> String {
        self.child.kill().unwrap();
        self.said()
    }

    fn said(&mut self) -> String {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
