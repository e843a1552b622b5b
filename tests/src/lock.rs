//! Locks that strangers can take.

use std::fs::File;
use std::io;
use std::path::Path;

use mmstats_host::file::{OpenError, open_regular};
use nix::fcntl::{FcntlArg, fcntl};

/// Opens `path` for reading and takes all the locks on it that this permits, as far as they are free: a
/// read lock of the open file description, and an exclusive `flock`. They last as long as the file is
/// open.
///
/// # Errors
/// If it cannot be opened.
pub fn hold_read_locks(path: &Path) -> io::Result<File> {
    let file = open_regular(path).map_err(|error| match error {
        OpenError::Io(error) => error,
        OpenError::NotRegular { .. } => io::Error::other(error),
    })?;
    let l_type = libc::c_short::try_from(libc::F_RDLCK).unwrap_or_default();
    let whole = libc::flock { l_type, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 };
    // What somebody else has locked stays theirs.
    let _ = fcntl(&file, FcntlArg::F_OFD_SETLK(&whole));
    let _ = file.try_lock();
    Ok(file)
}
