//! Calls of slurpstats with their output, as a session in a shell. `OWNER` stands for the user who owns the files, who is
//! the user who runs the tests. Everything else is the same on every machine and at every time.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::{Place, Said};

/// Calls of slurpstats in a directory, with their output.
pub(crate) struct Transcript<'a> {
    place: &'a Place,
    text: String,
}

impl<'a> Transcript<'a> {
    pub(crate) fn new(place: &'a Place) -> Self {
        Self { place, text: String::new() }
    }

    /// Calls it with `arguments`.
    pub(crate) fn call(&mut self, arguments: &[&str]) {
        writeln!(self.text, "$ slurpstats {}", arguments.join(" ")).unwrap();
        let output = self.run(arguments);
        self.text.push_str(&output.stdout);
        self.end(&output);
    }

    /// Calls it with `arguments`, and returns its output, which goes to the file `name` in place of the transcript.
    pub(crate) fn call_into(&mut self, arguments: &[&str], name: &str) -> Vec<u8> {
        writeln!(self.text, "$ slurpstats {} > {name}", arguments.join(" ")).unwrap();
        let output = self.run(arguments);
        self.end(&output);
        output.stdout.into_bytes()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let said = self.place.run(arguments);
        Said { stdout: without_owner(&said.stdout), stderr: without_owner(&said.stderr), status: said.status }
    }

    fn end(&mut self, said: &Said) {
        for line in said.stderr.lines() {
            writeln!(self.text, "stderr: {line}").unwrap();
        }
        writeln!(self.text, "exit status: {}\n", said.status).unwrap();
    }
}

/// Replaces the owner of the files in `text` by `OWNER`: in messages, in the column of CSV, and in JSON.
fn without_owner(text: &str) -> String {
    let owner = fs::metadata("/proc/self").unwrap().uid();
    let text = text.replace(&format!(" belongs to user {owner}, but "), " belongs to user OWNER, but ");
    let text = text.replace(&format!(",{owner},unknown,"), ",OWNER,unknown,");
    text.replace(&format!(r#","user":{owner},"#), r#","user":OWNER,"#)
}
