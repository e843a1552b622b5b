//! Which files a tool looks at.

use std::path::{Path, PathBuf};

use glob::MatchOptions;
use mmstats_host::directory::Links;
use mmstats_host::places;
use mmstats_reader::{Scan, scan, scan_default, scan_found};

use crate::cli::Stop;
use crate::escape;

/// The files that a tool was asked for. Which they are is found out anew each time that one looks.
#[derive(Clone, Debug)]
pub struct Selection {
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// Files, directories, or patterns that match such.
    Arguments(Vec<PathBuf>),
    /// `MMSTATS_GLOB`.
    Pattern(String),
    /// The directories in which readers look.
    DefaultPlaces,
}

/// How a path comes to be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By name.
    Argument,
    /// A pattern matches it.
    Pattern,
}

impl Selection {
    /// The files and the files in the directories that `arguments` name or match; if there are none, the
    /// files that `MMSTATS_GLOB` matches; if it is not set, those in the default places.
    ///
    /// # Errors
    /// If one of them is not a pattern.
    pub fn new(arguments: Vec<PathBuf>) -> Result<Self, Stop> {
        if !arguments.is_empty() {
            for pattern in arguments.iter().filter_map(|argument| pattern(argument)) {
                check(pattern, &escape::text(pattern).to_string())?;
            }
            return Ok(Self { wanted: Wanted::Arguments(arguments) });
        }
        let Some(pattern) = places::variable("MMSTATS_GLOB") else {
            return Ok(Self { wanted: Wanted::DefaultPlaces });
        };
        let Some(pattern) = pattern.to_str() else {
            return Err(Stop::Usage("expected MMSTATS_GLOB to be UTF-8, found other bytes".into()));
        };
        check(pattern, "MMSTATS_GLOB")?;
        Ok(Self { wanted: Wanted::Pattern(pattern.to_owned()) })
    }

    /// Whether `path` was asked for by name.
    pub fn names(&self, path: &Path) -> bool {
        matches!(&self.wanted, Wanted::Arguments(arguments) if arguments.iter().any(|argument| argument == path))
    }

    /// The files and directories that there are now, each with how it came to be selected; `None` for the
    /// default places. An argument that is a pattern is there by name only if there is a file of that very
    /// name.
    pub fn paths(&self) -> Option<Vec<(PathBuf, Source)>> {
        match &self.wanted {
            Wanted::Arguments(arguments) => Some(
                arguments
                    .iter()
                    .flat_map(|argument| match pattern(argument) {
                        Some(pattern) => matches(pattern),
                        None => vec![(argument.clone(), Source::Argument)],
                    })
                    .collect(),
            ),
            Wanted::Pattern(pattern) => Some(matches(pattern)),
            Wanted::DefaultPlaces => None,
        }
    }

    /// The files that there are now, sorted by path.
    pub fn scan(&self) -> Scan {
        let Some(paths) = self.paths() else { return scan_default() };
        let is_found = |(_, source): &(PathBuf, Source)| *source == Source::Pattern;
        let (found, named): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_found);
        let paths = |paths: Vec<(PathBuf, Source)>| paths.into_iter().map(|(path, _)| path);
        scan(paths(named)).and(scan_found(paths(found)))
    }

    /// What to say if there are no files.
    pub fn nothing_found(&self) -> String {
        match &self.wanted {
            Wanted::Arguments(arguments) => none_in(arguments),
            Wanted::Pattern(pattern) => {
                format!("no mmstats files match MMSTATS_GLOB={}", escape::text(pattern))
            }
            Wanted::DefaultPlaces => {
                let places: Vec<PathBuf> =
                    places::default_directories(Links::Followed).into_iter().map(|(path, _)| path).collect();
                none_in(&places)
                    + "; if a program runs with MMSTATS_PATH, set it here too, or name its directory"
            }
        }
    }
}

/// `argument`, if it is a pattern: it has characters that only patterns are likely to have, and there is
/// no file of that very name.
fn pattern(argument: &Path) -> Option<&str> {
    let text = argument.to_str()?;
    (text.contains(['*', '?', '[']) && argument.symlink_metadata().is_err()).then_some(text)
}

/// Whether `pattern`, which the user knows as `name`, is one.
fn check(pattern: &str, name: &str) -> Result<(), Stop> {
    match glob::Pattern::new(pattern) {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::Usage(format!("{name} is not a pattern: {error}"))),
    }
}

/// What `pattern`, which was checked, matches. What cannot be looked into is not matched.
fn matches(pattern: &str) -> Vec<(PathBuf, Source)> {
    // As a shell does it: a star is not for names that start with a dot, as the directories' locks have.
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::default() };
    let found = glob::glob_with(pattern, options).into_iter().flatten().flatten();
    found.map(|path| (path, Source::Pattern)).collect()
}

/// What to say of `places` that hold no files.
fn none_in(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|place| escape::path(place).to_string()).collect();
    format!("no mmstats files in {}", places.join(", "))
}
