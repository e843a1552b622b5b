//! slurpstats: shows what the programs on this machine count, once.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};
use mmstats_tools::cli::{self, Messages, Stop};
use mmstats_tools::combining::By;
use mmstats_tools::output::Output;
use mmstats_tools::output::csv::Csv;
use mmstats_tools::output::json::Json;
use mmstats_tools::output::table::Table;
use mmstats_tools::output::text::Text;
use mmstats_tools::selection::{Filters, Selection};
use mmstats_tools::slurping::Slurper;
use mmstats_tools::{charset, terminal};

const TOOL: &str = "slurpstats";

const LONG_ABOUT: &str = "\
Shows what programs count in their mmstats files, once.

The programs do not notice. Files of programs that have died are shown too, marked (stale), with \
or without --stale. Characters that could change the terminal are shown as \\u{1b}, bytes of a path that are \
not UTF-8 as \\x9b.";

const AFTER_HELP: &str = "\
Examples:
  slurpstats                                 all files in the default places
  slurpstats /dev/shm/mmstats-1000           all files in a directory
  slurpstats --table --process web           with units, quantiles and what it all means
  slurpstats -X 'sys.*' -I '*.errors*'       some labels
  slurpstats --by process                    what the files of each process come to
  slurpstats --threads | grep worker-3       what one thread counts
  slurpstats --json | jq '.fields[].label'   for programs
  slurpstats --csv --by user > stats.csv     for spreadsheets
  MMSTATS_GLOB='/srv/*/*.mmstats' slurpstats

Without PATH: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself.

Environment:
  COLUMNS     the width at which --table cuts help, if the terminal reports 0; if it is not set, 80
  LC_ALL, LC_CTYPE, LANG
              the first that is set gives the locale. If the locale is not UTF-8, output on a terminal is
              ASCII, and other characters are shown as \\u{fc}

Exit status: 0 if all was read; 1 if a file could not be read, if nothing matches --process, -I and -X,
or if the output could not be written; 2 for wrong usage.";

#[derive(Parser)]
#[command(name = TOOL, bin_name = TOOL, version, about = "Shows what programs count, once", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    format: Format,
    /// Plain numbers in text and tables, to the last digit and in the units that the files say.
    #[arg(long)]
    raw: bool,
    /// Combine the values of the files of each process, of each user, or of all. Counts are added up,
    /// gauges as their writer says; texts that differ are counted.
    #[arg(long, value_name = "WHAT", value_enum)]
    by: Option<By>,
    /// Each thread's values by themselves, with the tags tid (its id) and thread (its name). Without
    /// this those of all threads are combined; then what threads that have ended counted is among
    /// them, too.
    #[arg(long)]
    threads: bool,
    #[command(flatten)]
    filters: Filters,
    /// Files, directories with files whose names end in .mmstats, or patterns of such.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// One of these, or else text.
#[derive(Args)]
#[group(multiple = false)]
struct Format {
    /// A table for each file, with unit, kind and help; of averages, histograms and timers the count,
    /// the mean, quantiles and the maximum. Durations and bytes have units that suit them, fractions
    /// three digits.
    #[arg(long)]
    table: bool,
    /// Comma-separated values, a line for each value or part of one.
    #[arg(long)]
    csv: bool,
    /// One JSON object for each file, on a line of its own.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    charset::choose();
    match Options::try_parse() {
        Ok(options) => cli::run(TOOL, |messages| slurp(options, messages)),
        Err(error) => cli::explain(&error),
    }
}

fn slurp(options: Options, messages: &mut Messages) -> Result<(), Stop> {
    let is_raw = options.raw;
    let output: &dyn Output = match options.format {
        Format { table: true, .. } => {
            &Table { is_raw, columns: terminal::size().map(|size| size.columns.into()) }
        }
        Format { csv: true, .. } => &Csv,
        Format { json: true, .. } => &Json,
        Format { .. } => &Text { is_raw },
    };
    let slurper =
        Slurper { output, filters: &options.filters, is_by_thread: options.threads, by: options.by };
    let mut out = cli::stdout();
    cli::raise_open_files();
    slurper.slurp(&Selection::new(options.paths)?, &mut out, messages)?;
    Ok(out.flush()?)
}
