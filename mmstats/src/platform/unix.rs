//! Other Unix systems: POSIX calls and flock only.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memmap2::MmapRaw;
use nix::errno::Errno;

use crate::publication::ProcessFacts;
use crate::publication::memory::touch;

/// POSIX has no number for a thread. The process's id is the main thread's on Linux.
pub(crate) fn thread_id() -> u32 {
    std::process::id()
}

/// POSIX tells nothing of what is asked for.
pub(crate) fn process_facts() -> ProcessFacts {
    ProcessFacts::default()
}

/// POSIX has no files without a name.
pub(crate) fn open_unnamed(_dir: &File) -> io::Result<Option<File>> {
    Ok(None)
}

/// POSIX has no files without a name.
pub(crate) fn link_unnamed(_file: &File, _dir: &File, _name: &OsStr) -> nix::Result<()> {
    Err(Errno::ENOTSUP)
}

/// An flock ends with its descriptor, which therefore has to stay open.
pub(crate) fn leave_lock_to_mapping(file: File) -> io::Result<(File, bool)> {
    Ok((file, true))
}

/// Allocates the first `len` bytes of `file` after those that were written, and touches them in
/// `mapping`.
pub(crate) fn allocate(mapping: &MmapRaw, file: &File, len: usize) -> io::Result<()> {
    // Writing is what allocates everywhere. The bytes of a new file are zero or just written.
    const BLOCK: usize = 4096;
    let mut block = [0; BLOCK];
    for offset in (0..len).step_by(BLOCK) {
        let part = &mut block[..BLOCK.min(len - offset)];
        file.read_exact_at(part, offset as u64)?;
        file.write_all_at(part, offset as u64)?;
    }
    touch(mapping, len);
    Ok(())
}

/// POSIX does not tell.
pub(crate) fn is_on_disk(_file: &File) -> bool {
    false
}
