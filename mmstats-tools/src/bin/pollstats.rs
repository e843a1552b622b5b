//! pollstats: shows what comes to fields, line by line.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::{ArgAction, Parser};
use mmstats_tools::charset;
use mmstats_tools::cli::{self, Messages, Stop};
use mmstats_tools::color::Color;
use mmstats_tools::following::{Clock, LiveFiles, SystemClock};
use mmstats_tools::poll::Poll;
use mmstats_tools::poll::arguments::Arguments;
use mmstats_tools::poll::columns::Columns;
use mmstats_tools::poll::counting::Counting;
use mmstats_tools::poll::fields;
use mmstats_tools::poll::filter::Filter;
use mmstats_tools::poll::journal::Journal;
use mmstats_tools::poll::sheet::Sheet;
use mmstats_tools::poll::sheet::csv::Csv;
use mmstats_tools::poll::sheet::json::Json;
use mmstats_tools::poll::sheet::plain::Plain;
use mmstats_tools::selection::{Filters, Selection};
use mmstats_tools::ticks::Ticks;

const TOOL: &str = "pollstats";

const LONG_ABOUT: &str = "\
Shows what comes to fields of mmstats files, as vmstat does: a line now and then.

The first line has what there is, all others what came since the line before: sums over all files, in which \
programs that start, end or start again make no difference but for what they count.";

const AFTER_HELP: &str = r#"FIELDS are separated by commas. Each is

  requests                     a label: the sum of all that have it, whatever their tags
  requests{method="get"}       only those with this tag; the marks may be left out
  'db.*'                       a pattern: a column for each label that matches
  'requests{*}'                a pattern with tags: a column for each label and its tags

and may end in what is wanted of it:

  :value                       what there is now
  :delta, :rate                what came since the last line, or in a second of that time
  :count, :sum, :mean, :min, :max, :p50, :p99, :p999, any :pNN
                               of the numbers that came to a histogram, a timer or an average
  :last                        what a timer measured last
  :MEMBER                      a member of a record

Examples:
  pollstats -p web.stats. hits,misses        every second
  pollstats -d 0.1 -c 50 requests web.mmstats
  pollstats latency:rate,latency:p50,latency:p99
  pollstats --rate -X 'sys.*' '*' --process web-server
  pollstats hits -f service.version=1.2      only files that say so
  pollstats --json requests | jq .fields.requests

Without FILE: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself.

Colours are used on a terminal; NO_COLOR and CLICOLOR_FORCE are respected, --color goes before them.

Environment:
  LC_ALL, LC_CTYPE, LANG
              the first that is set gives the locale. If the locale is not UTF-8, output on a terminal is
              ASCII, and other characters are shown as \u{fc}

Exit status: 0 if all was read, 1 if a file that was named could not be read, or if any requested field
was never found; 2 for wrong usage. Ctrl-C ends it as it ends any program, by a signal."#;

#[derive(Parser)]
#[command(name = TOOL, bin_name = TOOL, version, about = "Shows what comes to fields, line by line", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
#[command(
    override_usage = "pollstats [OPTIONS] [-f FILTER...] FIELDS [FILE]...\n       pollstats [OPTIONS] FIELDS [FILE]... [-f FILTER...]"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(crate) struct Options {
    /// End after COUNT lines; 0 is never.
    #[arg(short, long, default_value_t = 0, hide_default_value = true)]
    count: u64,
    /// Seconds from line to line, such as 0.5.
    #[arg(short, long, default_value = "1", value_parser = seconds)]
    delay: Duration,
    /// Titles again after each HEADERS lines; 0 is only at the start.
    #[arg(short = 'n', long, default_value_t = 20)]
    headers: u64,
    /// What stands before the labels of all FIELDS and in no title.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    prefix: String,
    #[command(flatten)]
    arguments: Arguments,
    /// Say more: once warnings, twice also which files come and go, three times each look.
    #[arg(short, long = "verbose", action = ArgAction::Count)]
    verbosity: u8,
    /// What comes in a second. The first line stays what there is.
    #[arg(long)]
    rate: bool,
    /// The time (UTC) before each line.
    #[arg(long)]
    timestamps: bool,
    /// A JSON object for each line.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Comma-separated values.
    #[arg(long)]
    csv: bool,
    /// When to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,
    #[command(flatten)]
    filters: Filters,
}

fn main() -> ExitCode {
    charset::choose();
    match Options::try_parse() {
        Ok(options) => cli::run(TOOL, |messages| poll(options, messages)),
        Err(error) => cli::explain(&error),
    }
}

fn poll(options: Options, messages: &mut Messages) -> Result<(), Stop> {
    let mut sheet = sheet(&options);
    let Options { arguments, prefix, filters, .. } = options;
    let mut journal = Journal::new(messages, options.verbosity);
    let columns = Columns::new(fields::parse(&arguments.fields, &prefix)?);
    let filter = Filter::new(&arguments.filters, &prefix);
    let counting = Counting::new(filters, filter, columns, options.rate);
    let mut files = LiveFiles::new(Selection::new(arguments.files)?, cli::files_to_hold());
    let mut poll = Poll::new(counting);

    let mut out = cli::stdout();
    let clock = SystemClock::start();
    let mut ticks = Ticks::new(clock.now().monotonic, options.delay);
    for lines in 1.. {
        sheet.write(&poll.look(&mut files, &clock, &mut journal), &mut out)?;
        out.flush()?;
        if lines == options.count {
            break;
        }
        let wait = ticks.next(clock.now().monotonic);
        if wait.missed > 0 {
            journal.warn(format_args!(
                "{} lines were left out: it did not get to look at the files in time",
                wait.missed
            ));
        }
        thread::sleep(wait.time);
    }
    poll.end(&mut journal);
    Ok(())
}

fn sheet(options: &Options) -> Box<dyn Sheet> {
    let with_time = options.timestamps;
    if options.json {
        Box::new(Json)
    } else if options.csv {
        Box::new(Csv { with_time })
    } else {
        Box::new(Plain::new(options.headers, with_time, options.color.is_on(io::stdout().is_terminal())))
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    delay
        .filter(|delay| !delay.is_zero())
        .ok_or_else(|| "expected seconds, more than 0, such as 1 or 0.5".to_owned())
}
