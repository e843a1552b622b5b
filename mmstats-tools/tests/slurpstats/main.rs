//! The real slurpstats over files built byte by byte.
//!
//! | module | what it shows |
//! |---|---|
//! | `values`, `parts` | values of one part, and of several |
//! | `bounds` | numbers that are only bounds, and keys that come twice |
//! | `threads` | threads, combined and one by one |
//! | `tables`, `csv` | the other formats |
//! | `combining` | what several files come to together |
//! | `selection` | which processes and labels |
//! | `files` | several files, bad ones, hostile strings |
//! | `changes` | files that change while they are read |
//! | `calls` | how it is called, and what it says then |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod calls;
mod changes;
mod combining;
mod csv;
mod files;
mod parts;
mod selection;
mod tables;
mod threads;
mod values;

use std::fs;
use std::os::unix::fs::MetadataExt;

use fixture::{Field, Fixture};
use support::Place;

/// A directory for files, and slurpstats in it.
fn new_place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_slurpstats"))
}

/// Who runs the tests, and owns their files.
fn owner() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

fn small(value: u64) -> Fixture {
    Fixture { uid: owner(), ..Fixture::with_fields([Field::counter("hits", &[value])]) }
}

/// What is shown of `small(value)`, with `header` behind the arrow.
fn small_text(header: &str, value: u64) -> String {
    let uid = owner();
    format!(
        "==> {header}\n  sys.pid     4711\n  sys.uid     {uid}\n  sys.gid     33\n  sys.created 1700000000.25\n  \
         sys.tid     4712\n  hits        {value}\n\n"
    )
}
