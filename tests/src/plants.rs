//! What an attacker can put at a name that somebody else is about to use.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::{Uid, fchownat, mkfifo};

use crate::canary::Canary;
use crate::users::ATTACKER;

/// Something planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A symbolic link to a file.
    LinkToFile,
    /// A symbolic link to a directory.
    LinkToDirectory,
    /// A symbolic link to nothing: whoever follows it to write makes a file elsewhere.
    LinkToNothing,
    /// Another name of a file.
    SecondName,
    /// A FIFO: whoever opens it waits.
    Fifo,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// A directory.
    Directory,
    /// A file that begins like one of statistics.
    Rubbish,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::LinkToFile,
        Self::LinkToDirectory,
        Self::LinkToNothing,
        Self::SecondName,
        Self::Fifo,
        Self::Socket,
        Self::Device,
        Self::Directory,
        Self::Rubbish,
    ];

    /// Puts it at `path`, as the attacker's. Links are to the `canary` and its directory.
    ///
    /// # Panics
    /// If it cannot be put there.
    pub fn put(self, path: &Path, canary: &Canary) {
        let aviary = canary.path().parent().expect("a file is in a directory");
        match self {
            Self::LinkToFile => symlink(canary.path(), path),
            Self::LinkToDirectory => symlink(aviary, path),
            Self::LinkToNothing => symlink(aviary.join("nothing"), path),
            Self::SecondName => fs::hard_link(canary.path(), path),
            Self::Fifo => mkfifo(path, Mode::all()).map_err(Into::into),
            Self::Socket => UnixListener::bind(path).map(drop),
            Self::Device => mknod(path, SFlag::S_IFCHR, Mode::all(), makedev(1, 3)).map_err(Into::into),
            Self::Directory => fs::create_dir(path),
            Self::Rubbish => fs::write(path, "\u{2}mmstats, or so it says"),
        }
        .expect("the name is free");
        if self != Self::SecondName {
            let owner = Some(Uid::from_raw(ATTACKER));
            fchownat(AT_FDCWD, path, owner, None, AtFlags::AT_SYMLINK_NOFOLLOW).expect("root may");
        }
    }
}

/// What changes if another thing takes the name `path`, or if somebody writes to it.
///
/// # Panics
/// If there is nothing.
pub fn trace(path: &Path) -> (u64, u32, u64, i64, i64) {
    let metadata = fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (metadata.ino(), metadata.mode(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

/// The names in `dir`, sorted.
///
/// # Panics
/// If it cannot be listed.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("it can be listed");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort_unstable();
    names
}

/// Removes whatever is at `path`.
///
/// # Errors
/// If it cannot be removed.
pub fn remove_any(path: &Path) -> std::io::Result<()> {
    fs::remove_file(path).or_else(|_| fs::remove_dir_all(path))
}
