//! Publishes the golden files of format 2 that the SDK can make (`tests/golden/v2/written`), and copies them into the
//! directory that its argument names. They differ from run to run in ids and times alone, which
//! `tests/the_golden_files_are_written.rs` replaces.
//!
//! | module | what its files have |
//! |---|---|
//! | `kinds` | one slot, and fields of one kind |
//! | `groups` | one slot, and families, arrays and records |
//! | `process` | one slot; constants, descriptions, attributes, flags of the file |
//! | `threads` | several slots |

mod groups;
mod kinds;
mod process;
mod threads;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Where files are published, and where they are copied to.
struct Golden {
    live: TempDir,
    out: PathBuf,
}

impl Golden {
    /// Copies what is published at `path` to the golden file `name`.
    fn keep(&self, name: &str, path: &Path) -> Result<()> {
        fs::copy(path, self.out.join(name).with_extension("mmstats"))?;
        Ok(())
    }
}

/// Publishes `$stats` with default options, lets `$update` update it, and copies the file.
macro_rules! golden {
    ($golden:expr, $name:literal, $stats:ty, $update:expr) => {{
        let stats = <$stats as mmstats::MmStats>::options().dir($golden.live.path()).create()?;
        let update: fn(&$stats) = $update;
        update(&stats);
        $golden.keep($name, &stats.path())?;
    }};
}
use golden;

fn main() -> Result<()> {
    let out = std::env::args_os().nth(1).ok_or("usage: golden DIRECTORY")?;
    let golden = Golden { live: tempfile::tempdir()?, out: out.into() };
    kinds::write(&golden)?;
    groups::write(&golden)?;
    process::write(&golden)?;
    threads::write(&golden)
}
