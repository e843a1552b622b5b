//! A program that publishes statistics and does what a test tells it, line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use mmstats::{Counter, Gauge, MmStats, Record, StatRecord, Text};

/// What the subject publishes.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "subject.")]
pub struct SubjectStats {
    /// What was counted.
    #[mmstats(unit = "events")]
    pub events: Counter,
    /// What was set.
    #[mmstats(aggregate = "max")]
    pub level: Gauge<f64>,
    /// Sixteen bytes.
    pub short: Text<16>,
    /// Sixteen times as many.
    pub long: Text<256>,
    /// Sixteen bytes of numbers.
    pub pair: Record<Numbers2>,
    /// Sixteen times as many.
    pub block: Record<Numbers32>,
    /// What never changes.
    #[mmstats(value = "constant")]
    pub version: Text<32>,
}

/// Two numbers that differ in each byte, between which the subject toggles its gauge.
pub const LEVELS: [f64; 2] = [f64::from_bits(0x3fb9_9999_9999_999a), f64::from_bits(0xfe37_e43c_8800_759c)];

/// A record of as many numbers as there are names.
macro_rules! numbers {
    ($(#[$doc:meta])* $record:ident: $($name:ident)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, StatRecord)]
        #[repr(C)]
        #[expect(missing_docs, reason = "one is as the other")]
        pub struct $record {
            $(pub $name: u64,)*
        }

        impl $record {
            /// The record whose members are all `number`.
            pub fn all(number: u64) -> Self {
                Self { $($name: number,)* }
            }
        }
    };
}

numbers! {
    /// Two numbers.
    Numbers2: a b
}

numbers! {
    /// Thirty-two numbers.
    Numbers32:
        a b c d e f g h a2 b2 c2 d2 e2 f2 g2 h2 a3 b3 c3 d3 e3 f3 g3 h3 a4 b4 c4 d4 e4 f4 g4 h4
}

/// A running subject. Dropping it kills it.
#[derive(Debug)]
pub struct Subject {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Subject {
    /// Starts the program at `path` (`env!("CARGO_BIN_EXE_subject")`).
    pub fn start(path: &str) -> Self {
        Self::spawn(&mut Command::new(path))
    }

    /// Starts `command`, which runs the program.
    ///
    /// # Panics
    /// If it cannot be run.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the subject starts");
        let commands = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, commands, answers }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something, without waiting for the answer.
    ///
    /// # Panics
    /// If it is gone.
    pub fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("the subject listens");
    }

    /// Its answer to the oldest thing that it was told.
    ///
    /// # Panics
    /// If it ended instead.
    pub fn answer(&mut self) -> String {
        let mut answer = String::new();
        let len = self.answers.read_line(&mut answer).expect("the subject answers");
        assert!(len > 0, "the subject ended instead of an answer");
        answer.trim_end().to_owned()
    }

    /// Tells it something and waits for the answer.
    pub fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.answer()
    }

    /// Lets it publish in `dir`, and returns the file.
    ///
    /// # Panics
    /// If it cannot.
    pub fn create(&mut self, dir: &std::path::Path, file_name: &str) -> PathBuf {
        let answer = self.ask(&format!("create {} {file_name}", dir.display()));
        assert!(answer.starts_with('/'), "{answer}");
        answer.into()
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it can be waited for")
    }

    /// Kills it, as SIGKILL does, and waits until it is gone.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
