//! Removes old files of a program that keeps being killed, so that they do not fill the filesystem.

use std::ffi::OsString;

use mmstats_format::header::FLAG_KEEP;
use mmstats_host::age::newness;
use mmstats_host::directory;
use mmstats_host::removal::{remove_dead, writer_of_format_2};

use super::target::Target;

/// Files of dead writers that stay, for whoever asks why they died.
const NEWEST: usize = 8;

/// Removes this user's files of the same program and struct whose writers are dead, but for the
/// newest and those to be kept. What cannot be removed stays.
pub(super) fn remove_old_files(target: &Target) {
    let Target { directory, names, .. } = target;
    let mut files = directory::names(&directory.file).unwrap_or_default();
    files.retain(|name| name.to_str().is_some_and(|name| names.is_like(name)));
    // Most programs are not killed again and again: then it ends here, without a file opened.
    if files.len() <= NEWEST {
        return;
    }
    let mut dead: Vec<_> =
        files.into_iter().filter_map(|name| Some((newness_of_dead(target, &name)?, name))).collect();
    // Not by the wall clock: after somebody set it back, the newest files would be removed.
    dead.sort_unstable_by(|(newness, _), (other, _)| other.cmp(newness));
    for (_, name) in dead.iter().skip(NEWEST) {
        // Others that start at the same time do the same.
        let _ = remove_dead(&directory.file, name, false, &writer_of_format_2);
    }
}

/// How new the file `name` is, if it is this user's, its writer is dead and did not wish it to be kept.
fn newness_of_dead(target: &Target, name: &OsString) -> Option<impl Ord + use<>> {
    let (_, header) = target.directory.open_dead(name)?;
    (!header.has_flags(FLAG_KEEP)).then(|| newness(&header))
}
