//! Which files may be shown, as somebody else decides.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::Error;
use crate::scan::Found;
use mmstats_host::directory::Directory;

/// Decides whether a file may be shown, and says why if not.
pub type Guard<'a> = dyn FnMut(&Opened<'_>) -> Result<(), String> + 'a;

/// An open file, and the directory and name by which this poll found it. That name may be gone by now, or be
/// another file's.
#[derive(Debug)]
pub struct Opened<'a> {
    /// The file.
    pub file: &'a File,
    /// Its device's number and its own.
    pub inode: (u64, u64),
    /// The directory.
    pub directory: &'a Directory,
    /// The name.
    pub name: &'a OsStr,
}

/// Whom a poll asks, and whom it tells.
pub(super) struct Sink<'s, 'g, V> {
    pub(super) guard: Option<&'s mut Guard<'g>>,
    pub(super) visit: V,
}

impl<V> Sink<'_, '_, V> {
    /// Whether `file`, which is the inode `inode`, may be shown.
    pub(super) fn ask(&mut self, file: &File, inode: (u64, u64), source: &Source<'_>) -> Result<(), String> {
        match (&mut self.guard, source.place) {
            (Some(guard), Some((directory, name))) => guard(&Opened { file, inode, directory, name }),
            _ => Ok(()),
        }
    }

    /// Whether `file`, which was just opened, may be shown.
    pub(super) fn ask_of_new(
        &mut self,
        file: &File,
        source: &Source<'_>,
    ) -> Result<Result<(), String>, Error> {
        if self.guard.is_none() {
            return Ok(Ok(()));
        }
        let metadata = file.metadata().map_err(Error::Read)?;
        Ok(self.ask(file, (metadata.dev(), metadata.ino()), source))
    }
}

/// Where a file was found.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) is_named: bool,
    /// Nothing if it was not found in this poll.
    pub(super) place: Option<(&'a Directory, &'a OsStr)>,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a Path, found: &'a Found) -> Self {
        Self { path, is_named: found.is_named(), place: found.place(path) }
    }

    /// Whether the name is no longer that of the inode `inode`.
    pub(super) fn is_gone(&self, inode: (u64, u64)) -> bool {
        let Some((directory, name)) = self.place else { return true };
        match directory.stat(name) {
            Ok(found) => (found.st_dev, found.st_ino) != inode,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}
