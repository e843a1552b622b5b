//! Measures mmstats beside the floor and beside its peers, and prints tables.
//!
//! Times are of this machine at this moment: what counts is a ratio, of things measured in turns
//! in one run.
//!
//! | module | what it does |
//! |---|---|
//! | `measure` | takes turns, and finds medians |
//! | `writing` | updates, first uses and memory, as a table in Markdown |
//! | `files` | files of as many fields as wanted |
//! | `reading` | opening, polling, visiting and scanning files |
//! | `tools` | slurpstats beside `cat`, and beside the Python original's |
//! | `watching` | what mmash and topstats take while they follow many files |

mod files;
mod measure;
mod reading;
mod tools;
mod watching;
mod writing;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => {
            writing::run()?;
            reading()
        }
        Some("writing") => writing::run(),
        Some("reading") => reading(),
        Some("tools") => Ok(tools::run()?),
        Some("watching") => Ok(watching::run()?),
        Some(writing::COUNTED) => writing::run_counted(),
        Some(writing::FIRST_USES) => writing::run_first_uses(),
        Some(other) => {
            Err(format!("expected writing, reading, tools, watching or nothing, found {other:?}").into())
        }
    }
}

fn reading() -> Result<(), Box<dyn Error>> {
    println!("Reading. A round is one run of every case of a group, in turn.\n");
    reading::run()?;
    Ok(tools::run()?)
}
