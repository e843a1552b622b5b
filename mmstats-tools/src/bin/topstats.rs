//! topstats: shows what the programs on this machine count, on a screen that goes on.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use mmstats_tools::cli::{self, Messages, Stop, files_to_hold};
use mmstats_tools::following::{Clock, LiveFiles, Source, SystemClock};
use mmstats_tools::selection::{Filters, Selection};
use mmstats_tools::top::model::Model;
use mmstats_tools::top::once;
use mmstats_tools::top::order::Sort;
use mmstats_tools::top::run::{self, End};
use mmstats_tools::top::view::View;
use mmstats_tools::{charset, terminal};

const TOOL: &str = "topstats";

const LONG_ABOUT: &str = "\
Shows what programs count in their mmstats files, and how fast, on a screen that goes on.

Processes, and below them what they count, grouped by what the names have in common: values, rates \
in the last interval and on average over 10 s, 60 s and the life of the file. Press h for what keys \
do. The programs do not notice.

If the output is not a terminal, if TERM is dumb, empty or not set, or with --once, topstats prints all rows \
as text, once, after one interval. Characters that could change the terminal are shown as \\u{1b}.";

const NOTHING_TAKEN: &str = "no field is what --process, --include, --exclude and --filter ask for";

const AFTER_HELP: &str = "\
Examples:
  topstats                               all programs in the default places
  topstats --process web_server          one program, or one process by its id
  topstats -I 'web.*' -X '*.debug.*'     only some labels
  topstats --flat --sort rate            what is busiest, over all processes
  topstats --filter '~(errors|retries)'  begin with a filter
  COLUMNS=200 topstats --once --flat --raw | grep errors    as text, each label whole
  topstats --stale /srv/old/*.mmstats    what programs counted that have died

Without PATH: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself.

Environment:
  COLUMNS     the width of text; if it is not set, the width of the terminal, or 100. Also the width of
              the screen if the terminal reports 0; if it is not set, 80
  LINES       the height of the screen if the terminal reports 0; if it is not set, 24
  TERM        the kind of the terminal; if it is dumb, empty or not set, topstats prints text
  LC_ALL, LC_CTYPE, LANG
              the first that is set gives the locale. If the locale is not UTF-8, topstats uses ASCII
              symbols on a terminal and shows other characters as \\u{fc}
  NO_COLOR    if it is set and not empty, there are no colours

Exit status: 0 if all was read; 1 if a file could not be read, if it prints text and no field matches
--process, -I, -X or --filter, or if it cannot use the terminal; 2 for wrong usage. A signal that ends it is passed on once the terminal is as it was, or after a
second if the terminal takes nothing.";

#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(name = TOOL, bin_name = TOOL, version, about = "Shows what programs count, and how fast", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// Seconds from one reading to the next, 0.1 to 60.
    #[arg(short = 'd', long, value_name = "SECONDS", default_value = "1", value_parser = parse_interval)]
    interval: Duration,
    /// Print one screen of text, with all rows, after one interval.
    #[arg(long)]
    once: bool,
    /// Sort by this column.
    #[arg(long, value_name = "COLUMN", default_value = "name")]
    sort: Sort,
    /// Show only what has TEXT in its name, or what ~REGEX matches.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// All fields in one list, in place of a tree for each process.
    #[arg(long)]
    flat: bool,
    /// Hide what is zero, unless there is a filter.
    #[arg(long)]
    hide_zeros: bool,
    /// Numbers to the last digit.
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    filters: Filters,
    /// Files, directories with files whose names end in .mmstats, or patterns of such.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    charset::choose();
    let mut end = End::Seen;
    let status = match Options::try_parse() {
        Ok(options) => cli::run(TOOL, |messages| {
            end = top(options, messages)?;
            Ok(())
        }),
        Err(error) => cli::explain(&error),
    };
    end.pass_on();
    status
}

fn top(options: Options, messages: &mut Messages) -> Result<End, Stop> {
    let is_once = options.once || !io::stdout().is_terminal() || !terminal::can_draw();
    let mut files = LiveFiles::new(Selection::new(options.paths)?, files_to_hold());
    let clock = SystemClock::start();
    let is_asked = !options.filters.is_all() || options.filter.is_some();
    let model = Model::new(options.filters, clock.now());
    let mut view = View::new(options.interval, is_once);
    view.is_raw = options.raw;
    view.wanted.order.sort = options.sort;
    view.wanted.filter_by(&options.filter.unwrap_or_default());
    view.wanted.is_flat = options.flat;
    view.wanted.hides_zeros = options.hide_zeros;
    if let Some(problem) = view.wanted.filter.problem() {
        return Err(Stop::Usage(format!("--filter is no regular expression: {problem}")));
    }

    if is_once {
        return print(&mut files, &clock, model, view, is_asked, messages).map(|()| End::Seen);
    }
    let (end, problems) = match run::run(&mut files, &clock, model, view) {
        Ok(ended) => ended,
        Err(error) => {
            messages.error(format_args!("cannot use the terminal: {error}; --once prints text"));
            return Ok(End::Seen);
        }
    };
    for problem in &problems {
        messages.error(problem);
    }
    Ok(end)
}

/// Prints all rows, once there are rates. Fails if there are none of what `is_asked` for.
fn print(
    source: &mut dyn Source,
    clock: &dyn Clock,
    mut model: Model,
    mut view: View,
    is_asked: bool,
    messages: &mut Messages,
) -> Result<(), Stop> {
    const COLUMNS: u16 = 100;

    model.poll(source, clock.now());
    if model.writers().next().is_some() {
        thread::sleep(view.interval);
        model.poll(source, clock.now());
    }
    for problem in model.take_problems() {
        messages.error(problem);
    }
    let has_files = model.writers().next().is_some();
    if !has_files {
        messages.nothing(model.nothing_shown(source), is_asked);
    }
    let columns = terminal::number("COLUMNS").or_else(|| Some(terminal::size()?.columns));
    let mut out = cli::stdout();
    once::write(&model, &mut view, columns.unwrap_or(COLUMNS), &mut out)?;
    out.flush()?;
    if has_files && is_asked && !view.has_fields(&model) {
        messages.nothing(NOTHING_TAKEN, is_asked);
    }
    Ok(())
}

fn parse_interval(text: &str) -> Result<Duration, String> {
    const LEAST: f64 = 0.1;
    const MOST: f64 = 60.0;

    match text.parse() {
        Ok(seconds) if (LEAST..=MOST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds from 0.1 to 60".to_owned()),
    }
}
