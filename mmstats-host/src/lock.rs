//! Locks that show that a writer lives, and that keep removers apart (FORMAT.md, "Liveness" and
//! "Removal").
//!
//! On Linux these are open-file-description locks. A reader's own descriptor cannot take a write
//! lock on a file that it may only read, so no stranger can make a dead writer look alive. Other
//! systems have flock, which is weaker: any reader can take it.

#[cfg(all(target_os = "linux", not(mmstats_platform = "unix")))]
pub(crate) use linux::open_lock_file;
#[cfg(all(target_os = "linux", not(mmstats_platform = "unix")))]
pub use linux::{is_write_locked, try_write_lock};
#[cfg(not(all(target_os = "linux", not(mmstats_platform = "unix"))))]
pub(crate) use other::open_lock_file;
#[cfg(not(all(target_os = "linux", not(mmstats_platform = "unix"))))]
pub use other::{is_write_locked, try_write_lock};

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use crate::directory::is_sticky;
use crate::file_descriptor::open_at;

/// The name of the file below a directory that removers lock.
const LOCK_NAME: &str = ".lock";

/// The mode of that file.
const LOCK_MODE: u32 = 0o600;

/// Whether `name` is that of a lock.
pub(crate) fn is_lock_name(name: &OsStr) -> bool {
    name.as_bytes()
        .strip_prefix(LOCK_NAME.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-"))
}

/// The lock of a user's files in a directory.
#[derive(Debug)]
pub(crate) struct LockName {
    /// Its name below the directory.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) uid: u32,
}

impl LockName {
    /// The lock under which files of the user `uid` are removed from the directory that `dir` is. In one
    /// that is sticky, where each removes their own, it is the user's; else the directory's owner's.
    pub(crate) fn of(dir: &Metadata, uid: u32) -> Self {
        if !is_sticky(dir) || uid == dir.uid() {
            Self { name: LOCK_NAME.to_owned(), uid: dir.uid() }
        } else {
            Self { name: format!("{LOCK_NAME}-{uid}"), uid }
        }
    }

    /// Whether this process may make the file: another's would keep its owner from the lock.
    fn may_make(&self) -> bool {
        let user = geteuid();
        user.is_root() || user.as_raw() == self.uid
    }

    /// Makes the file and opens it with `flags`, for its owner only and whatever the umask is. Nothing if
    /// something has its name, or this process may not make it.
    fn make(&self, dir: &File, flags: OFlag) -> io::Result<Option<File>> {
        if !self.may_make() {
            return Ok(None);
        }
        let flags = flags | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
        match open_at(dir, self.name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(file) => {
                if file.metadata()?.mode() & LOCK_MODE != LOCK_MODE {
                    file.set_permissions(Permissions::from_mode(LOCK_MODE))?;
                }
                Ok(Some(file))
            }
            Err(Errno::EEXIST) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether the lock file that `file` opened is one to rely on: an empty regular file with one name, of
    /// its user, root or this user, and closed to all others.
    ///
    /// That it is closed to others and empty is what a stranger cannot get round. The system lets them link
    /// only what they may write (`fs.protected_hardlinks`), so that they give this name to no file of another
    /// user's that is closed to them; and where it lets them link any file, there is nothing in this one to
    /// lose. The count of names alone would not do: they can link a file, and take the link away again just
    /// before it is counted.
    fn is_trusted(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let owners = [self.uid, 0, geteuid().as_raw()];
        let is_closed = metadata.mode() & 0o7077 == 0;
        let is_sole = metadata.is_file() && metadata.nlink() == 1 && metadata.len() == 0;
        Ok(is_sole && is_closed && owners.contains(&metadata.uid()))
    }
}

#[cfg(all(target_os = "linux", not(mmstats_platform = "unix")))]
mod linux {
    use std::fs::{File, Permissions};
    use std::io;
    use std::os::fd::{AsFd, AsRawFd};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use nix::errno::Errno;
    use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag, fcntl};
    use nix::libc;
    use nix::sys::stat::Mode;
    use nix::unistd::geteuid;

    use super::{LOCK_MODE, LockName};
    use crate::file_descriptor::open_at;

    /// Whether some open file description holds a write lock on `file`.
    ///
    /// # Errors
    /// If the filesystem has no locks.
    pub fn is_write_locked(file: &File) -> io::Result<bool> {
        // A read lock would be granted beside other read locks, so only a write lock conflicts.
        let mut lock = whole_file(libc::F_RDLCK);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
        Ok(i32::from(lock.l_type) != libc::F_UNLCK)
    }

    /// Takes a write lock on `file` if nobody has one.
    ///
    /// # Errors
    /// If the filesystem has no locks.
    pub fn try_write_lock(file: &File) -> io::Result<bool> {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_WRLCK))) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn whole_file(kind: i32) -> libc::flock {
        libc::flock {
            l_type: libc::c_short::try_from(kind).unwrap_or_default(),
            l_whence: 0,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        }
    }

    /// Opens the lock file below `dir` for writing, making it if there is none, and says whether it
    /// was made; `None` if what has its name is not to be trusted.
    ///
    /// What stands there is looked at through a descriptor that cannot read or write, and the
    /// same inode is then opened, so that nothing else is ever opened for writing.
    pub(crate) fn open_lock_file(dir: &File, lock: &LockName) -> io::Result<Option<(File, bool)>> {
        if let Some(file) = lock.make(dir, OFlag::O_RDWR)? {
            return Ok(Some((file, true)));
        }
        let probe = OFlag::O_PATH | OFlag::O_NOFOLLOW;
        let found = match open_at(dir.as_fd(), lock.name.as_str(), probe, Mode::empty()) {
            Ok(found) => found,
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        if !lock.is_trusted(&found)? {
            return Ok(None);
        }
        let path = format!("/proc/self/fd/{}", found.as_raw_fd());
        let metadata = found.metadata()?;
        if metadata.uid() == geteuid().as_raw() && metadata.mode() & LOCK_MODE != LOCK_MODE {
            // Made by a program that was killed, or has not come to it yet, before it set the mode.
            std::fs::set_permissions(&path, Permissions::from_mode(LOCK_MODE))?;
        }
        let open = OFlag::O_RDWR | OFlag::O_NONBLOCK;
        match open_at(AT_FDCWD, path.as_str(), open, Mode::empty()) {
            Ok(file) => Ok(Some((file, false))),
            // Its owner holds a lease on it, for which others would have to wait.
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(not(all(target_os = "linux", not(mmstats_platform = "unix"))))]
mod other {
    use std::fs::{File, TryLockError};
    use std::io;
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;

    use super::LockName;
    use crate::file_descriptor::open_at;

    /// Whether some open file holds an exclusive flock on `file`.
    ///
    /// # Errors
    /// If the filesystem has no locks.
    pub fn is_write_locked(file: &File) -> io::Result<bool> {
        match file.try_lock_shared() {
            Ok(()) => file.unlock().map(|()| false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes an exclusive flock on `file` if nobody has one.
    ///
    /// # Errors
    /// If the filesystem has no locks.
    pub fn try_write_lock(file: &File) -> io::Result<bool> {
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens the lock file below `dir`, making it if there is none, and says whether it was made;
    /// `None` if what has its name is not to be trusted. flock needs no descriptor that can write.
    pub(crate) fn open_lock_file(dir: &File, lock: &LockName) -> io::Result<Option<(File, bool)>> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        if let Some(file) = lock.make(dir, flags)? {
            return Ok(Some((file, true)));
        }
        let found = match open_at(dir.as_fd(), lock.name.as_str(), flags, Mode::empty()) {
            Ok(found) => found,
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        Ok(lock.is_trusted(&found)?.then_some((found, false)))
    }
}
