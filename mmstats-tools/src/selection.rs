//! Which files a tool reads.

use std::path::PathBuf;

use mmstats_reader::places;
use mmstats_reader::{Scan, scan, scan_found};

use crate::cli::Stop;
use crate::escape;

/// The files that a tool was asked for.
#[derive(Debug)]
pub struct Selection {
    /// Those files, sorted by path.
    pub files: Scan,
    /// What to say if there are none.
    pub nothing_found: String,
}

impl Selection {
    /// The files and the files in the directories that `paths` name; if they name none, the files
    /// that `MMSTATS_GLOB` matches; if it is not set, those in the default places.
    ///
    /// # Errors
    /// If `MMSTATS_GLOB` is not a pattern.
    pub fn new(paths: Vec<PathBuf>) -> Result<Self, Stop> {
        if !paths.is_empty() {
            return Ok(Self { nothing_found: none_in(&paths), files: scan(paths) });
        }
        if let Some(pattern) = places::variable("MMSTATS_GLOB") {
            let Some(pattern) = pattern.to_str() else {
                return Err(Stop::Usage("expected MMSTATS_GLOB to be UTF-8, found other bytes".into()));
            };
            let found = glob::glob(pattern)
                .map_err(|error| Stop::Usage(format!("MMSTATS_GLOB is not a pattern: {error}")))?;
            let nothing_found = format!("no mmstats files match MMSTATS_GLOB={}", escape::text(pattern));
            // What a pattern cannot look into is not a file that it matches.
            return Ok(Self { files: scan_found(found.flatten()), nothing_found });
        }
        let directories = places::default_directories();
        let nothing_found = none_in(&directories)
            + "; if a program runs with MMSTATS_PATH, set it here too, or name its directory";
        Ok(Self { files: scan(directories), nothing_found })
    }
}

/// What to say of `places` that hold no files.
fn none_in(places: &[PathBuf]) -> String {
    let places: Vec<String> = places.iter().map(|place| escape::path(place).to_string()).collect();
    format!("no mmstats files in {}", places.join(", "))
}
