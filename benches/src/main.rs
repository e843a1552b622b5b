//! Measures mmstats beside the floor, and prints one table a subject.
//!
//! Times are of this machine at this moment: what counts is a ratio, of things measured in turns
//! in one run.
//!
//! | module | what it does |
//! |---|---|
//! | `measure` | takes turns, and finds medians |
//! | `files` | files of as many fields as wanted |
//! | `reading` | opening, polling, visiting and scanning files |
//! | `tools` | slurpstats beside the Python original's |

mod files;
mod measure;
mod reading;
mod tools;

fn main() -> std::io::Result<()> {
    println!("Reading. A round is one run of every case of a group, in turn.\n");
    reading::run()?;
    tools::run()
}
