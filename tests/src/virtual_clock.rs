//! A clock that stands still until a test sets it, for programs that the test starts.
//!
//! The intervals, rates and ages that such a program shows are exact, because no time passes while it runs. A program
//! that waits reports until when, so the test knows when it has done everything that was due.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::preload;

/// The environment variable with the path of the clock.
const VARIABLE: &str = "MMSTATS_TEST_VIRTUAL_CLOCK";
/// Offsets of what the program reads: the time since boot, twice, and the time of the boot.
const NOW: u64 = 0;
const BOOT: u64 = 16;
/// Offsets of what the program writes: until when it waits, how often it began to wait, and how many bytes it wrote to
/// standard output.
const UNTIL: u64 = 24;
const WAITS: u64 = 32;
const WRITTEN: u64 = 40;
const PAGE_LEN: u64 = 4096;

/// How long a test waits before it gives up: a little less than its time limit.
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

/// What a program with a [`VirtualClock`] has done.
#[derive(Debug)]
pub struct Waiting(File);

impl VirtualClock {
    /// The clock of a machine that booted `boot` after 1970-01-01 UTC, and has been running for `now`.
    ///
    /// # Panics
    /// If its library cannot be made.
    pub fn new(boot: Duration, now: Duration) -> Self {
        let directory = tempfile::tempdir().expect("there is a directory for temporary files");
        let library = preload::make(directory.path(), "virtual_clock", include_str!("virtual_clock.c"));
        Self { directory, library, boot, now, programs: Vec::new() }
    }

    /// Makes `command` run with this clock. Call this only once for each program.
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

    /// Sets the time since boot to `now` for all programs.
    pub fn set(&mut self, now: Duration) {
        self.now = now;
        for page in &self.programs {
            set(page, now);
        }
    }
}

impl Waiting {
    /// Waits until the program `child` has done everything that was due at the time of its clock and waits for a later
    /// time, or has ended. Returns whether it is still running.
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

    /// Waits until the program `child` has begun to wait more than `count` times, or has ended. Returns whether
    /// it is still running.
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
