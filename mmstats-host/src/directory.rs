//! Directories. Each is opened once, and files are opened relative to it, also if something else takes its path later.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Seek};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};

use crate::file::{OpenError, open_regular_at};
use crate::file_descriptor::open_at;

const FLAGS: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY);

/// For a directory that is not listed: its names may be hidden from this user.
#[cfg(target_os = "linux")]
const SEARCH: OFlag = FLAGS.union(OFlag::O_PATH);
#[cfg(not(target_os = "linux"))]
const SEARCH: OFlag = FLAGS;

/// Whether a link that has the last name of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A link is followed, because the user named the path.
    Followed,
    /// A link is not followed: the path was found, and anyone may have made the link.
    NotFollowed,
}

/// An open directory.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    file: File,
}

impl Directory {
    /// Opens the directory at `path`.
    ///
    /// # Errors
    /// If it is no directory, or cannot be opened.
    pub fn open(path: &Path, links: Links) -> io::Result<Self> {
        Self::open_with(FLAGS, path, links)
    }

    /// Opens the directory at `path` to open files below it by their names. The directory need not be readable, and
    /// cannot be listed. The empty path means the current directory.
    ///
    /// # Errors
    /// If it is no directory, or cannot be opened.
    pub fn open_for_search(path: &Path, links: Links) -> io::Result<Self> {
        let opened = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Ok(Self { path: path.to_owned(), ..Self::open_with(SEARCH, opened, links)? })
    }

    fn open_with(flags: OFlag, path: &Path, links: Links) -> io::Result<Self> {
        let opened = match links {
            Links::Followed => open_at(AT_FDCWD, path, flags, Mode::empty()),
            Links::NotFollowed => {
                // Without a trailing slash, behind which a link would be followed.
                let path: PathBuf = path.components().collect();
                open_at(AT_FDCWD, &path, flags | OFlag::O_NOFOLLOW, Mode::empty())
            }
        };
        Ok(Self { path: path.to_owned(), file: opened? })
    }

    /// Opens the directory at `path`; `None` if something else is there, or nothing.
    ///
    /// # Errors
    /// If there is a directory that cannot be opened.
    pub fn find(path: &Path, links: Links) -> io::Result<Option<Self>> {
        match Self::open(path, links) {
            Ok(directory) => Ok(Some(directory)),
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Opens the directory `name` below this one. Does not follow a link.
    ///
    /// # Errors
    /// If it is no directory, or cannot be opened.
    pub fn open_below(&self, name: &OsStr) -> io::Result<Self> {
        let file = open_at(self, name, FLAGS | OFlag::O_NOFOLLOW, Mode::empty())?;
        Ok(Self { path: self.path.join(name), file })
    }

    /// Opens the regular file `name` below this directory for reading: see [`open_regular_at`].
    ///
    /// # Errors
    /// If it is something else than a regular file, or cannot be opened.
    pub fn open_file(&self, name: &OsStr) -> Result<File, OpenError> {
        open_regular_at(self, name)
    }

    /// The metadata of `name` below this directory. A link is not followed.
    ///
    /// # Errors
    /// If there is no such name, or the system does not tell.
    pub fn stat(&self, name: &OsStr) -> io::Result<FileStat> {
        Ok(fstatat(self, name, AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// The path by which it was opened. Something else may be at this path now.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory itself.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Whether `found` is a directory.
pub(crate) fn is_directory(found: &FileStat) -> bool {
    kind(found) == SFlag::S_IFDIR
}

/// Whether `found` is a regular file.
pub fn is_regular(found: &FileStat) -> bool {
    kind(found) == SFlag::S_IFREG
}

fn kind(found: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT
}

/// Whether users may remove or replace only their own files in the directory of `metadata`.
pub fn is_sticky(metadata: &Metadata) -> bool {
    metadata.mode() & 0o1000 != 0
}

/// The names of all entries of the directory `dir`.
///
/// # Errors
/// If they cannot be read.
pub fn names(dir: &File) -> io::Result<Vec<OsString>> {
    Ok(entries(dir)?.into_iter().map(|(name, _)| name).collect())
}

/// The names of all entries of the directory `dir`, each with the inode number that the directory lists.
///
/// # Errors
/// If they cannot be read.
pub fn entries(dir: &File) -> io::Result<Vec<(OsString, u64)>> {
    // A descriptor has one place at which reading goes on, which its copies share.
    let mut copy = dir.try_clone()?;
    copy.rewind()?;
    let mut entries = Vec::new();
    for entry in Dir::from_fd(copy.into())? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            entries.push((OsStr::from_bytes(name).to_owned(), entry.ino()));
        }
    }
    Ok(entries)
}
