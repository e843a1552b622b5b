//! Which files every user of the machine can read.
//!
//! Where all of them can connect to a server that reads more than they can, it may show them only these. What
//! is looked at is what was opened: the file by its descriptor, and the directories above it from the
//! descriptor of its own one upwards. Paths are not asked, since whoever may rename a directory can let them
//! lead elsewhere at any time.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use mmstats_reader::Directory;
use mmstats_reader::watch::Opened;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, StatxFlags, fgetxattr, fstat, openat, statat, statx};
use rustix::io::Errno;

use crate::escape;
use crate::following::Guard;

/// Everybody may read: the owner, the group and all others. Whoever is one of the first two is not asked as one
/// of the others.
const READABLE: u32 = 0o444;
/// Everybody may look up names.
const SEARCHABLE: u32 = 0o111;

/// Attributes that hold more rules than the mode has.
const ACCESS_LISTS: [&str; 2] = ["system.posix_acl_access", "system.nfs4_acl"];

/// A file that is deeper than this many directories is taken to be private.
const MAX_DEPTH: usize = 64;

/// Tells which files every user of the machine can read.
#[derive(Debug, Default)]
pub(crate) struct Privacy {
    /// What the last look found of directories, by the paths by which it opened them.
    directories: HashMap<PathBuf, Result<Ancestry, String>>,
}

impl Guard for Privacy {
    /// Forgets the directories, which the next look opens anew.
    fn start_poll(&mut self) {
        self.directories.clear();
    }

    /// Whether every user can read the file `opened` now, by the name by which it was opened.
    fn check(&mut self, opened: &Opened<'_>) -> Result<(), String> {
        let named = statat(opened.directory, opened.name, AtFlags::SYMLINK_NOFOLLOW).map_err(untold)?;
        if (named.st_dev, named.st_ino) != opened.inode {
            return Err("its name is another file's".into());
        }
        check_mode(&named, READABLE, "it")?;
        check_access_lists(opened.file, "it")?;
        self.check_directory(opened.directory)
    }
}

impl Privacy {
    /// Whether every user can look into `directory` and those above it.
    fn check_directory(&mut self, directory: &Directory) -> Result<(), String> {
        let path = directory.path();
        match self.directories.get(path) {
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(ancestry)) if ancestry.is_unchanged(directory) => return Ok(()),
            _ => {}
        }
        let found = Ancestry::climb(directory);
        let verdict = found.as_ref().map(|_| ()).map_err(Clone::clone);
        self.directories.insert(path.to_owned(), found);
        verdict
    }
}

/// A directory and those above it, all of which every user can look into.
#[derive(Debug)]
struct Ancestry {
    /// From the directory up to the root.
    parts: Vec<Part>,
}

/// What tells whether a directory is another one, or may have another mode, access list or parent.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    inode: (u64, u64),
    mode: u32,
    changed: (i64, i64),
}

impl Part {
    #[expect(clippy::cast_possible_wrap, reason = "nanoseconds are below a thousand million")]
    fn of(stat: &Stat) -> Self {
        Self {
            inode: (stat.st_dev, stat.st_ino),
            mode: stat.st_mode,
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
        }
    }
}

impl Ancestry {
    /// Climbs from `directory` to the root, as long as every user can look into what is there.
    fn climb(directory: &Directory) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut here = open_at(directory, ".")?;
        loop {
            let name = escape::path(&above(directory.path(), parts.len())).to_string();
            let stat = fstat(&here).map_err(untold)?;
            if parts.last().is_some_and(|below| below.inode == (stat.st_dev, stat.st_ino)) {
                // The root is its own parent. That of a container is not one from which others start.
                return if is_own_root(&here) {
                    Ok(Self { parts })
                } else {
                    Err(format!("{name} is the root of another mount namespace"))
                };
            }
            if parts.len() == MAX_DEPTH {
                return Err(format!("it is below more than {MAX_DEPTH} directories"));
            }
            check_mode(&stat, SEARCHABLE, &name)?;
            check_access_lists(&here, &name)?;
            parts.push(Part::of(&stat));
            here = open_at(&here, "..")?;
        }
    }

    /// Whether nothing was changed of `directory` and those above it, nor which these are.
    fn is_unchanged(&self, directory: &Directory) -> bool {
        self.parts.iter().enumerate().all(|(level, part)| {
            let path = above(Path::new("."), level);
            statat(directory, &path, AtFlags::empty()).is_ok_and(|stat| Part::of(&stat) == *part)
        })
    }
}

/// The path of the directory that is so many levels above `path`.
fn above(path: &Path, levels: usize) -> PathBuf {
    let mut path = path.to_owned();
    path.extend((0..levels).map(|_| ".."));
    path
}

fn open_at(directory: impl AsFd, name: &str) -> Result<OwnedFd, String> {
    openat(directory, name, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(untold)
}

fn check_mode(stat: &Stat, needed: u32, name: &str) -> Result<(), String> {
    let mode = stat.st_mode & 0o7777;
    if mode & needed == needed { Ok(()) } else { Err(format!("{name} has mode {mode:04o}")) }
}

/// Whether only its mode says who may use `file`.
fn check_access_lists(file: impl AsFd, name: &str) -> Result<(), String> {
    for list in ACCESS_LISTS {
        match fgetxattr(&file, list, &mut [0_u8; 1][..]) {
            Err(Errno::NODATA | Errno::NOTSUP) => {}
            Ok(_) | Err(Errno::RANGE) => return Err(format!("{name} has an access control list")),
            Err(errno) => return Err(untold(errno)),
        }
    }
    Ok(())
}

/// Whether `directory` is the root of this process, in the same mount.
fn is_own_root(directory: &OwnedFd) -> bool {
    let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
    let identity =
        |stat: rustix::fs::Statx| (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino, stat.stx_mnt_id);
    let here = statx(directory, "", AtFlags::EMPTY_PATH, wanted).map(identity);
    let root = statx(CWD, "/", AtFlags::empty(), wanted).map(identity);
    here.is_ok() && here == root
}

fn untold(errno: Errno) -> String {
    format!("the system does not tell who may read it: {errno}")
}
