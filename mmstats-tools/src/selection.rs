//! Which files a tool looks at.

use std::path::PathBuf;

use mmstats_reader::places;
use mmstats_reader::{Scan, scan, scan_found};

use crate::cli::Stop;
use crate::escape;

/// The files that a tool was asked for.
#[derive(Debug)]
pub struct Selection {
    /// Files and directories.
    pub paths: Vec<PathBuf>,
    /// Who says so.
    pub source: Source,
    /// What to say if there are no files.
    pub nothing_found: String,
}

/// How paths come to be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By name.
    Arguments,
    /// `MMSTATS_GLOB` matches them.
    Pattern,
    /// They are the directories in which readers look.
    DefaultPlaces,
}

impl Selection {
    /// The files and the files in the directories that `paths` name; if they name none, the files
    /// that `MMSTATS_GLOB` matches; if it is not set, those in the default places.
    ///
    /// # Errors
    /// If `MMSTATS_GLOB` is not a pattern.
    pub fn new(paths: Vec<PathBuf>) -> Result<Self, Stop> {
        if !paths.is_empty() {
            return Ok(Self { nothing_found: none_in(&paths), paths, source: Source::Arguments });
        }
        if let Some(pattern) = places::variable("MMSTATS_GLOB") {
            let Some(pattern) = pattern.to_str() else {
                return Err(Stop::Usage("expected MMSTATS_GLOB to be UTF-8, found other bytes".into()));
            };
            let found = glob::glob(pattern)
                .map_err(|error| Stop::Usage(format!("MMSTATS_GLOB is not a pattern: {error}")))?;
            let nothing_found = format!("no mmstats files match MMSTATS_GLOB={}", escape::text(pattern));
            // What a pattern cannot look into is not a file that it matches.
            return Ok(Self { paths: found.flatten().collect(), source: Source::Pattern, nothing_found });
        }
        let paths = places::default_directories();
        let nothing_found =
            none_in(&paths) + "; if a program runs with MMSTATS_PATH, set it here too, or name its directory";
        Ok(Self { paths, source: Source::DefaultPlaces, nothing_found })
    }

    /// Opens the files, sorted by path.
    pub fn scan(&self) -> Scan {
        match self.source {
            Source::Arguments | Source::DefaultPlaces => scan(&self.paths),
            Source::Pattern => scan_found(&self.paths),
        }
    }
}

/// What to say of `places` that hold no files.
fn none_in(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|place| escape::path(place).to_string()).collect();
    format!("no mmstats files in {}", places.join(", "))
}
