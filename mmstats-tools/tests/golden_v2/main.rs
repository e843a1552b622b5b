//! The output of the real slurpstats for the golden files of format 2, in each format, compared byte by byte.
//!
//! | module | what it shows |
//! |---|---|
//! | `transcript` | calls of slurpstats with their output, as a session in a shell |
//! | `strictness` | the tests miss no difference and no file without a recording |

#[path = "../../../tests/golden/recordings.rs"]
mod recordings;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod support;

mod strictness;
mod transcript;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use recordings::{Files, Recordings};
use support::Place;
use transcript::Transcript;

const COMMAND: &str = "cargo test -p mmstats-tools --test golden_v2";

/// The calls of slurpstats for each file. The output with `--json` has a recording of its own.
const CALLS: [&[&str]; 8] = [
    &[],
    &["--raw"],
    &["--table"],
    &["--table", "--raw"],
    &["--csv"],
    &["--threads"],
    &["--threads", "--json"],
    &["--by", "process", "--json"],
];

/// The calls for all files of a folder together.
const CALLS_FOR_ALL: [&[&str]; 5] = [
    &["--by", "all"],
    &["--by", "all", "--table"],
    &["--by", "all", "--csv"],
    &["--by", "user", "--json"],
    &["--by", "process", "--threads", "--json"],
];

/// Whether a file is a recording of slurpstats' output for a golden file, or for all files of a folder.
fn is_said(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "json" || end == "txt")
}

/// The output of slurpstats for each of the `golden` files, and for all files of each folder together.
fn all_said(golden: Files) -> Files {
    let mut folders: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for (path, bytes) in golden {
        let (folder, name) = path.split_once('/').unwrap();
        folders.entry(folder.to_owned()).or_default().push((name.to_owned(), bytes));
    }
    let mut said = Files::new();
    for (folder, files) in folders {
        let place = Place::new(env!("CARGO_BIN_EXE_slurpstats"));
        for (name, bytes) in &files {
            fs::write(place.path(name), bytes).unwrap();
        }
        for (name, _) in &files {
            let stem = name.strip_suffix(".mmstats").unwrap();
            let mut transcript = Transcript::new(&place);
            let json = format!("{stem}.json");
            let redirected = transcript.call_into(&["--json", name], &json);
            said.insert(format!("{folder}/{json}"), redirected);
            for call in CALLS {
                transcript.call(&[call, &[name]].concat());
            }
            said.insert(format!("{folder}/{stem}.txt"), transcript.into_bytes());
        }
        let mut transcript = Transcript::new(&place);
        for call in CALLS_FOR_ALL {
            transcript.call(&[call, &["*.mmstats"]].concat());
        }
        said.insert(format!("{folder}/_all.txt"), transcript.into_bytes());
    }
    said
}

#[test]
fn all_that_slurpstats_says_of_golden_files_is_as_recorded() {
    let recordings = Recordings::golden("v2");
    let golden = recordings.read(|name| name.ends_with(".mmstats"));
    assert!(golden.len() > 100, "only {} golden files were found", golden.len());
    recordings.check(is_said, &all_said(golden), COMMAND);
}
