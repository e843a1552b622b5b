//! A clock that stands still until a test sets it, for programs that the test starts.
//!
//! What such a program shows of intervals, rates and ages is exact, however long it takes: no time passes
//! meanwhile. A program that waits for a time says so, and until when, so that the test knows when it is done with all
//! that was due.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::preload;

/// Where the library finds its clock.
const VARIABLE: &str = "MMSTATS_TEST_VIRTUAL_CLOCK";
/// What a program reads: where the time since boot is, twice, and that of the boot.
const NOW: u64 = 0;
const BOOT: u64 = 16;
/// What it writes: until when it waits, how often it began to, and how many bytes it wrote to standard output.
const UNTIL: u64 = 24;
const WAITS: u64 = 32;
const WRITTEN: u64 = 40;
const PAGE_LEN: u64 = 4096;

/// Until a test gives up, just before its time limit is over.
const PATIENCE: Duration = Duration::from_mins(4);

/// The clock of some programs.
#[derive(Debug)]
pub struct VirtualClock {
    directory: TempDir,
    library: PathBuf,
    /// Since 1970-01-01 UTC.
    boot: Duration,
    /// Since the boot.
    now: Duration,
    programs: Vec<File>,
}

/// What a program does that has a [`VirtualClock`].
#[derive(Debug)]
pub struct Waiting(File);

impl VirtualClock {
    /// A clock of a machine that was started at `boot`, after 1970-01-01 UTC, and shows `now`, since then.
    ///
    /// # Panics
    /// If its library cannot be made.
    pub fn new(boot: Duration, now: Duration) -> Self {
        let directory = tempfile::tempdir().expect("there is a directory for temporary files");
        let library = preload::make(directory.path(), "virtual_clock", include_str!("virtual_clock.c"));
        Self { directory, library, boot, now, programs: Vec::new() }
    }

    /// Lets `command` have this clock, once.
    ///
    /// # Panics
    /// If the directory is gone.
    pub fn give_to(&mut self, command: &mut Command) -> Waiting {
        let path = self.directory.path().join(self.programs.len().to_string());
        let page = File::options().read(true).write(true).create_new(true).open(&path);
        let page = page.expect("the directory is there");
        page.set_len(PAGE_LEN).expect("there is room");
        put(&page, BOOT, self.boot);
        set(&page, self.now);
        command.env("LD_PRELOAD", &self.library).env(VARIABLE, path);
        self.programs.push(page.try_clone().expect("a descriptor is free"));
        Waiting(page)
    }

    /// The time since boot.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Lets it be `now`, since boot, for all programs.
    pub fn set(&mut self, now: Duration) {
        self.now = now;
        for page in &self.programs {
            set(page, now);
        }
    }
}

impl Waiting {
    /// Waits until the program `child` has done all that was due at the time of its clock, and waits for a later one;
    /// or until it has ended. Says whether it still runs.
    ///
    /// # Panics
    /// If that takes longer than a test may.
    pub fn until_done(&self, child: &mut Child) -> bool {
        Self::until("to wait for a later time", child, || self.get(UNTIL) > self.get(NOW))
    }

    /// How often the program began to wait.
    pub fn count(&self) -> u64 {
        self.get(WAITS)
    }

    /// Waits until the program `child` has begun to wait more than `count` times, or has ended. Says whether it still runs.
    ///
    /// # Panics
    /// If that takes longer than a test may.
    pub fn until_again(&self, count: u64, child: &mut Child) -> bool {
        Self::until("to wait again", child, || self.count() > count)
    }

    /// How many bytes it wrote to standard output.
    pub fn written(&self) -> u64 {
        self.get(WRITTEN)
    }

    fn until(what: &str, child: &mut Child, is_so: impl Fn() -> bool) -> bool {
        let end = Instant::now() + PATIENCE;
        loop {
            if is_so() {
                return true;
            }
            if child.try_wait().expect("it is a child").is_some() {
                return false;
            }
            assert!(Instant::now() < end, "expected the program {what}; it did not");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn get(&self, at: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, at).expect("the page is as long as that");
        u64::from_ne_bytes(bytes)
    }
}

fn put(page: &File, at: u64, time: Duration) {
    let ns = u64::try_from(time.as_nanos()).expect("a time of this century or the next");
    page.write_all_at(&ns.to_ne_bytes(), at).expect("the page can be written");
}

fn set(page: &File, now: Duration) {
    put(page, NOW, now);
    put(page, NOW + 8, now);
}
