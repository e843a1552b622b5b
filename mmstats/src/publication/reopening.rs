//! Opens a published file again, where a slot cannot be allocated through the mapping alone: before
//! Linux 5.14, and on other systems.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mmstats_reader::descriptor::open_at;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;

use super::Identity;

/// Where a published file is, and which one it is. Opening it allocates no memory.
pub(super) struct FilePath {
    path: CString,
    identity: Identity,
}

impl FilePath {
    /// `None` if `path` has a NUL, which no path has.
    pub(super) fn new(path: &Path, identity: Identity) -> Option<Self> {
        Some(Self { path: CString::new(path.as_os_str().as_bytes()).ok()?, identity })
    }

    /// Opens the file for writing, if its name still is this file.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let file = open_at(AT_FDCWD, self.path.as_c_str(), flags, Mode::empty())?;
        if Identity::of(&file)? == self.identity { Ok(file) } else { Err(Errno::ENOENT.into()) }
    }
}
