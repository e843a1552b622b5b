//! Runs a tool: what it says about errors, and its exit status.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::charset;
use crate::escape;

/// All was read, or the reader of the output went away.
const SUCCESS: u8 = 0;
/// Some file could not be read, nothing has what was asked for, or the output could not be written.
const FAILURE: u8 = 1;
/// Wrong usage, as the parser of arguments has it.
const USAGE: u8 = 2;

/// What ends a tool before it is done.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// It cannot do its work.
    #[error("{0}")]
    Failed(String),
    /// The tool was called in a way that makes no sense.
    #[error("{0}")]
    Usage(String),
}

/// What a tool says on standard error.
#[derive(Clone, Debug)]
pub struct Messages {
    tool: &'static str,
    has_failed: bool,
}

impl Messages {
    /// Says that something could not be read. The exit status will be 1.
    pub fn error(&mut self, message: impl Display) {
        self.fail();
        self.note(message);
    }

    /// The exit status will be 1, for a reason that was said.
    pub fn fail(&mut self) {
        self.has_failed = true;
    }

    /// Says that there is nothing to show. The exit status will be 1, as grep's is, if something was asked
    /// for: `is_asked`.
    pub fn nothing(&mut self, message: impl Display, is_asked: bool) {
        self.has_failed |= is_asked;
        self.note(message);
    }

    /// Says something that is no error.
    pub fn note(&self, message: impl Display) {
        // Where there is nobody to hear it, nothing is left to be done.
        let _ = writeln!(io::stderr(), "{}", charset::message(format!("{}: {message}", self.tool)));
    }
}

/// Runs `body`, the work of the tool named `tool`: 0 if all went well, 1 if it reported an error or
/// could not write its output, 2 for wrong usage. A closed pipe is no error and ends it silently.
pub fn run(tool: &'static str, body: impl FnOnce(&mut Messages) -> Result<(), Stop>) -> ExitCode {
    let mut messages = Messages { tool, has_failed: false };
    let status = match body(&mut messages) {
        Ok(()) if messages.has_failed => FAILURE,
        Ok(()) => SUCCESS,
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => SUCCESS,
        Err(stop) => {
            messages.note(&stop);
            if matches!(stop, Stop::Usage(_)) { USAGE } else { FAILURE }
        }
    };
    ExitCode::from(status)
}

/// Standard output for text, which is flushed when it is full or asked to.
pub fn stdout() -> impl Write {
    /// Bytes that are collected before the system is asked to take them.
    const LEN: usize = 64 * 1024;

    charset::Shown(io::BufWriter::with_capacity(LEN, io::stdout().lock()))
}

/// Asks the system for as many open files as this process may have at most: all directories are open while
/// their files are read. Returns how many that is.
#[cfg(feature = "cli")]
pub fn raise_open_files() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}

/// [Raises](raise_open_files) the number of open files, and says how many of them may be held between two
/// readings: all but those that a tool needs besides.
#[cfg(feature = "watching")]
pub fn files_to_hold() -> usize {
    /// Standard streams, a terminal, directories, and what the system's libraries open for a moment.
    const OTHERS: u64 = 64;
    let limit = raise_open_files();
    usize::try_from(limit.saturating_sub(OTHERS)).unwrap_or(usize::MAX)
}

/// Shows help or the version; or what is wrong with the arguments, which may be the names of files that
/// anyone made: they are escaped.
#[cfg(feature = "cli")]
pub fn explain(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    if error.use_stderr() {
        let arguments: Vec<String> =
            std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
        // Where there is nobody to hear it, nothing is left to be done.
        let _ = io::stderr().write_all(charset::message(escaped(&text, &arguments)).as_bytes());
        return ExitCode::from(USAGE);
    }
    let text = if charset::is_ascii() { charset::ascii(&text) } else { text };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(FAILURE),
        _ => ExitCode::from(SUCCESS),
    }
}

/// The lines of `text`, each of them escaped. What stands in it of `arguments` may have line ends of its own:
/// those make no lines.
#[cfg(feature = "cli")]
fn escaped(text: &str, arguments: &[String]) -> String {
    let parts =
        arguments.iter().flat_map(|argument| [argument.as_str()].into_iter().chain(argument.split('=')));
    let parts: Vec<&str> = parts.filter(|part| part.contains('\n')).collect();
    let mut shown = String::new();
    let mut rest = text;
    loop {
        let found = parts.iter().filter_map(|part| Some((rest.find(part)?, *part)));
        let next = found.min_by_key(|(at, part)| (*at, usize::MAX - part.len()));
        let lines = next.map_or(rest, |(at, _)| rest.get(..at).unwrap_or_default());
        for line in lines.split_inclusive('\n') {
            shown += &escape::text(line.trim_end_matches('\n')).to_string();
            shown += if line.ends_with('\n') { "\n" } else { "" };
        }
        let Some((at, part)) = next else { return shown };
        shown += &escape::text(part).to_string();
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
}
