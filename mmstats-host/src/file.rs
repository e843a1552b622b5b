//! Opens files that anyone may have put there.

use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;

use crate::file_descriptor::open_at;

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not a regular file.
    #[error("expected a regular file, found a {found}")]
    NotRegular {
        /// What it is.
        found: &'static str,
    },
    /// The system said so.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl OpenError {
    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Opens the regular file at `path` for reading. Does not follow a link, wait for a FIFO's
/// writer, or take a terminal.
///
/// # Errors
/// If it is something else than a regular file, or cannot be opened.
pub fn open_regular(path: &Path) -> Result<File, OpenError> {
    open_regular_at(AT_FDCWD, path.as_os_str())
}

/// Opens the regular file `name` below the directory `dir` for reading, as [`open_regular`].
///
/// # Errors
/// If it is something else than a regular file, or cannot be opened.
pub fn open_regular_at(dir: impl AsFd, name: &OsStr) -> Result<File, OpenError> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = match open_at(dir, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::ELOOP) => return Err(OpenError::NotRegular { found: "symbolic link" }),
        // A socket, or a device without a driver.
        Err(Errno::ENXIO | Errno::ENODEV) => return Err(OpenError::NotRegular { found: "socket or device" }),
        Err(errno) => return Err(io::Error::from(errno).into()),
    };
    match regular(&file.metadata()?) {
        Ok(()) => Ok(file),
        Err(found) => Err(OpenError::NotRegular { found }),
    }
}

/// Whether `metadata` is that of a regular file; if not, of what.
fn regular(metadata: &Metadata) -> Result<(), &'static str> {
    let kind: FileType = metadata.file_type();
    if kind.is_file() {
        Ok(())
    } else if kind.is_dir() {
        Err("directory")
    } else if kind.is_fifo() {
        Err("FIFO")
    } else if kind.is_char_device() || kind.is_block_device() {
        Err("device")
    } else if kind.is_symlink() {
        Err("symbolic link")
    } else {
        Err("socket or something else")
    }
}
