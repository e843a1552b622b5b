//! Chooses and opens the directory for a file (FORMAT.md, "Places").

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mmstats_format::header::Header;
use mmstats_host::directory::is_sticky;
use mmstats_host::file::open_regular_at;
use mmstats_host::file_descriptor::open_at;
use mmstats_host::header::read_header;
use mmstats_host::liveness::{self, Liveness};
use mmstats_host::places::{RUN_DIRECTORY, SHARED_MEMORY_DIRECTORY, user_directories, user_directory_name};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use super::Identity;
use super::draft::random_name;
use super::target::variable;
use super::user_map::{is_this_user_unmapped, may_be_unmapped_root};
use crate::error::{CreateError, DirectoryProblem};
use crate::platform::system;

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
        if is_this_user_unmapped() {
            return Err(CreateError::UnmappedUser);
        }
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
                make_with_parents(path).map_err(DirectoryProblem::Missing)?;
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
    check_place(place)?;
    let path = place.join(name);
    match open_own(&path, uid) {
        Ok(opened) => Ok((opened, path)),
        Err(DirectoryProblem::Open(error)) if error.kind() == io::ErrorKind::NotFound => make_own(path, uid),
        Err(problem) if place == Path::new(RUN_DIRECTORY) || !is_squatted(&problem) => Err(problem),
        Err(_) => {
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

/// Whether `problem` is that somebody else has put something there. What is wrong with a directory of
/// one's own is to be mended: another one would be made each time.
fn is_squatted(problem: &DirectoryProblem) -> bool {
    use DirectoryProblem::{Closed, Link, NotADirectory, Owner};
    matches!(problem, Closed { .. } | Link | NotADirectory | Owner { .. })
}

fn make_own(path: PathBuf, uid: u32) -> Result<(Opened, PathBuf), DirectoryProblem> {
    make(&path).map_err(DirectoryProblem::Missing)?;
    Ok((open_own(&path, uid)?, path))
}

/// Makes the directory `path` and those above it that are missing, for this user only.
fn make_with_parents(path: &Path) -> io::Result<()> {
    match (make(path), path.parent()) {
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            make_with_parents(parent)?;
            make(path)
        }
        (made, _) => made,
    }
}

/// Makes the directory `path`, for this user only, whatever the umask is. The umask belongs to the whole
/// process, so it is not changed.
fn make(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => system::let_owner_in(path),
        // Another thread or program of ours was faster, or a squatter: who opens it checks that.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let _ = system::let_owner_in(path);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Opens a directory at a default place, which has to be this very user's. Its mode shuts its user out
/// only if a umask made it so, and is then mended.
fn open_own(path: &Path, uid: u32) -> Result<Opened, DirectoryProblem> {
    let (file, metadata) = match open(path) {
        Err(DirectoryProblem::ShutOut { .. }) => {
            system::let_owner_in(path).map_err(DirectoryProblem::Open)?;
            open(path)?
        }
        opened => opened?,
    };
    match metadata.uid() {
        found if found != uid => Err(DirectoryProblem::Owner { expected: uid, found }),
        _ => Ok((file, metadata)),
    }
}

/// Opens a directory, and checks that its owner can use it and nobody but its owner and root can replace
/// files in it.
fn open(path: &Path) -> Result<Opened, DirectoryProblem> {
    let (file, metadata) = open_any(path)?;
    let uid = geteuid().as_raw();
    if metadata.uid() != uid && metadata.uid() != 0 {
        return Err(DirectoryProblem::Owner { expected: uid, found: metadata.uid() });
    }
    // If this user's id is the overflow user's, a directory of any user without an id seems to be its own,
    // and its owner can replace files in it although it is sticky.
    check_writers(&metadata, path, is_sticky(&metadata) && !may_be_unmapped_root(metadata.uid()))?;
    // Root may use it all the same.
    if metadata.uid() == uid && uid != 0 && shuts_owner_out(&metadata) {
        return Err(DirectoryProblem::ShutOut { mode: permissions(&metadata) });
    }
    Ok((file, metadata))
}

/// Checks that nobody but root and its owner can replace directories in `place`.
fn check_place(place: &Path) -> Result<(), DirectoryProblem> {
    let (_, metadata) = open_any(place)?;
    let (uid, owner) = (geteuid().as_raw(), metadata.uid());
    // Where root has no id, root's sticky directories seem to be the overflow user's. Another user without
    // an id could own one, but only the maker of the sandbox decides which directory is at this place.
    let is_trusted = owner == uid || owner == 0 || (is_sticky(&metadata) && may_be_unmapped_root(owner));
    if is_trusted {
        check_writers(&metadata, place, is_sticky(&metadata))
    } else {
        Err(DirectoryProblem::Owner { expected: uid, found: owner })
    }
}

/// Checks that nobody but the owner of the directory `path` and root can replace what others own in it.
/// If it is sticky they cannot.
fn check_writers(metadata: &Metadata, path: &Path, is_sticky: bool) -> Result<(), DirectoryProblem> {
    if metadata.mode() & 0o022 != 0 && !is_sticky {
        return Err(DirectoryProblem::TooOpen { mode: permissions(metadata), below: path.join("mmstats") });
    }
    Ok(())
}

/// Opens a directory of anyone.
fn open_any(path: &Path) -> Result<Opened, DirectoryProblem> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let file = match open_at(AT_FDCWD, path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::ENOENT) => return Err(DirectoryProblem::Open(Errno::ENOENT.into())),
        Err(errno) => {
            return Err(match path.symlink_metadata() {
                Ok(found) if found.is_symlink() => DirectoryProblem::Link,
                Ok(found) if !found.is_dir() => DirectoryProblem::NotADirectory,
                Ok(found) if errno == Errno::EACCES => explain_closed(&found),
                _ => DirectoryProblem::Open(errno.into()),
            });
        }
    };
    let metadata = file.metadata().map_err(DirectoryProblem::Open)?;
    Ok((file, metadata))
}

/// Why this user may not open the directory that `found` is.
fn explain_closed(found: &Metadata) -> DirectoryProblem {
    let (uid, owner) = (geteuid().as_raw(), found.uid());
    if owner != uid {
        DirectoryProblem::Closed { owner, uid }
    } else if shuts_owner_out(found) {
        DirectoryProblem::ShutOut { mode: permissions(found) }
    } else {
        DirectoryProblem::Open(Errno::EACCES.into())
    }
}

fn shuts_owner_out(metadata: &Metadata) -> bool {
    metadata.mode() & 0o700 != 0o700
}

fn permissions(metadata: &Metadata) -> u32 {
    metadata.mode() & 0o7777
}

/// Lets those who may read a file of `mode` find it in `directory`.
fn let_in_readers((directory, metadata): &Opened, mode: u32) -> io::Result<()> {
    let readers = mode & 0o044;
    let wanted = readers | (readers >> 2);
    let current = permissions(metadata);
    if current & wanted == wanted {
        return Ok(());
    }
    directory.set_permissions(Permissions::from_mode(current | wanted))
}
