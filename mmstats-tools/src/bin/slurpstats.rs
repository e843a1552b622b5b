//! slurpstats: shows what the programs on this machine count, once.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use mmstats_reader::{Error, Liveness, Reader};
use mmstats_tools::cli::{self, Messages, Stop};
use mmstats_tools::escape;
use mmstats_tools::output::json::Json;
use mmstats_tools::output::text::Text;
use mmstats_tools::output::{Contents, File, Output};
use mmstats_tools::selection::Selection;

const TOOL: &str = "slurpstats";

const LONG_ABOUT: &str = "\
Shows what programs count in their mmstats files, once.

The programs do not notice. Files of programs that have died can be read too; they are marked \
(stale). Characters that could change the terminal are shown as \\u{1b}, bytes of a path that are \
not UTF-8 as \\x9b.";

const AFTER_HELP: &str = "\
Examples:
  slurpstats                                 all files in the default places
  slurpstats /dev/shm/mmstats-1000           all files in a directory
  slurpstats web.mmstats | grep hits         some values of one file
  slurpstats --threads | grep worker-3       what one thread counts
  slurpstats --json | jq '.fields[].label'   for programs
  MMSTATS_GLOB='/srv/*/*.mmstats' slurpstats

Without PATH: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself.

Exit status: 0 if all was read, 1 if some file could not be, 2 for wrong usage.";

#[derive(Parser)]
#[command(name = TOOL, bin_name = TOOL, version, about = "Shows what programs count, once", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
struct Options {
    /// One JSON object for each file, on a line of its own.
    #[arg(long)]
    json: bool,
    /// Each thread's values by themselves, with the tags tid (its id) and thread (its name). Without
    /// this those of all threads are combined; then what threads that have ended counted is among
    /// them, too.
    #[arg(long)]
    threads: bool,
    /// Files, or directories with files whose names end in .mmstats.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match Options::try_parse() {
        Ok(options) => cli::run(TOOL, |messages| slurp(options, messages)),
        Err(error) => cli::explain(&error),
    }
}

fn slurp(options: Options, messages: &mut Messages) -> Result<(), Stop> {
    let output: &dyn Output = if options.json { &Json } else { &Text };
    let mut out = BufWriter::new(io::stdout().lock());
    let selection = Selection::new(options.paths)?;
    let mut is_empty = true;
    for (path, reader) in selection.scan() {
        is_empty = false;
        show(&path, reader, options.threads, output, &mut out, messages)?;
    }
    if is_empty {
        messages.note(selection.nothing_found());
    }
    Ok(out.flush()?)
}

/// Shows the file at `path`, and says what is wrong with it.
fn show(
    path: &Path,
    reader: Result<Reader, Error>,
    is_by_thread: bool,
    output: &dyn Output,
    out: &mut dyn Write,
    messages: &mut Messages,
) -> io::Result<()> {
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return show_error(path, &error, output, out, messages),
    };
    let liveness = reader.liveness().unwrap_or(Liveness::Unknown);
    let owner = reader.owner_uid();
    let claimed = reader.header().map_or(owner, |header| header.uid.get());
    let snapshot = match reader.snapshot() {
        Ok(snapshot) if is_by_thread => snapshot.by_thread(),
        Ok(snapshot) => snapshot,
        Err(error) => return show_error(path, &error, output, out, messages),
    };
    output.write(&File { path, contents: Ok(Contents { liveness, snapshot: &snapshot }) }, out)?;

    let path = escape::path(path);
    if let Some(problem) = snapshot.problem() {
        messages.error(format_args!("cannot read {path}: {problem}"));
    }
    if snapshot.torn() > 0 {
        let torn = snapshot.torn();
        messages.error(format_args!(
            "cannot read {path}: expected whole values, found {torn} torn in both copies"
        ));
    }
    if snapshot.skipped() > 0 {
        let skipped = snapshot.skipped();
        messages
            .note(format_args!("{path} has {skipped} more fields, of kinds that this version does not know"));
    }
    if owner != claimed {
        messages.note(format_args!("{path} belongs to user {owner}, but says that user {claimed} wrote it"));
    }
    Ok(())
}

/// Shows that nothing of the file at `path` can be read.
fn show_error(
    path: &Path,
    error: &Error,
    output: &dyn Output,
    out: &mut dyn Write,
    messages: &mut Messages,
) -> io::Result<()> {
    output.write(&File { path, contents: Err(error) }, out)?;
    messages.error(format_args!("cannot read {}: {error}", escape::path(path)));
    Ok(())
}
