//! The one rule by which files of dead writers are removed (FORMAT.md, "Removal").

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mmstats_format::header::FLAG_KEEP;
use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use crate::buffer::AlignedBuffer;
use crate::error::Error;
use crate::reader::Reader;
use crate::{v1, v2};
use mmstats_host::directory::is_sticky;
use mmstats_host::file::{OpenError, open_regular_at};
use mmstats_host::liveness::{self, Liveness};
use mmstats_host::lock::{self, LockName};

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
    /// It is not an mmstats file.
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
    match look_for_dead(dir, name, with_kept)? {
        Ok(candidate) => candidate.remove(dir, name, with_kept),
        Err(left) => Ok(left),
    }
}

/// The file `name` below `dir`, if it may be removed, or why not.
fn look_for_dead(dir: &File, name: &OsStr, with_kept: bool) -> Result<Result<Candidate, Removal>, Error> {
    let candidate = match Candidate::look(dir, name) {
        Ok(candidate) => candidate,
        Err(Error::Open(error)) if error.is_not_found() => return Ok(Err(Removal::Missing)),
        Err(Error::Open(OpenError::NotRegular { .. }) | Error::Parse(_)) => return Ok(Err(Removal::Foreign)),
        Err(error) => return Err(error),
    };
    Ok(match candidate.liveness {
        Liveness::Dead if candidate.is_kept && !with_kept => Err(Removal::Kept),
        Liveness::Dead => Ok(candidate),
        other => Err(Removal::NotDead(other)),
    })
}

/// A file that somebody may want to remove, as one look found it.
#[derive(Debug)]
pub struct Candidate {
    /// Open, so that its inode's number does not become another file's.
    file: File,
    metadata: Metadata,
    format: u8,
    pid: Option<u64>,
    liveness: Liveness,
    is_kept: bool,
}

impl Candidate {
    /// Looks at the file `name` below `dir`, and changes nothing.
    ///
    /// # Errors
    /// If it is no regular file of statistics, cannot be read, or is the lock of `dir`.
    pub fn look(dir: &File, name: &OsStr) -> Result<Self, Error> {
        if lock::is_lock_name(name) {
            return Err(OpenError::NotRegular { found: "directory's lock" }.into());
        }
        let file = open_regular_at(dir, name)?;
        let metadata = file.metadata().map_err(Error::Read)?;
        if is_format_1(&file, metadata.len())? {
            let contents = v1::Contents::read(&file)?;
            if let Some(problem) = contents.problem() {
                return Err((*problem).into());
            }
            let (pid, created) = contents.writer();
            let liveness = liveness::probe_maker(&file, pid, created).map_err(Error::Read)?;
            return Ok(Self { file, metadata, format: v1::FORMAT, pid, liveness, is_kept: false });
        }
        let header = crate::read_header(&file)?;
        Ok(Self {
            liveness: liveness::probe(&file, &header).map_err(Error::Read)?,
            file,
            metadata,
            format: v2::FORMAT,
            pid: Some(header.pid.get().into()),
            is_kept: header.has_flags(FLAG_KEEP),
        })
    }

    /// The version of its format.
    pub fn format(&self) -> u8 {
        self.format
    }

    /// The id of the process that wrote it, in that one's own namespace; format 1 may not say it.
    pub fn pid(&self) -> Option<u64> {
        self.pid
    }

    /// Whether its writer lives. That of a file of format 1 is dead only if no process of this
    /// machine can be it; a [`Reader`] guesses it.
    pub fn liveness(&self) -> Liveness {
        self.liveness
    }

    /// Whether its writer wished it to be kept.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// What reads it, by the name `path`, from the descriptor by which it was looked at.
    ///
    /// # Errors
    /// If it is not an mmstats file.
    pub fn reader(&self, path: impl Into<PathBuf>) -> Result<Reader, Error> {
        Reader::new(path.into(), self.file.try_clone().map_err(Error::Read)?)
    }

