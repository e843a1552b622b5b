//! Compares output with the recordings, or records it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The recordings of one test: files in one folder.
pub(crate) struct Recordings {
    folder: PathBuf,
    files: Vec<(String, String)>,
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

/// Whether the tests record instead of comparing.
fn records() -> bool {
    std::env::var_os("MMSTATS_BLESS").is_some_and(|value| value == "1")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/recorded")
}

/// The number of lines that are shown around a difference.
const CONTEXT: usize = 2;
/// How many differences of each file are shown, and how many characters of a line.
const SHOWN: usize = 5;
const SHOWN_LINE: usize = 200;

impl Recordings {
    pub(crate) fn new(folder: &str) -> Self {
        assert!(FOLDERS.contains(&folder));
        Self { folder: root().join(folder), files: Vec::new() }
    }

    /// Adds `text` to a file, under a heading.
    pub(crate) fn add(&mut self, name: &str, heading: &str, text: &str) {
        let index = self.files.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.files.push((name.to_owned(), String::new()));
            self.files.len() - 1
        });
        let file = &mut self.files[index].1;
        let text = readable(text);
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "␄\n" };
        write!(file, "=== {heading}\n{text}{end}").unwrap();
    }

    /// Compares all files with the recordings. With `MMSTATS_BLESS=1` it records instead.
    pub(crate) fn finish(self) {
        let recorded: BTreeSet<String> = match fs::read_dir(&self.folder) {
            Ok(entries) => entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect(),
            Err(_) => BTreeSet::new(),
        };
        let made: BTreeSet<String> = self.files.iter().map(|(name, _)| name.clone()).collect();
        if records() {
            fs::create_dir_all(&self.folder).unwrap();
            for name in recorded.difference(&made) {
                fs::remove_file(self.folder.join(name)).unwrap();
            }
            for (name, text) in &self.files {
                fs::write(self.folder.join(name), text).unwrap();
            }
            return;
        }
        let mut problems = String::new();
        for name in recorded.symmetric_difference(&made) {
            let what =
                if made.contains(name) { "is not recorded" } else { "is recorded, but no longer made" };
            writeln!(problems, "{name} {what}").unwrap();
        }
        for (name, text) in self.files.iter().filter(|(name, _)| recorded.contains(name)) {
            let expected = fs::read_to_string(self.folder.join(name)).unwrap();
            if expected != *text {
                writeln!(problems, "{name} differs: - recorded, + found\n{}", difference(&expected, text))
                    .unwrap();
            }
        }
        assert!(
            problems.is_empty(),
            "in {}:\n{problems}\nIf this is intended, record anew: MMSTATS_BLESS=1 cargo test -p mmstats-tools --test recorded",
            self.folder.display()
        );
    }
}

/// `text` in lines that can be compared: long JSON is broken between fields, and each break is marked.
fn readable(text: &str) -> String {
    text.replace("},{", "},⏎\n{").replace('\r', "␍").replace('\u{1b}', "␛")
}

/// The first lines that differ, each with some before it and the heading that it is under.
fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let mut text = String::new();
    let mut shown = 0;
    let (mut old, mut new) = (0, 0);
    while (old < expected.len() || new < found.len()) && shown < SHOWN {
        if expected.get(old) == found.get(new) {
            (old, new) = (old + 1, new + 1);
            continue;
        }
        // Find the nearest lines from which both texts are equal again.
        let (removed, added) = (0..100_usize)
            .flat_map(|distance| (0..=distance).map(move |removed| (removed, distance - removed)))
            .find(|(removed, added)| {
                let (old, new) = (expected.get(old + removed), found.get(new + added));
                old == new && (old.is_some() || (removed + added > 0))
            })
            .unwrap_or((expected.len() - old, found.len() - new));
        let heading = expected[..old].iter().rev().find(|line| line.starts_with("=== ")).unwrap_or(&"");
        writeln!(text, "  line {}, {heading}", old + 1).unwrap();
        for line in &expected[old.saturating_sub(CONTEXT)..old] {
            writeln!(text, "    {}", cut(line, 0)).unwrap();
        }
        let (lost, gained) = (&expected[old..old + removed], &found[new..new + added]);
        for (sign, lines, others) in [('-', lost, gained), ('+', gained, lost)] {
            for (index, line) in lines.iter().enumerate().take(SHOWN) {
                let from = alike(line, others.get(index).unwrap_or(&""));
                writeln!(text, "  {sign} {}", cut(line, from)).unwrap();
            }
        }
        (old, new) = (old + removed, new + added);
        shown += 1;
    }
    text
}

/// The number of characters that two lines have in common at their starts.
fn alike(line: &str, other: &str) -> usize {
    line.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// The part of `line` that is shown. The characters before `from` do not differ.
fn cut(line: &str, from: usize) -> String {
    let start = if from < SHOWN_LINE / 2 { 0 } else { from - SHOWN_LINE / 4 };
    let shown: String = line.chars().skip(start).take(SHOWN_LINE).collect();
    if start == 0 { shown } else { format!("…{shown}") }
}

#[test]
fn each_recording_has_a_test() {
    // Other tests may be creating them at this moment.
    if records() {
        return;
    }
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut folders: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, FOLDERS);
}
