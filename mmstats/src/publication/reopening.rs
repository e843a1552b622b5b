//! Opens a published file again, where a slot cannot be allocated through the mapping alone: before
//! Linux 5.14, and on other systems.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use mmstats_reader::file_descriptor::open_at;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;

use super::Identity;
use super::kept_file::KeptFile;

/// Where a published file is, and which one it is. Opening it allocates no memory.
pub(super) struct FilePlace {
    directory: Option<Arc<KeptFile>>,
    /// In the directory.
    name: CString,
    path: CString,
    identity: Identity,
}

impl FilePlace {
    /// `None` if `path` is that of no file.
    pub(super) fn new(directory: Option<Arc<KeptFile>>, path: &Path, identity: Identity) -> Option<Self> {
        let name = CString::new(path.file_name()?.as_bytes()).ok()?;
        Some(Self { directory, name, path: CString::new(path.as_os_str().as_bytes()).ok()?, identity })
    }

    /// Opens the file for writing, if its name still is this file.
    pub(super) fn open(&self) -> io::Result<File> {
        let file = match self.directory.as_ref().and_then(|kept| kept.file()) {
            Some(directory) => open(directory, &self.name),
            None => open(AT_FDCWD, &self.path),
        }?;
        if Identity::of(&file)? == self.identity { Ok(file) } else { Err(Errno::ENOENT.into()) }
    }
}

fn open(directory: impl std::os::fd::AsFd, path: &CStr) -> nix::Result<File> {
    open_at(directory, path, OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK, Mode::empty())
}
