//! Output in the form in which it is recorded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::recordings::{Recordings as Golden, is_blessing};

/// The recordings of one test: files in one folder.
pub(crate) struct Recordings {
    folder: &'static str,
    /// By their names.
    files: BTreeMap<String, String>,
}

/// All folders. Each belongs to one test.
const FOLDERS: [&str; 8] = [
    "cleanstats",
    "cleanstats_dry_run",
    "mmash",
    "pollstats",
    "rates",
    "slurpstats",
    "topstats_once",
    "topstats_screen",
];

/// The directory with these folders, below that of all golden files.
const DIRECTORY: &str = "recorded";

impl Recordings {
    pub(crate) fn new(folder: &'static str) -> Self {
        assert!(FOLDERS.contains(&folder));
        Self { folder, files: BTreeMap::new() }
    }

    /// Adds `text` to a file, under a heading.
    pub(crate) fn add(&mut self, name: &str, heading: &str, text: &str) {
        let file = self.files.entry(format!("{}/{name}", self.folder)).or_default();
        let text = readable(text);
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "␄\n" };
        write!(file, "=== {heading}\n{text}{end}").unwrap();
    }

    /// Compares all files with the recordings. With `MMSTATS_BLESS=1` it records instead.
    pub(crate) fn finish(self) {
        let folder = format!("{}/", self.folder);
        let found = self.files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        let command = "cargo test -p mmstats-tools --test recorded";
        Golden::golden(DIRECTORY).check(|name| name.starts_with(&folder), &found, command);
    }
}

/// `text` in lines that can be compared: long JSON is broken between fields, and each break is marked.
fn readable(text: &str) -> String {
    text.replace("},{", "},⏎\n{").replace('\r', "␍").replace('\u{1b}', "␛")
}

#[test]
fn each_recording_has_a_test() {
    // Other tests make them at this moment.
    if is_blessing() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(DIRECTORY);
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut folders: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, FOLDERS);
}
