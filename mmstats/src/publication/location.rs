//! Where a published file is.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mmstats_host::file_descriptor::open_at;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
use nix::sys::stat::{Mode, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::Identity;
use super::directory::Directory;
use super::kept_file::{KeptFile, keep_directory};

/// Where a published file is, and which one it is. Its functions allocate no memory: a lease may call them
/// in a signal handler.
#[derive(Debug)]
pub(super) struct Location {
    path: PathBuf,
    parent: CString,
    name: CString,
    directory: Identity,
    /// The root directory of this process when the file was published.
    root: Option<Identity>,
    /// The directory, unless the process could keep no more descriptors.
    kept_directory: Option<Arc<KeptFile>>,
    identity: Identity,
}

impl Location {
    /// That of the file `identity`, which is called `name` in `directory`.
    ///
    /// # Errors
    /// If a path has a NUL, which the system would have refused.
    pub(super) fn new(directory: &Directory, name: &str, identity: Identity) -> io::Result<Self> {
        Ok(Self {
            path: directory.path.join(name),
            parent: CString::new(directory.path.as_os_str().as_bytes())?,
            name: CString::new(name)?,
            directory: directory.identity,
            root: named(c"/").ok(),
            kept_directory: keep_directory(directory),
            identity,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether readers are known to find the file no longer: it was removed, or its directory was removed or
    /// moved. What the system does not tell, as after a change of the user, is not known.
    pub(super) fn is_lost(&self) -> bool {
        let is_named = self.below_directory(|directory, name| self.is_named(directory, name));
        matches!(is_named, Ok(None | Some(false))) || self.is_directory_moved()
    }

    /// Whether the path of the directory is known to lead elsewhere, or nowhere. After a `chroot` the path means
    /// something else, which says nothing of what readers find.
    fn is_directory_moved(&self) -> bool {
        if self.root.is_none() || named(c"/").ok() != self.root {
            return false;
        }
        match named(&self.parent) {
            Ok(found) => found != self.directory,
            Err(errno) => errno == Errno::ENOENT || errno == Errno::ENOTDIR,
        }
    }

    /// Removes the name, below the directory in which the file was published: another that stands
    /// at its path by now is left alone.
    ///
    /// The lock is held meanwhile, so nobody takes the file for a dead writer's.
    pub(super) fn remove(&self) -> io::Result<()> {
        let removed = self.below_directory(|directory, name| {
            if self.is_named(directory, name)? {
                unlinkat(directory, name, UnlinkatFlags::NoRemoveDir)?;
            }
            Ok(())
        });
        removed.map(Option::unwrap_or_default)
    }

    /// Opens the file for writing, if its name still is this file.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let opened = self.below_directory(|directory, name| {
            let file = open_at(directory, name, flags, Mode::empty())?;
            Ok((Identity::of(&file)? == self.identity).then_some(file))
        })?;
        opened.flatten().ok_or_else(|| Errno::ENOENT.into())
    }

    fn is_named(&self, directory: &File, name: &CStr) -> io::Result<bool> {
        match fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (self.identity.device, self.identity.inode)),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Does something with the directory of the file and the file's name in it. Nothing if the directory
    /// is to be found no more.
    fn below_directory<T>(&self, act: impl FnOnce(&File, &CStr) -> io::Result<T>) -> io::Result<Option<T>> {
        if let Some(directory) = self.kept_directory.as_ref().and_then(|kept| kept.file()) {
            return act(directory, &self.name).map(Some);
        }
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        match open_at(AT_FDCWD, self.parent.as_c_str(), flags, Mode::empty()) {
            Ok(directory) if Identity::of(&directory)? == self.directory => {
                act(&directory, &self.name).map(Some)
            }
            Ok(_) | Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// What has the name `path` now. A link is not followed.
fn named(path: &CStr) -> nix::Result<Identity> {
    let found = fstatat(AT_FDCWD, path, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    Ok(Identity { device: found.st_dev, inode: found.st_ino })
}