    /// Removes it, if it still is the file `name` below `dir`, by the same rule as [`remove_dead`].
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remove(&self, dir: &File, name: &OsStr, with_kept: bool) -> Result<Removal, Error> {
        let owner = self.owner_if_removable(dir)?;
        let Some(_lock) = lock_directory(dir, owner)? else { return Ok(Removal::Busy) };
        // Somebody may have taken it over meanwhile.
        let candidate = match look_for_dead(dir, name, with_kept)? {
            Ok(candidate) => candidate,
            Err(left) => return Ok(left),
        };
        if candidate.inode() != self.inode() {
            return Ok(Removal::Missing);
        }
        match candidate.is_still(dir, name)? {
            Some(true) => {}
            Some(false) => return Ok(Removal::NotDead(Liveness::Unknown)),
            None => return Ok(Removal::Missing),
        }
        match unlinkat(dir.as_fd(), name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => Ok(Removal::Removed),
            Err(Errno::ENOENT) => Ok(Removal::Missing),
            Err(errno) => Err(Error::Remove(errno.into())),
        }
    }

    /// Its device's number and its own.
    fn inode(&self) -> (u64, u64) {
        (self.metadata.dev(), self.metadata.ino())
    }

    /// Its owner, if this user may remove it from `dir` as far as that is sticky: where not, no lock need be
    /// made.
    fn owner_if_removable(&self, dir: &File) -> Result<u32, Error> {
        let dir = dir.metadata().map_err(Error::Read)?;
        let user = geteuid();
        let owners = [dir.uid(), self.metadata.uid()];
        if !is_sticky(&dir) || user.is_root() || owners.contains(&user.as_raw()) {
            Ok(self.metadata.uid())
        } else {
            Err(Error::Remove(Errno::EPERM.into()))
        }
    }

    /// Whether `name` below `dir` still is this file; `None` if there is none.
    fn is_still(&self, dir: &File, name: &OsStr) -> Result<Option<bool>, Error> {
        match fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(named) => Ok(Some((named.st_dev, named.st_ino) == self.inode())),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::Read(errno.into())),
        }
    }
}

/// Whether `file`, of `len` bytes, is one of format 1, if it is one of statistics.
fn is_format_1(file: &File, len: u64) -> Result<bool, Error> {
    Ok(len > 0 && AlignedBuffer::default().read(file, 0, 1)?.first() == Some(&v1::FORMAT))
}

/// The lock of a directory: nobody else removes a file there by this rule until it is dropped.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

/// Takes the lock of the directory `dir` for files of the user `uid`; `None` if somebody else holds it,
/// or has squatted its name.
///
/// # Errors
/// If the system refuses.
pub fn lock_directory(dir: &File, uid: u32) -> Result<Option<DirectoryLock>, Error> {
    let owner = dir.metadata().map_err(Error::Lock)?;
    let lock = LockName::of(&owner, uid);
    let opened = lock::open_lock_file(dir, &lock).map_err(Error::Lock)?;
    let Some((file, is_new)) = opened else { return Ok(None) };
    // Root leaves nothing of root's in a user's directory: its owner could not open it. What root did
    // not make just now may be any file of root's that the owner gave this name.
    if is_new
        && geteuid().is_root()
        && lock.uid != 0
        && let Err(error) = fchown(&file, Some(lock.uid), (lock.uid == owner.uid()).then_some(owner.gid()))
    {
        // What cannot be given away does not stay; if it stays all the same, the error below says so.
        let _ = unlinkat(dir.as_fd(), lock.name.as_str(), UnlinkatFlags::NoRemoveDir);
        return Err(Error::Lock(error));
    }
    let start = Instant::now();
    loop {
        if lock::try_write_lock(&file).map_err(Error::Lock)? {
            return Ok(Some(DirectoryLock { _file: file }));
        }
        if start.elapsed() >= LOCK_TIME {
            return Ok(None);
        }
        std::thread::sleep(LOCK_RETRY);
    }
}
