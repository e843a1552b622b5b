//! The one rule by which files of dead writers are removed (FORMAT.md, "Removal").

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, fchown};
use std::time::{Duration, Instant};

use mmstats_format::header::FLAG_KEEP;
use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use crate::error::Error;
use crate::file::{OpenError, open_regular_at};
use crate::liveness::{self, Liveness};
use crate::lock;

/// How long to try for the directory's lock.
const LOCK_TIME: Duration = Duration::from_millis(100);
const LOCK_RETRY: Duration = Duration::from_millis(1);

/// What became of a file that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// There was no file of that name any more.
    Missing,
    /// Its writer is not known to be dead.
    NotDead(Liveness),
    /// Its writer is dead, but wished it to be kept.
    Kept,
    /// It is not an mmstats file of format 2.
    Foreign,
    /// Somebody else holds the directory's lock, or has squatted its name.
    Busy,
}

/// Removes the file `name` below `dir` if its writer is dead; one that its writer wished to be
/// kept only `with_kept`.
///
/// All who remove do it under the directory's lock and look once more before they do, so that a
/// live file that took a dead one's name is not lost.
///
/// # Errors
/// If the system refuses.
pub fn remove_dead(dir: &File, name: &OsStr, with_kept: bool) -> Result<Removal, Error> {
    // Without the lock at first: most files are alive, and need none.
    match look(dir, name, with_kept)? {
        Ok(_) => {}
        Err(kept) => return Ok(kept),
    }
    let Some(_lock) = lock_directory(dir)? else { return Ok(Removal::Busy) };
    let file = match look(dir, name, with_kept)? {
        Ok(file) => file,
        Err(kept) => return Ok(kept),
    };
    let metadata = file.metadata().map_err(Error::Read)?;
    let named = match fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(named) => named,
        Err(Errno::ENOENT) => return Ok(Removal::Missing),
        Err(errno) => return Err(Error::Read(errno.into())),
    };
    if (named.st_dev, named.st_ino) != (metadata.dev(), metadata.ino()) {
        return Ok(Removal::NotDead(Liveness::Unknown));
    }
    match unlinkat(dir.as_fd(), name, UnlinkatFlags::NoRemoveDir) {
        Ok(()) => Ok(Removal::Removed),
        Err(Errno::ENOENT) => Ok(Removal::Missing),
        Err(errno) => Err(Error::Remove(errno.into())),
    }
}

/// The file `name` below `dir`, if it may be removed, or why not.
fn look(dir: &File, name: &OsStr, with_kept: bool) -> Result<Result<File, Removal>, Error> {
    let file = match open_regular_at(dir, name) {
        Ok(file) => file,
        Err(error) if error.is_not_found() => return Ok(Err(Removal::Missing)),
        Err(OpenError::NotRegular { .. }) => return Ok(Err(Removal::Foreign)),
        Err(error) => return Err(error.into()),
    };
    let header = match crate::read_header(&file) {
        Ok(header) => header,
        Err(Error::Parse(_)) => return Ok(Err(Removal::Foreign)),
        Err(error) => return Err(error),
    };
    match liveness::probe(&file, &header).map_err(Error::Read)? {
        Liveness::Dead if header.has_flags(FLAG_KEEP) && !with_kept => Ok(Err(Removal::Kept)),
        Liveness::Dead => Ok(Ok(file)),
        other => Ok(Err(Removal::NotDead(other))),
    }
}

/// Takes the lock of the directory `dir`, until the file returned is closed; `None` if somebody
/// else holds it.
pub fn lock_directory(dir: &File) -> Result<Option<File>, Error> {
    let owner = dir.metadata().map_err(Error::Lock)?;
    let opened = lock::open_lock_file(dir, owner.uid()).map_err(Error::Lock)?;
    let Some((file, is_new)) = opened else { return Ok(None) };
    // Root leaves nothing of root's in a user's directory: its owner could not open it. What root did
    // not make just now may be any file of root's that the owner gave this name.
    if is_new && geteuid().is_root() && owner.uid() != 0 {
        fchown(&file, Some(owner.uid()), Some(owner.gid())).map_err(Error::Lock)?;
    }
    let start = Instant::now();
    loop {
        if lock::try_write_lock(&file).map_err(Error::Lock)? {
            return Ok(Some(file));
        }
        if start.elapsed() >= LOCK_TIME {
            return Ok(None);
        }
        std::thread::sleep(LOCK_RETRY);
    }
}
