//! Directories: each is opened once, so that what is done below it stays below it, whatever takes its path.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::dir::Dir;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;

use crate::file_descriptor::open_at;

const FLAGS: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY);

/// Opens the directory that somebody named `path`, or that a link of that name leads to.
///
/// # Errors
/// If it is no directory, or cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    Ok(open_at(AT_FDCWD, path, FLAGS, Mode::empty())?)
}

/// Opens the directory `path`, which nobody named: not what a link leads to.
///
/// # Errors
/// If it is no directory, or cannot be opened.
pub fn open_found(path: &Path) -> io::Result<File> {
    Ok(open_at(AT_FDCWD, path, FLAGS | OFlag::O_NOFOLLOW, Mode::empty())?)
}

/// Whether in the directory of `metadata` each may remove or replace only their own files.
pub fn is_sticky(metadata: &Metadata) -> bool {
    metadata.mode() & 0o1000 != 0
}

/// The names of all that is in the directory `dir`.
///
/// # Errors
/// If they cannot be read.
pub fn names(dir: &File) -> io::Result<Vec<OsString>> {
    // A descriptor has one place at which reading goes on, which its copies share. The number of a copy
    // is from 3 on.
    let mut copy = dir.try_clone()?;
    copy.rewind()?;
    let mut names = Vec::new();
    for entry in Dir::from_fd(copy.into())? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}
