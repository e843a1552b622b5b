//! Chooses and opens the directory for a file (FORMAT.md, "Places").

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mmstats_reader::descriptor::open_at;
use mmstats_reader::directory::is_sticky;
use mmstats_reader::file::open_regular_at;
use mmstats_reader::places::{RUN_DIRECTORY, SHARED_MEMORY_DIRECTORY, user_directories, user_directory_name};
use mmstats_reader::{Header, Liveness, liveness, read_header};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use super::Identity;
use super::draft::random_name;
use super::target::variable;
use crate::error::{CreateError, DirectoryProblem};

/// An open directory in which nobody else can replace our files.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) file: File,
    /// Absolute.
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
}

/// A directory that was opened, and what it is.
type Opened = (File, Metadata);

impl Directory {
    fn new((file, metadata): Opened, path: PathBuf) -> Self {
        Self { file, path, identity: Identity::new(&metadata) }
    }

    /// Opens the file `name`, with its header, if it is this user's and its writer is dead.
    pub(super) fn open_dead(&self, name: &OsStr) -> Option<(File, Header)> {
        let file = open_regular_at(&self.file, name).ok()?;
        let header = read_header(&file).ok()?;
        let is_own = file.metadata().ok()?.uid() == geteuid().as_raw();
        let is_dead = is_own && liveness::probe(&file, &header).ok()? == Liveness::Dead;
        is_dead.then_some((file, header))
    }
}

impl Directory {
    /// Opens `wanted`, else `MMSTATS_PATH`, else the first default place that can be used. A default
    /// place, or a directory that is made here, is opened to those that may read a file of `mode`;
    /// another one that the user named stays as it is.
    pub(super) fn choose(wanted: Option<&Path>, mode: u32) -> Result<Self, CreateError> {
        let variable = variable("MMSTATS_PATH").map(PathBuf::from);
        let (path, source_name) = match (wanted, &variable) {
            (Some(path), _) => (path, "options().dir(…)"),
            (None, Some(path)) => (path.as_path(), "MMSTATS_PATH"),
            (None, None) => return Self::choose_default(mode),
        };
        // Without a trailing slash, behind which a link would be followed.
        let path: PathBuf = std::path::absolute(path).as_deref().unwrap_or(path).components().collect();
        match Self::open_or_make(&path, mode) {
            Ok(opened) => Ok(Self::new(opened, path)),
            Err(problem) => Err(CreateError::Directory { path, source_name, problem }),
        }
    }

    fn open_or_make(path: &Path, mode: u32) -> Result<Opened, DirectoryProblem> {
        match open(path) {
            Err(DirectoryProblem::Open(error)) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(path)
                    .map_err(DirectoryProblem::Missing)?;
                let opened = open(path)?;
                let_in_readers(&opened, mode).map_err(DirectoryProblem::Open)?;
                Ok(opened)
            }
            opened => opened,
        }
    }

    fn choose_default(mode: u32) -> Result<Self, CreateError> {
        let uid = geteuid().as_raw();
        let run = Path::new(RUN_DIRECTORY);
        let shared = user_directory_name(uid);
        let temporary = std::env::temp_dir();
        let mut problems = Vec::new();
        for (place, name) in [
            (run, uid.to_string()),
            (Path::new(SHARED_MEMORY_DIRECTORY), shared.clone()),
            (temporary.as_path(), shared),
        ] {
            match open_default(place, &name, uid) {
                Ok((opened, path)) => {
                    // Where it cannot be opened to others the files stay unseen, not unsafe.
                    if let Err(error) = let_in_readers(&opened, mode) {
                        log::warn!("mmstats: cannot open {} to readers: {error}", path.display());
                    }
                    return Ok(Self::new(opened, path));
                }
                Err(problem) => problems.push(format!("{}: {problem}", place.join(name).display())),
            }
        }
        Err(CreateError::NoDefaultDirectory { places: problems.join("; ") })
    }
}

/// Opens or makes this user's directory `name` below `place`. If somebody else has squatted that
/// name, one with a random ending.
fn open_default(place: &Path, name: &str, uid: u32) -> Result<(Opened, PathBuf), DirectoryProblem> {
    open(place)?;
    let path = place.join(name);
    let squatted = match open_own(&path, uid) {
        Ok(opened) => return Ok((opened, path)),
        Err(DirectoryProblem::Open(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Err(problem) => Some(problem),
    };
    match squatted {
        None => make_own(path, uid),
        Some(problem) if place == Path::new(RUN_DIRECTORY) => Err(problem),
        Some(_) => {
            for path in user_directories(place, Some(uid)) {
                if let Ok(opened) = open_own(&path, uid) {
                    return Ok((opened, path));
                }
            }
            let random = random_name().map_err(DirectoryProblem::Missing)?;
            make_own(place.join(format!("{name}.{random}")), uid)
        }
    }
}

fn make_own(path: PathBuf, uid: u32) -> Result<(Opened, PathBuf), DirectoryProblem> {
    match DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => {}
        // Another thread or program of ours was faster, or a squatter: the check tells.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(DirectoryProblem::Missing(error)),
    }
    Ok((open_own(&path, uid)?, path))
}

/// Opens a directory that has to be this very user's.
fn open_own(path: &Path, uid: u32) -> Result<Opened, DirectoryProblem> {
    let (file, metadata) = open(path)?;
    match metadata.uid() {
        found if found != uid => Err(DirectoryProblem::Owner { expected: uid, found }),
        _ => Ok((file, metadata)),
    }
}

/// Opens a directory, and checks that nobody but its owner and root can replace files in it.
fn open(path: &Path) -> Result<Opened, DirectoryProblem> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let file = match open_at(AT_FDCWD, path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::ENOENT) => return Err(DirectoryProblem::Open(Errno::ENOENT.into())),
        Err(errno) => {
            return Err(match path.symlink_metadata().map(|metadata| metadata.file_type()) {
                Ok(kind) if kind.is_symlink() => DirectoryProblem::Link,
                Ok(kind) if !kind.is_dir() => DirectoryProblem::NotADirectory,
                _ => DirectoryProblem::Open(errno.into()),
            });
        }
    };
    let metadata = file.metadata().map_err(DirectoryProblem::Open)?;
    let (uid, mode) = (geteuid().as_raw(), metadata.mode() & 0o7777);
    if metadata.uid() != uid && metadata.uid() != 0 {
        return Err(DirectoryProblem::Owner { expected: uid, found: metadata.uid() });
    }
    if mode & 0o022 != 0 && !is_sticky(&metadata) {
        return Err(DirectoryProblem::TooOpen { mode });
    }
    Ok((file, metadata))
}

/// Lets those who may read a file of `mode` find it in `directory`.
fn let_in_readers((directory, metadata): &Opened, mode: u32) -> io::Result<()> {
    let readers = mode & 0o044;
    let wanted = readers | (readers >> 2);
    let current = metadata.mode() & 0o7777;
    if current & wanted == wanted {
        return Ok(());
    }
    directory.set_permissions(Permissions::from_mode(current | wanted))
}
