//! cleanstats: removes the files of programs that have died.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use mmstats_tools::charset;
use mmstats_tools::cleaning::{Cleaner, Outcome, Report};
use mmstats_tools::cli::{self, Messages, Stop};
use mmstats_tools::escape;
use mmstats_tools::output::cleaned;
use mmstats_tools::problems::Problem;
use mmstats_tools::selection::{Filters, NOTHING_TAKEN, Selection};

const TOOL: &str = "cleanstats";

const LONG_ABOUT: &str = "\
Removes mmstats files of programs that have died.

A program that is killed leaves its file, for whoever asks why. This removes such files, and what \
a program left that was killed while it made its file. A file stays if its program lives, if \
nobody can say whether it does (a copy, another machine's file), or if its program wished it to \
stay. Only regular files are removed that are mmstats files. Links to files are never followed; a \
directory that you name may be a link. --stale changes nothing: stale files are what it is about.";

const AFTER_HELP: &str = "\
Examples:
  cleanstats                               all files in the default places
  cleanstats --dry-run /dev/shm/mmstats-1000
  cleanstats --process web                 only files of programs of this name
  cleanstats --kept web.mmstats            also if its program wished it to stay
  cleanstats --json | jq 'select(.action == \"removed\").path'

Without PATH: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself.

Files of mmstats for Python hold no lock that tells whether their programs live. They are removed
if no process of this machine can be the one that made them; in a container, from where not all
processes are seen, they stay.

Environment:
  LC_ALL, LC_CTYPE, LANG
              the first that is set gives the locale. If the locale is not UTF-8, output on a terminal is
              ASCII, and other characters are shown as \\u{fc}

Exit status: 0 if all was done that was right; 1 if a file could not be examined or removed, or if no
file matches --process, -I and -X; 2 for wrong usage.";

#[derive(Parser)]
#[command(name = TOOL, bin_name = TOOL, version, about = "Removes files of programs that have died", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// Say what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Remove files of dead programs that wished them to be kept, too.
    #[arg(long)]
    kept: bool,
    /// One JSON object for each file that was looked at, on a line of its own.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filters: Filters,
    /// Files, directories with files whose names end in .mmstats, or patterns of such.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    charset::choose();
    match Options::try_parse() {
        Ok(options) => cli::run(TOOL, |messages| clean(options, messages)),
        Err(error) => cli::explain(&error),
    }
}

fn clean(options: Options, messages: &mut Messages) -> Result<(), Stop> {
    let mut out = cli::stdout();
    cli::raise_open_files();
    let selection = Selection::new(options.paths)?;
    let cleaner = Cleaner { dry_run: options.dry_run, with_kept: options.kept, filters: &options.filters };
    let mut counts = Counts { is_dry_run: options.dry_run, counts: BTreeMap::new() };
    // Nobody may want to read on, and yet all is to be cleaned.
    let mut written = Ok(());
    let left_out = cleaner.clean(&selection, &mut |report| {
        *counts.counts.entry(cleaned::reason(&report.outcome)).or_default() += 1;
        say(&report, messages);
        if written.is_ok() {
            written = if options.json {
                cleaned::json(&report, &mut out)
            } else {
                cleaned::text(&report, &mut out)
            };
        }
    });
    written?;
    if counts.counts.is_empty() {
        let nothing = match left_out {
            0 => selection.nothing_found(),
            _ => NOTHING_TAKEN.to_owned(),
        };
        messages.nothing(nothing, !options.filters.is_all());
    }
    if !options.json {
        writeln!(out, "{counts}")?;
    }
    Ok(out.flush()?)
}

/// Says on standard error why a file stays whose program does not live.
fn say(report: &Report, messages: &mut Messages) {
    let Some(why) = cleaned::why_left(report) else { return };
    let path = escape::path(&report.path);
    match &report.outcome {
        Outcome::NotSeen(error) => messages.error(Problem::Unreadable(error).of_file(&report.path)),
        Outcome::NotRemoved(_) => messages.error(format_args!("cannot remove {path}: {why}")),
        _ => messages.note(format_args!("left {path}: {why}")),
    }
}

/// How many files there were of each outcome.
struct Counts {
    is_dry_run: bool,
    /// By the word for its reason.
    counts: BTreeMap<&'static str, u64>,
}

impl fmt::Display for Counts {
    /// The line of the Python original, and what it does not tell from these.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |reason| self.counts.get(reason).copied().unwrap_or_default();
        let deed = if self.is_dry_run { "Would remove" } else { "Removed" };
        write!(f, "{deed} {}  -  {} alive", count("dead"), count("alive"))?;
        for reason in ["unknown", "kept", "busy", "denied", "failed"] {
            if count(reason) > 0 {
                write!(f, "  -  {} {reason}", count(reason))?;
            }
        }
        Ok(())
    }
}
