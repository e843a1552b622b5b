//! A file that is being made: without a name where the system can, else with a name that is
//! random and hidden.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use mmstats_host::file_descriptor::open_at;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

use super::random;
use crate::platform::system;

/// A file that no reader sees yet.
pub(super) struct Draft<'a> {
    file: File,
    hidden: Option<HiddenName<'a>>,
}

/// The name of a file that is being made. Dropping it removes the name.
struct HiddenName<'a> {
    dir: &'a File,
    name: OsString,
}

impl<'a> Draft<'a> {
    /// Makes an empty file, readable and writable by its owner only, on the filesystem of `dir`.
    pub(super) fn create(dir: &'a File) -> io::Result<Self> {
        if let Some(file) = system::open_unnamed(dir)? {
            return Ok(Self { file, hidden: None });
        }
        loop {
            let name = hidden_name()?;
            let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
            match open_at(dir, name.as_os_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR) {
                Ok(file) => {
                    return Ok(Self { file, hidden: Some(HiddenName { dir, name }) });
                }
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// See [`system::leave_lock_to_mapping`].
    pub(super) fn leave_lock_to_mapping(self) -> io::Result<(Self, bool)> {
        let (file, holds_lock) = system::leave_lock_to_mapping(self.file)?;
        Ok((Self { file, hidden: self.hidden }, holds_lock))
    }

    /// Gives the file the name `name`, if nothing has it.
    pub(super) fn link(&self, dir: &File, name: &OsStr) -> nix::Result<()> {
        match &self.hidden {
            None => system::link_unnamed(&self.file, dir, name),
            Some(hidden) => {
                linkat(hidden.dir.as_fd(), hidden.name.as_os_str(), dir.as_fd(), name, AtFlags::empty())
            }
        }
    }

    /// Gives the file the name `name`, which something has: in one step, so that the name is never
    /// without a file.
    pub(super) fn replace(&self, dir: &File, name: &OsStr) -> io::Result<()> {
        loop {
            let hidden = hidden_name()?;
            match self.link(dir, &hidden) {
                Ok(()) => {}
                Err(Errno::EEXIST) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let renamed = renameat(dir.as_fd(), hidden.as_os_str(), dir.as_fd(), name);
            if renamed.is_err() {
                // It stays hidden if it cannot be removed.
                let _ = unlinkat(dir.as_fd(), hidden.as_os_str(), UnlinkatFlags::NoRemoveDir);
            }
            return Ok(renamed?);
        }
    }

    /// The file itself; a hidden name is removed.
    pub(super) fn into_file(self) -> File {
        self.file
    }
}

impl Drop for HiddenName<'_> {
    fn drop(&mut self) {
        // If it cannot be removed it stays hidden: readers pass over names that start with a dot.
        let _ = unlinkat(self.dir.as_fd(), self.name.as_os_str(), UnlinkatFlags::NoRemoveDir);
    }
}

/// A name for a file that readers pass over.
fn hidden_name() -> io::Result<OsString> {
    Ok(format!(".{}.new", random_name()?).into())
}

/// A name that nobody can foresee.
pub(super) fn random_name() -> io::Result<String> {
    Ok(format!("{:016x}", u64::from_ne_bytes(random()?)))
}
