//! Where files live, for writers and for readers.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use nix::unistd::{getegid, geteuid, getgid, getuid};

use crate::file_descriptor::above_standard;

/// How the names of mmstats files end, after a dot.
pub const FILE_EXTENSION: &str = "mmstats";

/// Whether a file of the name `name` in a directory is one of statistics.
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

/// [`variable`] of a program that knows by itself how to tell whether this process `is_secure`: runs with
/// more rights than its caller, though its ids do not show it.
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

/// The directories in which a reader looks unless it is told where: `MMSTATS_PATH` alone, if set;
/// else those that exist of this user's (root: every user's) directories below `/run/mmstats`,
/// `/dev/shm` and the temporary directory, and the temporary directory itself, where the Python
/// original leaves its files.
pub fn default_directories() -> Vec<PathBuf> {
    if let Some(path) = variable("MMSTATS_PATH") {
        return vec![path.into()];
    }
    let temporary = std::env::temp_dir();
    let uid = geteuid();
    let of_user = (!uid.is_root()).then_some(uid.as_raw());
    let mut directories = run_directories(Path::new(RUN_DIRECTORY), of_user);
    directories.extend(user_directories(Path::new(SHARED_MEMORY_DIRECTORY), of_user));
    directories.extend(user_directories(&temporary, of_user));
    directories.push(temporary);
    directories
}

/// Directories of the form `<place>/<uid>` that belong to that user; `None` is every user.
fn run_directories(place: &Path, of_user: Option<u32>) -> Vec<PathBuf> {
    subdirectories(place, |name, owner| name.parse() == Ok(owner) && of_user.is_none_or(|uid| uid == owner))
}

/// Directories of the form `<place>/mmstats-<uid>` and `<place>/mmstats-<uid>.<anything>` that
/// belong to that user; `None` is every user.
pub fn user_directories(place: &Path, of_user: Option<u32>) -> Vec<PathBuf> {
    subdirectories(place, |name, owner| {
        of_user.is_none_or(|uid| uid == owner)
            && name
                .strip_prefix(&user_directory_name(owner))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The directories below `place`, links left out, whose name and owner are `wanted`, sorted.
fn subdirectories(place: &Path, wanted: impl Fn(&str, u32) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = above_standard(|| std::fs::read_dir(place)) else { return Vec::new() };
    let mut directories: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| {
                name.starts_with(|first: char| first == 'm' || first.is_ascii_digit())
                    && entry
                        .metadata()
                        .is_ok_and(|metadata| metadata.is_dir() && wanted(name, metadata.uid()))
            })
        })
        .map(|entry| entry.path())
        .collect();
    directories.sort_unstable();
    directories
}
