//! Gives a new file its name: a free one, or that of a dead writer's file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::AsFd;

use mmstats_format::header::Header;
use mmstats_host::file::open_regular_at;
use mmstats_host::removal::{Removal, lock_directory, remove_dead, writer_of_format_2};
use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::unistd::{geteuid, linkat};

use super::directory::Directory;
use super::draft::Draft;
use super::target::Target;
use super::{Identity, io_error};
use crate::error::CreateError;

/// The last number behind a name.
const LAST: u32 = 1000;

/// Takes the counters of a dead writer's file over into the draft. Says whether it could: not if the
/// file has other fields.
pub(super) type TakeOver<'a> = &'a mut dyn FnMut(&File, &Header) -> std::io::Result<bool>;

/// Links `draft` to the first name of `target` that is free, or whose file's writer is dead, and
/// returns the name. That file is removed, or, if there is somebody to `take_over` its counters,
/// replaced.
pub(super) fn link_to_free_name(
    draft: &Draft<'_>,
    target: &Target,
    mut take_over: Option<TakeOver<'_>>,
) -> Result<String, CreateError> {
    let (directory, names) = (&target.directory, &target.names);
    // Not again once somebody was seen to sit on the directory's lock.
    let mut may_remove = true;
    for attempt in 1..=LAST {
        let name = names.nth(attempt);
        let has_it = match &mut take_over {
            None => take(draft, directory, OsStr::new(&name), &mut may_remove)?,
            Some(take_over) => replace(draft, directory, OsStr::new(&name), take_over, &mut may_remove)?,
        };
        if has_it {
            return Ok(name);
        }
    }
    let directory = directory.path.clone();
    Err(CreateError::NoFreeName { directory, name: names.nth(1), tried: LAST })
}

/// Links `draft` to `name`; `false` if something has it.
fn link(draft: &Draft<'_>, directory: &Directory, name: &OsStr) -> Result<bool, CreateError> {
    match draft.link(&directory.file, name) {
        Ok(()) => Ok(true),
        Err(Errno::EEXIST) => Ok(false),
        Err(errno) => Err(io_error("link the new file", directory, 0)(errno.into())),
    }
}

/// Links `draft` to `name`, after a dead writer's file of that name was removed if it `may_remove`;
/// `false` if something else has it.
fn take(
    draft: &Draft<'_>,
    directory: &Directory,
    name: &OsStr,
    may_remove: &mut bool,
) -> Result<bool, CreateError> {
    // Each round that others win takes one of their files to this name and away again.
    const ROUNDS: u32 = 16;
    for _ in 0..ROUNDS {
        if link(draft, directory, name)? {
            return Ok(true);
        }
        if !*may_remove {
            return Ok(false);
        }
        match remove_dead(&directory.file, name, false, &writer_of_format_2) {
            Ok(Removal::Removed | Removal::Missing) => {}
            Ok(Removal::Busy) => {
                *may_remove = false;
                return Ok(false);
            }
            // Whatever it is, it is not ours to touch.
            Ok(_) | Err(_) => return Ok(false),
        }
    }
    Ok(false)
}

/// Links `draft` to `name`, in the place of a dead writer's file of that name, whose counters it takes
/// over, or which is kept beside if it has other fields; `false` if something else has it.
///
/// All of it under the directory's lock, and so that a program killed at any instant leaves the
/// counters under one name or another.
fn replace(
    draft: &Draft<'_>,
    directory: &Directory,
    name: &OsStr,
    take_over: &mut TakeOver<'_>,
    may_remove: &mut bool,
) -> Result<bool, CreateError> {
    if link(draft, directory, name)? {
        return Ok(true);
    }
    if !*may_remove {
        return Ok(false);
    }
    let io = |step| io_error(step, directory, 0);
    // A file of another user, or one that cannot be opened, is nothing to go on from.
    let Ok(Some(_lock)) = lock_directory(&directory.file, geteuid().as_raw()) else {
        *may_remove = false;
        return Ok(false);
    };
    let Some((file, header)) = directory.open_dead(name) else {
        // If it has gone meanwhile the name is free.
        return link(draft, directory, name);
    };
    if !take_over(&file, &header).map_err(io("read the counters of the file to resume"))? {
        keep_beside(directory, name, &file).map_err(|errno| io("keep the old file")(errno.into()))?;
    }
    draft.replace(&directory.file, name).map_err(io("put the new file in the old one's place"))?;
    Ok(true)
}

/// Gives `file`, which has the name `name`, the further name `name.old`, or the first of `name.old-2`
/// and so on that nothing has.
fn keep_beside(directory: &Directory, name: &OsStr, file: &File) -> nix::Result<()> {
    let dir = directory.file.as_fd();
    for attempt in 1..=LAST {
        let mut old = OsString::from(name);
        old.push(if attempt == 1 { ".old".to_owned() } else { format!(".old-{attempt}") });
        match linkat(dir, name, dir, old.as_os_str(), AtFlags::empty()) {
            Err(Errno::EEXIST) if is_same(directory, &old, file) => return Ok(()),
            Err(Errno::EEXIST) => {}
            linked => return linked,
        }
    }
    Err(Errno::EEXIST)
}

/// Whether `name` is one of `file`, given by a program that was killed before it was done.
fn is_same(directory: &Directory, name: &OsStr, file: &File) -> bool {
    let identity = open_regular_at(&directory.file, name).ok().and_then(|found| Identity::of(&found).ok());
    identity.is_some() && identity == Identity::of(file).ok()
}
