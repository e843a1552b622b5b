//! A clock that a test sets, for programs that it starts.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::preload;

/// The wall clock of the programs that [`Clock::give_to`] gives it to. The machine's stays as it is.
#[derive(Debug)]
pub struct Clock {
    directory: TempDir,
    library: PathBuf,
}

/// Where the library looks by how many seconds its clock was set.
const VARIABLE: &str = "MMSTATS_TEST_CLOCK";

/// Everything that asks for the time does so by this function of the C library.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("MMSTATS_TEST_CLOCK");
    char text[32] = {0};
    int file = clock == CLOCK_REALTIME && path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) > 0) time->tv_sec += atol(text);
        close(file);
    }
    return result;
}
"#;

impl Clock {
    /// A clock that is right.
    ///
    /// # Panics
    /// If that cannot be made.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is a directory for temporary files");
        let library = preload::make(directory.path(), "clock", LIBRARY);
        let clock = Self { directory, library };
        clock.set(0);
        clock
    }

    /// Sets the clock to so many seconds after the right time.
    ///
    /// # Panics
    /// If the directory is gone.
    pub fn set(&self, seconds: i64) {
        // In one step, as clocks are set: a reader must not find the file empty.
        let draft = self.directory.path().join("draft");
        fs::write(&draft, seconds.to_string()).expect("the directory is there");
        fs::rename(draft, self.offset()).expect("the directory is there");
    }

    /// Lets `command` have this clock.
    pub fn give_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", &self.library).env(VARIABLE, self.offset())
    }

    fn offset(&self) -> PathBuf {
        self.directory.path().join("offset")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
