//! Where files live, for writers and for readers.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use nix::unistd::{getegid, geteuid, getgid, getuid};

use crate::directory::{self, Directory, Links};
use crate::file_descriptor::above_standard;

/// How the names of mmstats files end, after a dot.
pub const FILE_EXTENSION: &str = "mmstats";

/// Whether `name` is the name of an mmstats file.
pub fn is_file_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let stem = name.strip_suffix(FILE_EXTENSION.as_bytes()).and_then(|name| name.strip_suffix(b"."));
    stem.is_some() && !name.starts_with(b".")
}

/// Whether `name` is that of a file that a writer is making, where it cannot make one without a
/// name: 16 hexadecimal digits between `.` and `.new`.
pub fn is_draft_name(name: &OsStr) -> bool {
    let digits = name.as_bytes().strip_prefix(b".").and_then(|name| name.strip_suffix(b".new"));
    digits.is_some_and(|digits| digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Where a package can make room for every user's files: mode 1777, root's.
pub const RUN_DIRECTORY: &str = "/run/mmstats";

/// The memory-backed filesystem where users' directories are otherwise.
pub const SHARED_MEMORY_DIRECTORY: &str = "/dev/shm";

/// The environment variable `name`, unless this process runs with more rights than its caller
/// (`AT_SECURE`): then the caller's wishes do not count.
pub fn variable(name: &str) -> Option<OsString> {
    static IS_SECURE: LazyLock<bool> = LazyLock::new(is_secure);
    variable_unless(|| *IS_SECURE, name)
}

/// As [`variable`], for callers that find out by themselves whether this process `is_secure`: it runs with more
/// rights than its caller, though its ids do not show it.
pub fn variable_unless(is_secure: impl FnOnce() -> bool, name: &str) -> Option<OsString> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    let is_trusted = getuid() == geteuid() && getgid() == getegid() && !is_secure();
    is_trusted.then_some(value)
}

/// Whether this process runs with more rights than its caller, as the kernel says it in the auxiliary
/// vector.
pub fn is_secure() -> bool {
    const AT_SECURE: usize = 23;
    let vector = match above_standard(|| std::fs::read("/proc/self/auxv")) {
        Ok(vector) => vector,
        // A program with rights of its own may not look at itself; without /proc nobody may.
        Err(error) => return error.kind() == io::ErrorKind::PermissionDenied,
    };
    let (words, _) = vector.as_chunks::<{ size_of::<usize>() }>();
    let words: Vec<usize> = words.iter().map(|bytes| usize::from_ne_bytes(*bytes)).collect();
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().any(|[key, value]| *key == AT_SECURE && *value != 0)
}

/// The name of a user's directory below a place that all users share.
pub fn user_directory_name(uid: u32) -> String {
    format!("mmstats-{uid}")
}

/// The default directories of readers, opened: `MMSTATS_PATH` alone, if
/// set; else those that exist of this user's (root: every user's) directories below `/run/mmstats`, `/dev/shm`
/// and the temporary directory, and the temporary directory itself, where the Python original leaves its files.
///
/// A user's directory is opened below its place. A link, or a directory of another owner, is not accepted, so nobody
/// who may rename it can lead a reader elsewhere. For `MMSTATS_PATH` and the temporary directory `links`
/// says whether they may be links.
pub fn default_directories(links: Links) -> Vec<(PathBuf, io::Result<Directory>)> {
    if let Some(path) = variable("MMSTATS_PATH") {
        return vec![open_set(path.into(), links)];
    }
    let temporary = std::env::temp_dir();
    let uid = geteuid();
    let of_user = (!uid.is_root()).then_some(uid.as_raw());
    let mut directories = subdirectories(Path::new(RUN_DIRECTORY), of_user, user_of_run_directory);
    for place in [Path::new(SHARED_MEMORY_DIRECTORY), &temporary] {
        directories.extend(subdirectories(place, of_user, user_of_directory));
    }
    directories.push(open_set(temporary, links));
    directories
}

fn open_set(path: PathBuf, links: Links) -> (PathBuf, io::Result<Directory>) {
    let opened = Directory::open(&path, links);
    (path, opened)
}

/// Directories of the form `<place>/mmstats-<uid>` and `<place>/mmstats-<uid>.<anything>` that
/// belong to that user; `None` is every user.
pub fn user_directories(place: &Path, of_user: Option<u32>) -> Vec<PathBuf> {
    subdirectories(place, of_user, user_of_directory).into_iter().map(|(path, _)| path).collect()
}

/// Whose directory below [`RUN_DIRECTORY`] is called `name`.
fn user_of_run_directory(name: &str) -> Option<u32> {
    name.parse().ok().filter(|uid: &u32| uid.to_string() == name)
}

/// Whose directory below another place is called `name`.
fn user_of_directory(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("mmstats-")?;
    let (uid, _) = rest.split_once('.').unwrap_or((rest, ""));
    uid.parse().ok().filter(|found: &u32| found.to_string() == uid)
}

/// The directories below `place` that belong to those users whose their names say they are, sorted; if
/// `of_user` is not `None`, only those of that user. One that its user cannot open is there with the error.
fn subdirectories(
    place: &Path,
    of_user: Option<u32>,
    user_of: impl Fn(&str) -> Option<u32>,
) -> Vec<(PathBuf, io::Result<Directory>)> {
    let Ok(place) = Directory::open(place, Links::Followed) else { return Vec::new() };
    let mut names = directory::names(place.file()).unwrap_or_default();
    names.sort_unstable();
    let mut directories = Vec::new();
    for name in names {
        let Some(uid) = name.to_str().and_then(&user_of) else { continue };
        if of_user.is_some_and(|wanted| wanted != uid) {
            continue;
        }
        let opened = place.open_below(&name);
        let is_theirs = match &opened {
            Ok(directory) => directory.file().metadata().is_ok_and(|metadata| metadata.uid() == uid),
            // It was not opened, so this decides only whether it is an error.
            Err(_) => {
                place.stat(&name).is_ok_and(|found| found.st_uid == uid && directory::is_directory(&found))
            }
        };
        if is_theirs {
            directories.push((place.path().join(&name), opened));
        }
    }
    directories
}
