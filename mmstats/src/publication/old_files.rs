//! Removes old files of a program that keeps being killed, so that they do not fill the filesystem.

use std::cmp::Reverse;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use mmstats_format::header::FLAG_KEEP;
use mmstats_reader::file::open_regular_at;
use mmstats_reader::removal::remove_dead;
use mmstats_reader::{Liveness, liveness, read_header};
use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::geteuid;

use super::target::Target;

/// Files of dead writers that stay, for whoever asks why they died.
const NEWEST: usize = 8;

/// Removes this user's files of the same program and struct whose writers are dead, but for the
/// newest and those to be kept. What cannot be removed stays.
pub(super) fn remove_old_files(target: &Target) {
    let names = names_like(target);
    // Most programs are not killed again and again: then it ends here, without a file opened.
    if names.len() <= NEWEST {
        return;
    }
    let mut dead: Vec<(u64, OsString)> =
        names.into_iter().filter_map(|name| Some((dead_since(target, &name)?, name))).collect();
    dead.sort_unstable_by_key(|(created, _)| Reverse(*created));
    for (_, name) in dead.iter().skip(NEWEST) {
        // Others that start at the same time do the same.
        let _ = remove_dead(&target.directory.file, name, false);
    }
}

/// The names in the directory that the file could have.
fn names_like(target: &Target) -> Vec<OsString> {
    // The open directory, whatever has its path by now.
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let Ok(mut entries) = Dir::openat(&target.directory.file, ".", flags, Mode::empty()) else {
        return Vec::new();
    };
    let names =
        entries.iter().flatten().map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
    names.filter(|name| name.to_str().is_some_and(|name| target.names.is_like(name))).collect()
}

/// When the file `name` was made, in nanoseconds since 1970-01-01 UTC, if it is this user's, its
/// writer is dead and did not wish it to be kept.
fn dead_since(target: &Target, name: &OsString) -> Option<u64> {
    let file = open_regular_at(&target.directory.file, name).ok()?;
    let header = read_header(&file).ok()?;
    let is_own = file.metadata().ok()?.uid() == geteuid().as_raw();
    let is_old =
        is_own && !header.has_flags(FLAG_KEEP) && liveness::probe(&file, &header).ok()? == Liveness::Dead;
    is_old.then(|| header.created_realtime_ns.get())
}
