//! Other Unix systems: POSIX calls and flock only.
#![expect(unsafe_code, reason = "makes system calls that have no safe function")]

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use memmap2::MmapRaw;
use mmstats_host::file_descriptor::above_standard;
pub(crate) use mmstats_host::places::is_secure;
use nix::errno::Errno;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};
use nix::unistd::geteuid;

use super::ThreadName;
use crate::publication::ProcessFacts;
use crate::publication::memory::touch;

/// POSIX has no number for a thread: they get theirs in the order in which they ask.
pub(crate) fn thread_id() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    std::thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    if NUMBER.get() == 0 {
        NUMBER.set(LAST.fetch_add(1, Relaxed).wrapping_add(1));
    }
    NUMBER.get()
}

/// The name of this thread, on systems that give threads names: POSIX has none.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(crate) fn thread_name(_tid: u32) -> ThreadName {
    /// As long as the longest name of these systems, with a NUL behind it.
    const LEN: usize = 64;
    let mut name = [0_u8; LEN];
    // SAFETY: names the calling thread, without a precondition.
    let thread = unsafe { libc::pthread_self() };
    // SAFETY: the system writes at most as many bytes as there are.
    let got = unsafe { libc::pthread_getname_np(thread, name.as_mut_ptr().cast(), LEN) };
    let len = name.iter().position(|byte| *byte == 0).unwrap_or(LEN);
    ThreadName::new(if got == 0 { &name[..len] } else { b"" })
}

/// POSIX has no name for a thread.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(crate) fn thread_name(_tid: u32) -> ThreadName {
    ThreadName::new(b"")
}

/// POSIX does not tell: a slot that a thread has leased after its end stays leased.
pub(crate) fn has_ended(_tid: u32) -> bool {
    false
}

/// POSIX does not tell.
pub(crate) fn is_key_safe(_key: usize) -> bool {
    true
}

/// POSIX tells nothing of what is asked for.
pub(crate) fn process_facts() -> ProcessFacts {
    ProcessFacts::default()
}

/// Lets its owner read, write and search the directory `path`, if that is this user: under an odd umask
/// it may have been made without. Follows no link.
pub(crate) fn let_owner_in(path: &Path) -> io::Result<()> {
    let metadata = path.symlink_metadata()?;
    let is_own = metadata.is_dir() && metadata.uid() == geteuid().as_raw();
    if !is_own || metadata.mode() & 0o700 == 0o700 {
        return Ok(());
    }
    let mode = Mode::from_bits_truncate((metadata.mode() | 0o700) as libc::mode_t);
    // The C library may open the directory for this.
    Ok(above_standard(|| fchmodat(AT_FDCWD, path, mode, FchmodatFlags::NoFollowSymlink))?)
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

/// Allocates the `len` bytes at `offset` of the file behind `mapping`, which nobody else writes to,
/// and touches them.
pub(crate) fn allocate(
    mapping: &MmapRaw,
    offset: usize,
    len: usize,
    open: impl FnOnce() -> io::Result<File>,
) -> io::Result<()> {
    // Writing is what allocates everywhere.
    const BLOCK: usize = 4096;
    let (file, mut block) = (open()?, [0; BLOCK]);
    for part in (offset..offset + len).step_by(BLOCK) {
        let bytes = &mut block[..BLOCK.min(offset + len - part)];
        file.read_exact_at(bytes, part as u64)?;
        file.write_all_at(bytes, part as u64)?;
    }
    touch(mapping, offset, len);
    Ok(())
}

/// POSIX leaves every mapping to children.
pub(crate) fn let_inherit(_mapping: &MmapRaw, _may_inherit: bool) -> io::Result<()> {
    Ok(())
}

/// Maps `file`, the one whose descriptor holds the lock and of which `from` is a mapping, where `to`
/// is, which goes away.
pub(crate) fn move_mapping(from: Arc<MmapRaw>, to: &MmapRaw, file: Option<&File>) -> io::Result<()> {
    drop(from);
    let file = file.ok_or(Errno::EBADF)?;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_FIXED | libc::MAP_SHARED;
    let (address, descriptor) = (to.as_mut_ptr().cast(), file.as_raw_fd());
    // SAFETY: replaces exactly the mapping `to` by one of a file that is as long. Both are valid for
    // every value of their bytes, and Rust refers to them by atomics only.
    let mapped = unsafe { libc::mmap(address, to.len(), protection, flags, descriptor, 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// POSIX does not tell.
pub(crate) fn is_in_memory(_file: &File) -> Option<bool> {
    None
}
