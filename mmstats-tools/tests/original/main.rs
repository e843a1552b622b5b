//! The Python original as referee: what it says of its files, slurpstats and pollstats say too.
//!
//! | module | what it does |
//! |---|---|
//! | `golden` | compares with what the original said when the golden files were made: on every machine |
//! | `pollstats` | compares what both pollstats print, where there is one |
//! | `live` | lets the original itself write and read: where there is a Python 2.7 |

mod golden;
mod live;
mod pollstats;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The golden files of format 1 in `directories`, sorted.
fn golden_files(directories: &[&str]) -> Vec<PathBuf> {
    let golden = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/v1"));
    let entries = directories.iter().flat_map(|directory| fs::read_dir(golden.join(directory)).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "mmstats")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What slurpstats prints of `files`, which it finds from `directory`, without the mark of dead
/// writers' files, which the original has not.
fn slurpstats(directory: &Path, files: &[&Path]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_slurpstats")).args(files).current_dir(directory).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace(" (stale)\n", "\n")
}

/// Whether the original's output of the golden file `path` is one that slurpstats improves on:
/// control characters, which it escapes, and surrogates, which it counts and shows as the
/// characters that they are halves of.
fn is_better_here(path: &Path) -> bool {
    let better =
        ["models/labels_hostile", "models/labels", "structs/first_of_several", "structs/nul_in_a_label"];
    better.iter().any(|name| path.with_extension("").ends_with(name))
}

/// `text`, which is that of one file, to be compared. If it has a label that is too long for slurpstats to align
/// values with, all runs of blanks are one blank.
fn comparable(text: &str) -> String {
    const ALIGNED: usize = 64;
    if text.split([' ', '\n']).all(|word| word.chars().count() <= ALIGNED) {
        return text.to_owned();
    }
    let lines =
        text.split('\n').map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>());
    lines.map(|words| words.join(" ")).collect::<Vec<_>>().join("\n")
}
