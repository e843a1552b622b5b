//! Linux.
#![expect(unsafe_code, reason = "makes system calls that have no safe function")]

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use memmap2::{Advice, MmapRaw};
use mmstats_host::file_descriptor::open_at;
use mmstats_host::lock;
use mmstats_host::moment::is_in_initial_namespace;
use mmstats_host::processes::start_ticks;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, FallocateFlags, OFlag, fallocate};
use nix::sys::stat::Mode;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{geteuid, linkat};

use super::ThreadName;
use crate::publication::ProcessFacts;
use crate::publication::memory::touch;

/// The id of this thread.
pub(crate) fn thread_id() -> u32 {
    nix::unistd::gettid().as_raw().cast_unsigned()
}

/// The name of this thread, whose id is `tid`: that of the system, or `main` as in Rust.
pub(crate) fn thread_name(tid: u32) -> ThreadName {
    /// The system's names are shorter, and end with a NUL.
    const LEN: usize = 16;
    if tid == std::process::id() {
        return ThreadName::new(b"main");
    }
    let mut name = [0_u8; LEN];
    // SAFETY: the system writes at most 16 bytes to the address.
    let got = unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    let len = name.iter().position(|byte| *byte == 0).unwrap_or(LEN);
    ThreadName::new(if got == 0 { &name[..len] } else { b"" })
}

/// Whether no thread of this process has the id `tid` any more.
pub(crate) fn has_ended(tid: u32) -> bool {
    // SAFETY: signal 0 is sent to nobody; the system only looks for the thread.
    let found = unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), tid, 0) };
    found != 0 && Errno::last() == Errno::ESRCH
}

/// Whether `pthread_setspecific` of the key of this number allocates nothing. glibc has room in each thread
/// for the first 32 keys; musl has it for all.
pub(crate) fn is_key_safe(key: usize) -> bool {
    const FIRST_KEYS: usize = 32;
    !cfg!(target_env = "gnu") || key < FIRST_KEYS
}

/// Whether this process runs with more rights than its caller, though its ids do not show it.
pub(crate) fn is_secure() -> bool {
    // SAFETY: it looks up a number that the kernel gave this process at its start.
    let is_secure = unsafe { libc::getauxval(libc::AT_SECURE) };
    is_secure != 0
}

/// What `/proc` says of this process; zero where it says nothing.
pub(crate) fn process_facts() -> ProcessFacts {
    ProcessFacts {
        start_time: start_ticks("self").unwrap_or_default(),
        boot_id: mmstats_host::liveness::BOOT_ID.unwrap_or_default(),
        pid_namespace: pid_namespace().unwrap_or_default(),
        boottime_ns: boottime_ns().unwrap_or_default(),
    }
}

/// The inode of `/proc/self/ns/pid`. Its link, `pid:[4026531836]`, is read sooner than it is followed.
fn pid_namespace() -> Option<u64> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok()
}

/// The time since boot; nothing if this process has another clock for it than readers have.
fn boottime_ns() -> Option<u64> {
    if !is_in_initial_namespace() {
        return None;
    }
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    u64::try_from(std::time::Duration::from(time).as_nanos()).ok()
}

/// Lets its owner read, write and search the directory `path`, if that is this user: under an odd umask
/// it may have been made without. Follows no link, and changes nothing else that takes the path.
pub(crate) fn let_owner_in(path: &Path) -> io::Result<()> {
    // Whatever the mode is, it can be opened like this.
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let directory = open_at(AT_FDCWD, path, flags, Mode::empty())?;
    let metadata = directory.metadata()?;
    let mode = metadata.mode() & 0o7777;
    if metadata.uid() != geteuid().as_raw() || mode & 0o700 == 0o700 {
        return Ok(());
    }
    fs::set_permissions(descriptor_path(&directory), Permissions::from_mode(mode | 0o700))
}

