//! The one rule by which files of dead writers are removed (FORMAT.md, "Removal").

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, fchown};
use std::time::{Duration, Instant};

use mmstats_format::header::FLAG_KEEP;
use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use crate::buffer::ReadError;
use crate::directory::is_sticky;
use crate::file::{OpenError, open_regular_at};
use crate::header::read_header;
use crate::liveness::{self, Liveness};
use crate::lock::{self, LockName};

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
    /// Its writer is dead, but asked to keep it.
    Kept,
    /// It is not an mmstats file.
    Foreign,
    /// Somebody else holds the directory's lock, or has squatted its name.
    Busy,
}

/// Why a file was not removed.
///
/// It does not name the file: callers report `cannot remove {path}: {error}`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemovalError {
    /// The file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system reported an error about the file's metadata or contents.
    #[error(transparent)]
    Read(io::Error),
    /// The lock of the file's directory could not be requested.
    #[error("cannot lock its directory: {0}")]
    Lock(#[source] io::Error),
    /// The system did not remove the file.
    #[error("cannot remove it: {0}")]
    Remove(#[source] io::Error),
}

/// The facts about a file's writer that decide whether the file may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Whether it is alive.
    pub liveness: Liveness,
    /// Whether it asked to keep the file after its death.
    pub is_kept: bool,
}

/// Returns the writer of a file, or `None` if it is not an mmstats file. [`remove_dead`] calls it once without the
/// directory's lock, and again under it.
pub type WriterOf<'a> = dyn Fn(&File) -> io::Result<Option<Writer>> + 'a;

/// The [`WriterOf`] for files of format 2. It returns `None` for files of format 1: only a parser of all their values,
/// which is in `mmstats-reader`, can find their writers.
///
/// # Errors
/// If the system does not answer.
pub fn writer_of_format_2(file: &File) -> io::Result<Option<Writer>> {
    match read_header(file) {
        Ok(header) => {
            let liveness = liveness::probe(file, &header)?;
            Ok(Some(Writer { liveness, is_kept: header.has_flags(FLAG_KEEP) }))
        }
        Err(ReadError::Parse(_)) => Ok(None),
        Err(ReadError::System(error)) => Err(error),
        Err(error @ ReadError::Memory { .. }) => Err(io::Error::new(io::ErrorKind::OutOfMemory, error)),
    }
}

/// Removes the file `name` below `dir` if `writer_of` says that its writer is dead. A file that its writer asked to
/// keep is removed only if `with_kept` is true.
///
/// Every remover takes the directory's lock and checks the file again under it. So a live file that has taken the
/// name of a dead one is not lost.
///
/// # Errors
/// If the system refuses.
pub fn remove_dead(
    dir: &File,
    name: &OsStr,
    with_kept: bool,
    writer_of: &WriterOf<'_>,
) -> Result<Removal, RemovalError> {
    // Without the lock at first: most files are alive, and need none.
    match look_for_dead(dir, name, with_kept, writer_of)? {
        Ok(candidate) => candidate.remove(dir, name, with_kept, writer_of),
        Err(left) => Ok(left),
    }
}

/// The file `name` below `dir`, if it may be removed, or why not.
fn look_for_dead(
    dir: &File,
    name: &OsStr,
    with_kept: bool,
    writer_of: &WriterOf<'_>,
) -> Result<Result<Candidate, Removal>, RemovalError> {
    let candidate = match Candidate::open(dir, name) {
        Ok(candidate) => candidate,
        Err(error) if error.is_not_found() => return Ok(Err(Removal::Missing)),
        Err(OpenError::NotRegular { .. }) => return Ok(Err(Removal::Foreign)),
        Err(error) => return Err(error.into()),
    };
    Ok(match writer_of(&candidate.file).map_err(RemovalError::Read)? {
        None => Err(Removal::Foreign),
        Some(Writer { liveness: Liveness::Dead, is_kept: true }) if !with_kept => Err(Removal::Kept),
        Some(Writer { liveness: Liveness::Dead, .. }) => Ok(candidate),
        Some(Writer { liveness, .. }) => Err(Removal::NotDead(liveness)),
    })
}

/// An open file that may be removed.
#[derive(Debug)]
pub struct Candidate {
    /// Open, so that its inode's number does not become another file's.
    file: File,
    metadata: Metadata,
}

impl Candidate {
    /// Opens the file `name` below `dir` for reading.
    ///
    /// # Errors
    /// If it is no regular file, cannot be opened, or is the lock of `dir`.
    pub fn open(dir: &File, name: &OsStr) -> Result<Self, OpenError> {
        if lock::is_lock_name(name) {
            return Err(OpenError::NotRegular { found: "directory's lock" });
        }
        let file = open_regular_at(dir, name)?;
        let metadata = file.metadata()?;
        Ok(Self { file, metadata })
    }

    /// The open file, from which its writer can be found.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Removes it by the rule of [`remove_dead`], if it is still the file `name` below `dir`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remove(
        &self,
        dir: &File,
        name: &OsStr,
        with_kept: bool,
        writer_of: &WriterOf<'_>,
    ) -> Result<Removal, RemovalError> {
        let owner = self.owner_if_removable(dir)?;
        let Some(_lock) = lock_directory(dir, owner)? else { return Ok(Removal::Busy) };
        // Somebody may have taken it over meanwhile.
        let candidate = match look_for_dead(dir, name, with_kept, writer_of)? {
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
            Err(errno) => Err(RemovalError::Remove(errno.into())),
        }
    }

    /// Its device's number and its own.
    fn inode(&self) -> (u64, u64) {
        (self.metadata.dev(), self.metadata.ino())
    }

    /// Its owner, if this user may remove it from `dir` as far as that is sticky: where not, no lock need be
    /// made.
    fn owner_if_removable(&self, dir: &File) -> Result<u32, RemovalError> {
        let dir = dir.metadata().map_err(RemovalError::Read)?;
        let user = geteuid();
        let owners = [dir.uid(), self.metadata.uid()];
        if !is_sticky(&dir) || user.is_root() || owners.contains(&user.as_raw()) {
            Ok(self.metadata.uid())
        } else {
            Err(RemovalError::Remove(Errno::EPERM.into()))
        }
    }

    /// Whether `name` below `dir` still is this file; `None` if there is none.
    fn is_still(&self, dir: &File, name: &OsStr) -> Result<Option<bool>, RemovalError> {
        match fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(named) => Ok(Some((named.st_dev, named.st_ino) == self.inode())),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(RemovalError::Read(errno.into())),
        }
    }
}

/// The lock of a directory. Until it is dropped, nobody else removes a file there by this rule.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

/// Takes the lock of the directory `dir` for files of the user `uid`; `None` if somebody else holds it,
/// or has squatted its name.
///
/// # Errors
/// If the system refuses.
pub fn lock_directory(dir: &File, uid: u32) -> Result<Option<DirectoryLock>, RemovalError> {
    let owner = dir.metadata().map_err(RemovalError::Lock)?;
    let lock = LockName::of(&owner, uid);
    let opened = lock::open_lock_file(dir, &lock).map_err(RemovalError::Lock)?;
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
        return Err(RemovalError::Lock(error));
    }
    let start = Instant::now();
    loop {
        if lock::try_write_lock(&file).map_err(RemovalError::Lock)? {
            return Ok(Some(DirectoryLock { _file: file }));
        }
        if start.elapsed() >= LOCK_TIME {
            return Ok(None);
        }
        std::thread::sleep(LOCK_RETRY);
    }
}
