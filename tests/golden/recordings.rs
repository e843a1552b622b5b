//! Compares what a test found with the recordings in the repository, or records it anew. Tests of several crates
//! include this file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Contents of files, by their paths below a directory of recordings.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A directory of recordings, with one folder for each group of files.
pub(crate) struct Recordings {
    dir: PathBuf,
}

impl Recordings {
    /// Those in the directory `name` of `tests/golden`.
    pub(crate) fn golden(name: &str) -> Self {
        Self::at(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden")).join(name))
    }

    pub(crate) fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The files whose paths `is_one` selects.
    pub(crate) fn read(&self, is_one: impl Fn(&str) -> bool) -> Files {
        let directories = fs::read_dir(&self.dir).unwrap().map(|entry| entry.unwrap().path());
        let directories = directories.filter(|path| path.is_dir());
        let paths = directories.flat_map(|directory| fs::read_dir(directory).unwrap());
        let paths = paths.map(|entry| entry.unwrap().path());
        let named =
            paths.map(|path| (path.strip_prefix(&self.dir).unwrap().to_str().unwrap().to_owned(), path));
        named.filter(|(name, _)| is_one(name)).map(|(name, path)| (name, fs::read(path).unwrap())).collect()
    }

    /// Holds `found` to the recordings that `is_one` selects. With `MMSTATS_BLESS` it makes them what was found.
    /// `command` records anew.
    pub(crate) fn check(&self, is_one: impl Fn(&str) -> bool, found: &Files, command: &str) {
        /// Enough to see what is going on.
        const SHOWN: usize = 8;
        if is_blessing() {
            return self.record(is_one, found);
        }
        let differences = self.differences(is_one, found);
        let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
        assert!(
            differences.is_empty(),
            "{} files in {} are not as recorded:\n{shown}\nIf this is intended, record them anew and review what `git \
             diff` shows:\n  MMSTATS_BLESS=1 {command}",
            differences.len(),
            self.dir.display(),
        );
    }

    /// What is wrong with each recording that `is_one` selects.
    pub(crate) fn differences(&self, is_one: impl Fn(&str) -> bool, found: &Files) -> Vec<String> {
        let recorded = self.read(is_one);
        let names: BTreeSet<&String> = recorded.keys().chain(found.keys()).collect();
        let differences = names.into_iter().filter_map(|name| match (recorded.get(name), found.get(name)) {
            (Some(recorded), Some(found)) if recorded == found => None,
            (Some(recorded), Some(found)) => Some(format!("{name}: {}", difference(recorded, found))),
            (Some(_), None) => Some(format!("{name}: recorded, but nothing makes it any more")),
            (None, _) => Some(format!("{name}: not recorded")),
        });
        differences.collect()
    }

    /// Makes the recordings that `is_one` selects what was `found`.
    pub(crate) fn record(&self, is_one: impl Fn(&str) -> bool, found: &Files) {
        let recorded = self.read(is_one);
        for name in recorded.keys().filter(|name| !found.contains_key(*name)) {
            fs::remove_file(self.dir.join(name)).unwrap();
        }
        for (name, contents) in found.iter().filter(|(name, contents)| recorded.get(*name) != Some(*contents))
        {
            let path = self.dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
    }
}

/// Whether recordings are to be made what is found.
pub(crate) fn is_blessing() -> bool {
    env::var_os("MMSTATS_BLESS").is_some_and(|value| !value.is_empty())
}

/// Where `found` begins to differ from what is `recorded`, and how.
fn difference(recorded: &[u8], found: &[u8]) -> String {
    let at = recorded.iter().zip(found).take_while(|(recorded, found)| recorded == found).count();
    let lines = || recorded[..at].split(|byte| *byte == b'\n');
    let (line, heading) = (lines().count(), lines().rfind(|line| line.starts_with(b"===")));
    let heading = heading.map_or_else(String::new, |heading| format!(", {}", heading.escape_ascii()));
    let (recorded, found) = (excerpt(recorded, at), excerpt(found, at));
    format!("line {line}, byte {at}{heading}\n  recorded {recorded}\n  found    {found}")
}

/// The bytes around byte `at`.
fn excerpt(bytes: &[u8], at: usize) -> String {
    const BEFORE: usize = 40;
    const BEHIND: usize = 60;
    let (start, end) = (at.saturating_sub(BEFORE), bytes.len().min(at + BEHIND));
    let cut = |is_cut| if is_cut { "…" } else { "" };
    format!("{}{}{}", cut(start > 0), bytes[start..end].escape_ascii(), cut(end < bytes.len()))
}