/// Makes a file without a name on the filesystem of `dir`, or nothing where that cannot be done.
pub(crate) fn open_unnamed(dir: &File) -> io::Result<Option<File>> {
    let flags = OFlag::O_TMPFILE | OFlag::O_RDWR;
    match open_at(dir, ".", flags, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(file) => Ok(Some(file)),
        // The filesystem or an old kernel has no O_TMPFILE.
        Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT | Errno::EINVAL) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

/// Gives the unnamed `file` its first name.
pub(crate) fn link_unnamed(file: &File, dir: &File, name: &OsStr) -> nix::Result<()> {
    match linkat(file.as_fd(), "", dir.as_fd(), name, AtFlags::AT_EMPTY_PATH) {
        // Before Linux 6.10 only a privileged process could name the descriptor itself.
        Err(Errno::ENOENT) => {
            let path = descriptor_path(file);
            linkat(AT_FDCWD, path.as_str(), dir.as_fd(), name, AtFlags::AT_SYMLINK_FOLLOW)
        }
        linked => linked,
    }
}

fn descriptor_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Sees to it that only the mapping holds the lock. Returns a descriptor of the file, and whether it has
/// to stay open for the lock to last: overlayfs maps the file below, and drops the lock when the
/// descriptor is closed.
pub(crate) fn leave_lock_to_mapping(file: File) -> io::Result<(File, bool)> {
    // There a mapping holds the file itself.
    if is_in_memory(&file) == Some(true) {
        return Ok((file, false));
    }
    let path = descriptor_path(&file);
    let second = match open_at(AT_FDCWD, path.as_str(), OFlag::O_RDWR, Mode::empty()) {
        Ok(second) => second,
        // Without /proc there is no second descriptor to ask with: keep the first.
        Err(Errno::ENOENT) => return Ok((file, true)),
        Err(errno) => return Err(errno.into()),
    };
    drop(file);
    if lock::is_write_locked(&second)? {
        return Ok((second, false));
    }
    if lock::try_write_lock(&second)? {
        Ok((second, true))
    } else {
        // Nobody else has seen the file.
        Err(io::Error::other("the lock went to somebody else"))
    }
}

/// Allocates the `len` bytes at `offset` of the file behind `mapping`, and makes writes to them free
/// of page faults. The file is opened only where the system cannot do it without.
pub(crate) fn allocate(
    mapping: &MmapRaw,
    offset: usize,
    len: usize,
    open: impl FnOnce() -> io::Result<File>,
) -> io::Result<()> {
    match mapping.advise_range(Advice::PopulateWrite, offset, len) {
        Ok(()) => return Ok(()),
        Err(error) => match error.raw_os_error().map(Errno::from_raw) {
            // A fault would be SIGBUS: the filesystem is full.
            Some(Errno::EFAULT) => return Err(Errno::ENOSPC.into()),
            // Before Linux 5.14, or forbidden to this program.
            Some(Errno::EINVAL | Errno::ENOSYS | Errno::EPERM) => {}
            _ => return Err(error),
        },
    }
    let position = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
    fallocate(open()?, FallocateFlags::empty(), position(offset), position(len))?;
    touch(mapping, offset, len);
    Ok(())
}

/// Lets children of fork have `mapping`, or leaves them a hole in its place.
pub(crate) fn let_inherit(mapping: &MmapRaw, may_inherit: bool) -> io::Result<()> {
    mapping.advise(if may_inherit { Advice::DoFork } else { Advice::DontFork })
}

/// Moves the mapping `from` to where `to` is, which goes away. The lock that the mapping holds stays
/// with it.
pub(crate) fn move_mapping(from: Arc<MmapRaw>, to: &MmapRaw, _file: Option<&File>) -> io::Result<()> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let (address, len) = (from.as_mut_ptr(), from.len());
    // SAFETY: `from` and `to` are mappings of one length that do not overlap, and both are valid for
    // every value of their bytes. Rust refers to what was at `to` by atomics only.
    let moved = unsafe { libc::mremap(address.cast(), len, len, flags, to.as_mut_ptr()) };
    if moved == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // Its addresses are no longer its own to unmap.
    std::mem::forget(from);
    Ok(())
}

/// Whether `file` is on a filesystem that keeps data in memory, if the system tells.
///
/// On a disk, writeback makes each page of a mapping read-only for a while, and the next update waits.
pub(crate) fn is_in_memory(file: &File) -> Option<bool> {
    use nix::sys::statfs::{FsType, HUGETLBFS_MAGIC, TMPFS_MAGIC, fstatfs};
    const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);
    let filesystem = fstatfs(file).ok()?.filesystem_type();
    Some([TMPFS_MAGIC, RAMFS_MAGIC, HUGETLBFS_MAGIC].contains(&filesystem))
}
