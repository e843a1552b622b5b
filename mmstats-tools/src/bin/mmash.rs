//! mmash: shows in a browser what the programs on this machine count.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use mmstats_tools::cli;
use mmstats_tools::mmash::serving;

const TOOL: &str = "mmash";

const LONG_ABOUT: &str = "\
Shows in a browser what the programs on this machine count in their mmstats files, now and over the last \
hour, and serves it to programs as JSON.

The programs do not notice. A token is required to listen for other machines, and to serve private files \
over TCP, or a socket that others can use, when run as root: see --token-file.";

const AFTER_HELP: &str = "\
Examples:
  mmash                                      then open http://127.0.0.1:5002/
  mmash --listen unix:/run/user/1000/mmash   for who can open that socket
  mmash --process web --interval 5s --history 1d
  mmash --listen 0.0.0.0:5002 --allowed-host stats.example --token-file token
  curl -s 'localhost:5002/stats/web.hits?exact=1&aggr=sum'
  curl -s 'localhost:5002/api/v1/query?label=web.hits&since=600&step=10'

Each option can also be given as a variable, which the command line overrules: MMASH_LISTEN for --listen,
MMASH_HISTORY_FIELDS for --history-fields, and so on; several values are parted by blanks.

Without PATH: the files that MMSTATS_GLOB matches; else those in MMSTATS_PATH; else those in your
directories (root: everybody's) in /run/mmstats, /dev/shm and the temporary directory, and in the
temporary directory itself. Those of programs that have died are left out, unless --stale.

SIGTERM, SIGINT and SIGHUP end it.

Exit status: 0 if it was ended by a signal, 1 if it could not listen or may open too few files, 2 for
wrong usage, or if a token is required and missing.";

#[derive(Parser)]
#[command(name = TOOL, bin_name = TOOL, version, about = "Shows in a browser what programs count", long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    serving: serving::Options,
}

fn main() -> ExitCode {
    match serving::Options::read(Options::command()) {
        Ok(options) => cli::run(TOOL, |messages| serving::run(options, messages)),
        Err(error) => cli::explain(&error),
    }
}
