//! Opens files at numbers from 3 on.
//!
//! A program that has closed its standard streams goes on to read from 0 and to print to 1 and 2. The
//! system gives a new descriptor the lowest free number, so a file that is opened then would be read as
//! the program's input and be overwritten by its output. Everything that mmstats opens therefore passes
//! through this module, descriptors that are closed again at once included: another thread may print
//! meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, TryLockError};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::{NixPath, Result};

/// The lowest number that is no standard stream's.
const FIRST: i32 = 3;

/// With `O_PATH` a placeholder can be neither read nor written: to the program its number still is one
/// of a closed stream (`EBADF`).
#[cfg(target_os = "linux")]
const PLACEHOLDER: OFlag = OFlag::O_PATH.union(OFlag::O_CLOEXEC);
/// A directory can be neither read nor written as a file.
#[cfg(not(target_os = "linux"))]
const PLACEHOLDER: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

/// Runs `open`, which opens files, so that they get numbers from 3 on: placeholders occupy the free
/// numbers below 3 until it returns. Do not call this within `open`: it would wait in vain for a moment.
///
/// Why no file can get a lower number: each number below 3 is open, by the program or by a placeholder of
/// this call, when `open` runs. Placeholders of other threads do not count, since one thread at a time is
/// here. The exception is a program that closes one of these numbers in another thread while this runs: then
/// a file can have that number until [`open_at`] moves it.
pub fn above_standard<T>(open: impl FnOnce() -> T) -> T {
    // Released last: no other thread of mmstats takes a number for occupied that is about to be free.
    let _turn = turn();
    let _placeholders = occupy();
    open()
}

/// `openat`, at a number from 3 on, and closed in programs that this one executes.
///
/// # Errors
/// If the system refuses.
pub fn open_at(dir: impl AsFd, path: &(impl NixPath + ?Sized), flags: OFlag, mode: Mode) -> Result<File> {
    let file: File = above_standard(|| openat(dir, path, flags | OFlag::O_CLOEXEC, mode))?.into();
    if file.as_raw_fd() >= FIRST {
        return Ok(file);
    }
    // The program has closed this number just now. What it prints next shall not go here: a duplicate
    // gets a number from 3 on (`F_DUPFD_CLOEXEC`), and refers to the same open file and its locks.
    file.try_clone().map_err(errno)
}

fn errno(error: io::Error) -> Errno {
    Errno::try_from(error).unwrap_or(Errno::UnknownErrno)
}

/// Opens what is below [`FIRST`] and free. The last one is above, or has the highest number below.
fn occupy() -> [Option<OwnedFd>; FIRST as usize] {
    let mut placeholders = [const { None }; FIRST as usize];
    for placeholder in &mut placeholders {
        match open("/", PLACEHOLDER, Mode::empty()) {
            Ok(descriptor) if descriptor.as_raw_fd() < FIRST => *placeholder = Some(descriptor),
            // Also if the process may open no more: then `open` is told the same.
            _ => break,
        }
    }
    placeholders
}

/// Waits until no other thread of mmstats has placeholders: theirs would keep this one from having its
/// own, and be gone before its file is open.
///
/// Not for ever: the other thread may wait for a slow filesystem, may have been interrupted by a signal
/// whose handler is here, or is not there, in the child of a fork.
fn turn() -> Option<MutexGuard<'static, ()>> {
    const ATTEMPTS: u32 = 1000;
    static TURN: Mutex<()> = Mutex::new(());
    for _ in 0..ATTEMPTS {
        match TURN.try_lock() {
            Ok(turn) => return Some(turn),
            Err(TryLockError::Poisoned(turn)) => return Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}
