//! A program that counts as it is told: this very test binary, started once more.

use std::env;
use std::io::{BufRead, BufReader, Write, stdin};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use mmstats::{Average, Counter, Family, Gauge, MmStats, StatKey, Text, Timer, UpDown};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct WebStats {
    hits: Counter,
    requests: Family<Method, Counter>,
    in_flight: UpDown,
    load: Gauge<f64>,
    took: Timer,
    size: Average,
    phase: Text<32>,
}

#[derive(Clone, Copy, StatKey)]
enum Method {
    Get,
    Post,
}

/// What tells the binary that it is the program.
const IS_PROGRAM: &str = "MMSTATS_TEST_PROGRAM";
/// What stands before an answer: the test harness writes lines, too.
const ANSWER: &str = "answer: ";

/// Not a test, but what [`Program::start`] runs.
#[test]
#[ignore = "it is the program that other tests start"]
fn body() {
    if env::var_os(IS_PROGRAM).is_none() {
        return;
    }
    let mut all = Vec::new();
    for line in stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        if let ["create", dir, name, rest @ ..] = words.as_slice() {
            let options = WebStats::options().dir(dir).file_name(*name).resume(rest.contains(&"resume"));
            all.push(options.create().unwrap());
        }
        for stats in &all {
            match words.as_slice() {
                ["hits", n] => stats.hits.add(n.parse().unwrap()),
                ["get", n] => stats.requests[Method::Get].add(n.parse().unwrap()),
                ["post", n] => stats.requests[Method::Post].add(n.parse().unwrap()),
                ["in_flight", n] => stats.in_flight.add(n.parse().unwrap()),
                ["load", load] => stats.load.set(load.parse().unwrap()),
                ["took", ms] => stats.took.record(Duration::from_millis(ms.parse().unwrap())),
                ["size", size] => stats.size.add(size.parse().unwrap()),
                ["phase", phase] => stats.phase.set(phase),
                _ => {}
            }
        }
        match words.as_slice() {
            ["many", dir, n] => {
                for number in 0..n.parse().unwrap() {
                    let name = format!("{number}.mmstats");
                    all.push(WebStats::options().dir(dir).file_name(&name).create().unwrap());
                }
            }
            ["release"] => all.clear(),
            _ => {}
        }
        println!("\n{ANSWER}done");
    }
}

/// A running program. Dropping it kills it, as SIGKILL does.
pub(crate) struct Program {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "program::body", "--ignored", "--nocapture"]).env(IS_PROGRAM, "1");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, commands, answers }
    }

    /// A program with a file of this name in `dir`.
    pub(crate) fn new(dir: &Path, name: &str) -> Self {
        let mut program = Self::start();
        program.tell(&format!("create {} {name}", dir.display()));
        program
    }

    /// Has it do something, and waits until that is done.
    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
        let mut line = String::new();
        while !line.starts_with(ANSWER) {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the program ended at: {command}");
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
