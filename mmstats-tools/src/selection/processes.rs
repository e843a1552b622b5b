//! Of which processes a tool shows what they count.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use glob::{Pattern, PatternError};
use mmstats_reader::{Liveness, Snapshot};

use crate::display::cell;
use crate::escape;

/// Which processes are asked for.
#[derive(Args, Clone, Debug, Default)]
pub struct Processes {
    /// Only programs of this name, which may be a pattern, or the one with this process id; may be given
    /// several times.
    #[arg(long = "process", value_name = "NAME|PID")]
    pub wanted: Vec<Wanted>,
    /// Also files of programs that have died. Files that are named are shown in any case.
    #[arg(long = "stale")]
    pub with_dead: bool,
}

/// A process that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// By its id.
    Pid(u64),
    /// By a pattern for its name.
    Name(Pattern),
}

impl FromStr for Wanted {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        text.parse().map(Self::Pid).or_else(|_| Pattern::new(text).map(Self::Name))
    }
}

/// The process that writes a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// What it is called, as it says: escape it before it is shown.
    pub name: String,
    /// Its id, in its own namespace, if it says so.
    pub pid: Option<u64>,
    /// When it made the file, since 1970-01-01 UTC, if it says so.
    pub created: Option<Duration>,
    /// The user who owns the file.
    pub uid: u32,
    /// Whether it lives.
    pub liveness: Liveness,
}

impl Process {
    /// The process that writes the file at `path`, of which `snapshot` was read.
    pub fn new(path: &Path, snapshot: &Snapshot<'_>, uid: u32, liveness: Liveness) -> Self {
        let mmstats_reader::Writer { pid, created } = snapshot.writer();
        let name = snapshot.command().map_or_else(|| name_in(path, pid), |command| cut(command).to_owned());
        Self { name, pid, created, uid, liveness }
    }
}

/// The longest name of a process, in bytes: a file of a program cannot have a longer one. CSV shows it with each value,
/// so it is not longer there, either, where control characters are escaped.
const MAX_NAME_LEN: usize = 255;
/// No character takes more bytes where it is shown.
const LONGEST_ESCAPE: usize = 10;

/// `name`, or as much of it as a process's name can be.
fn cut(name: &str) -> &str {
    let start = |len| name.get(..name.floor_char_boundary(len)).unwrap_or(name);
    let mut name = start(MAX_NAME_LEN);
    loop {
        let mut shown = String::new();
        cell(&escape::text(name), &mut shown);
        let Some(excess) = shown.len().checked_sub(MAX_NAME_LEN).filter(|excess| *excess > 0) else {
            return name;
        };
        name = start(name.len().saturating_sub(excess.div_ceil(LONGEST_ESCAPE)));
    }
}

/// The command that a file is named after: what stands before the process's id.
fn name_in(path: &Path, pid: Option<u64>) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let id = pid.map(|pid| format!("-{pid}")).unwrap_or_default();
    match stem.split_once(&id) {
        Some((command, _)) if !id.is_empty() && !command.is_empty() => command.to_owned(),
        _ => stem.into_owned(),
    }
}

impl Processes {
    /// Whether `process` is shown. `is_named` is whether its very file was asked for.
    pub fn take(&self, process: &Process, is_named: bool) -> bool {
        (is_named || self.with_dead || process.liveness != Liveness::Dead) && self.want(process)
    }

    /// What to say if there are files, and none of them is shown.
    pub fn nothing_shown(&self) -> &'static str {
        match (self.wanted.is_empty(), self.with_dead) {
            (true, _) => "all mmstats files are of programs that have died; --stale shows them",
            (false, true) => "no mmstats file is of a process that --process asks for",
            (false, false) => {
                "no mmstats file is of a live process that --process asks for; --stale shows dead ones, too"
            }
        }
    }

    /// Whether `process` is one of those that were asked for, be it alive or dead.
    pub fn want(&self, process: &Process) -> bool {
        let is_wanted = |wanted: &Wanted| match wanted {
            Wanted::Pid(pid) => process.pid == Some(*pid),
            Wanted::Name(pattern) => pattern.matches(&process.name),
        };
        self.wanted.is_empty() || self.wanted.iter().any(is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(name: &str, pid: u64, liveness: Liveness) -> Process {
        Process { name: name.into(), pid: Some(pid), created: None, uid: 0, liveness }
    }

    fn wanting(wanted: &[&str], with_dead: bool) -> Processes {
        Processes { wanted: wanted.iter().map(|wanted| wanted.parse().unwrap()).collect(), with_dead }
    }

    #[test]
    fn processes_are_chosen_by_name_or_id() {
        let web = process("web-server", 17, Liveness::Alive);
        for (wanted, is_taken) in [
            (vec![], true),
            (vec!["web-server"], true),
            (vec!["web"], false),
            (vec!["web*"], true),
            (vec!["17"], true),
            (vec!["1"], false),
            (vec!["1", "w?b*"], true),
        ] {
            assert_eq!(wanting(&wanted, false).take(&web, false), is_taken, "{wanted:?}");
        }
    }

    #[test]
    fn the_dead_are_shown_if_they_are_asked_for_or_their_file_is_named() {
        let dead = process("web", 17, Liveness::Dead);
        assert!(!wanting(&[], false).take(&dead, false));
        assert!(wanting(&[], true).take(&dead, false));
        assert!(wanting(&["web"], false).take(&dead, true));
        assert!(!wanting(&["other"], false).take(&dead, true));
        assert!(wanting(&[], false).take(&process("web", 17, Liveness::Unknown), false));
    }

    #[test]
    fn a_name_is_not_long_where_it_is_shown() {
        let long = "worker-".repeat(100);
        assert_eq!(cut(&long), &long[..MAX_NAME_LEN]);
        for (name, most) in
            [("\u{1b}", 42), ("\u{10ffff}", 63), ("\"", 126), (";=", 72), ("ü", 127), ("a", 255)]
        {
            let long = name.repeat(1000);
            let kept = cut(&long);
            let mut shown = String::new();
            cell(&escape::text(kept), &mut shown);
            assert!(shown.len() <= MAX_NAME_LEN, "{name:?}: {shown}");
            let count = kept.chars().count();
            assert!((most * 9 / 10..=most + 1).contains(&count), "{name:?}: {count}");
        }
        assert_eq!(cut(""), "");
    }

    #[test]
    fn a_process_that_does_not_say_its_name_is_called_as_its_file() {
        for (path, pid, name) in [
            ("/tmp/mmstats-python-17-18.mmstats", Some(17), "mmstats-python"),
            ("/tmp/a.mmstats", Some(17), "a"),
            ("/tmp/-17.mmstats", Some(17), "-17"),
            ("/tmp/a-17.mmstats", None, "a-17"),
            ("/", None, ""),
        ] {
            assert_eq!(name_in(Path::new(path), pid), name);
        }
    }
}
