//! The time, by all the clocks that tools need.

use std::time::{Duration, Instant, SystemTime};

use mmstats_reader::Moment;

/// One time by three clocks that were read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since the tool started. Intervals and rates come from this clock. It cannot be set.
    pub monotonic: Duration,
    /// The wall-clock time, which is shown to people. It can be set, so it can jump.
    pub wall: SystemTime,
    /// The time since boot, from which the ages of files are computed. It cannot be set, and goes on while the machine
    /// sleeps.
    pub moment: Moment,
}

/// Tells the time.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Now;
}

/// The clocks of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic clock at zero.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now { monotonic: self.start.elapsed(), wall: SystemTime::now(), moment: Moment::now() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The modules that may read a clock: this one, and mmash's `connections`, which closes idle connections.
    const READERS_OF_CLOCKS: [&str; 2] = ["following/clock.rs", "mmash/connections.rs"];

    fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn tools_get_the_time_from_a_clock_that_is_passed_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        assert!(files.len() > READERS_OF_CLOCKS.len());
        for file in files {
            let name = file.strip_prefix(&root).unwrap();
            if READERS_OF_CLOCKS.iter().any(|reader| name == Path::new(reader)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            for call in ["Instant::now", "SystemTime::now", "Moment::now", ".elapsed()"] {
                assert!(!text.contains(call), "{} calls {call}; pass it the time", name.display());
            }
        }
    }
}
