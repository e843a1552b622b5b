//! Whether the writer of a file lives (FORMAT.md, "Liveness").

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use mmstats_format::header::{FLAG_LOCKED, Header};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::signal::kill;
use nix::sys::stat::Mode;
use nix::unistd::Pid;

use crate::file_descriptor::open_at;
use crate::{lock, processes};

/// Whether the writer of a file lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It holds its lock on the file.
    Alive,
    /// It held its lock, and no longer does: the file is stale.
    Dead,
    /// It is unknown: the file is a copy, or of another host. Such a file is shown and kept.
    Unknown,
}

/// Asks whether the writer of `file`, whose header is `header`, lives.
///
/// # Errors
/// If the system does not answer.
pub fn probe(file: &File, header: &Header) -> io::Result<Liveness> {
    if lock::is_write_locked(file)? {
        return Ok(Liveness::Alive);
    }
    let metadata = file.metadata()?;
    let is_own_inode = metadata.ino() == header.st_ino.get();
    // A device may get another number when the machine boots again.
    let is_own_device = metadata.dev() == header.st_dev.get() || is_of_earlier_boot(header);
    if header.has_flags(FLAG_LOCKED) && is_own_inode && is_own_device && is_local(file)? {
        Ok(Liveness::Dead)
    } else {
        Ok(Liveness::Unknown)
    }
}

/// Guesses whether the process `pid`, which says that it made its file `created` seconds after
/// 1970-01-01 UTC, lives. Files of format 1 hold no lock, so that this is all there is to ask; it
/// knows only of processes in the namespace of this one. The file's inode has the number `inode`.
pub fn probe_process(pid: Option<u64>, created: Option<f64>, inode: u64) -> Liveness {
    let Some(pid) = process_id(pid) else { return Liveness::Unknown };
    match kill(Pid::from_raw(pid), None) {
        Err(Errno::ESRCH) => Liveness::Dead,
        // It lives, and is another user's.
        Err(Errno::EPERM) => Liveness::Alive,
        Ok(()) => match (processes::start_time(pid), created) {
            // Another process with the number of one that died, unless only the clock was set since.
            (Some(start), Some(created))
                if start > created + START_TOLERANCE && processes::has_mapped(pid, inode) == Some(false) =>
            {
                Liveness::Dead
            }
            _ => Liveness::Alive,
        },
        Err(_) => Liveness::Unknown,
    }
}

/// As [`probe_process`], but strict enough to decide whether `file` may be removed: the result is dead only if no
/// process of this machine, in any namespace and by any clock, can be the writer.
///
/// # Errors
/// If the system does not answer.
pub fn probe_maker(file: &File, pid: Option<u64>, created: Option<f64>) -> io::Result<Liveness> {
    let inode = file.metadata()?.ino();
    let guess = probe_process(pid, created, inode);
    let (Liveness::Dead, Some(pid), Some(created)) = (guess, process_id(pid), created) else {
        // A file that does not say when it was made could be one that is just being filled.
        return Ok(if guess == Liveness::Alive { guess } else { Liveness::Unknown });
    };
    let is_maker = |process: &i32| {
        // A clock that was set after the file was made makes its maker seem younger than the file.
        processes::start_time(*process).is_none_or(|start| start <= created + START_TOLERANCE)
            || processes::has_mapped(*process, inode) != Some(false)
    };
    let is_dead = is_local(file)?
        && is_past(created)
        && Duration::try_from_secs_f64(created + START_TOLERANCE)
            .ok()
            .and_then(|since_epoch| processes::known_as(pid, since_epoch))
            .is_some_and(|processes| !processes.iter().any(is_maker));
    Ok(if is_dead { Liveness::Dead } else { Liveness::Unknown })
}

/// `pid`, if it is one process's: 0 and below would name a group of them.
fn process_id(pid: Option<u64>) -> Option<i32> {
    i32::try_from(pid?).ok().filter(|pid| *pid > 0)
}

/// Whether `created`, in seconds since 1970-01-01 UTC, was before now.
fn is_past(created: f64) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    created > 0.0 && created <= now.as_secs_f64()
}

/// Seconds by which a process may seem to have started after it made its file: the system tells
/// the time of its boot, from which starts are counted, in whole seconds.
const START_TOLERANCE: f64 = 2.0;

/// Whether the file was made before this machine booted: its boot id is another, and it is older
/// than this boot. A younger one is of another machine, or of a container that has a boot id of its own.
fn is_of_earlier_boot(header: &Header) -> bool {
    let Some(boot_id) = *BOOT_ID else { return false };
    let Some(boot) = boot_time() else { return false };
    let created = Duration::from_nanos(header.created_realtime_ns.get());
    header.boot_id != [0; 16] && header.boot_id != boot_id && created < boot
}

/// When this machine booted, since 1970-01-01 UTC.
#[cfg(target_os = "linux")]
fn boot_time() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    let since_boot = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?);
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.checked_sub(since_boot)
}

/// When this machine booted, since 1970-01-01 UTC: POSIX does not tell.
#[cfg(not(target_os = "linux"))]
fn boot_time() -> Option<Duration> {
    None
}

/// This boot of the machine, where the system tells.
pub static BOOT_ID: LazyLock<Option<[u8; 16]>> = LazyLock::new(|| {
    // In one read: a writer asks at its start. The id has 36 characters.
    let mut text = [0; 64];
    let path = "/proc/sys/kernel/random/boot_id";
    let len = open_at(AT_FDCWD, path, OFlag::O_RDONLY, Mode::empty()).ok()?.read(&mut text).ok()?;
    let text = str::from_utf8(text.get(..len)?).ok()?;
    let digits: String = text.trim().chars().filter(|character| *character != '-').collect();
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
});

/// Whether `file` is on a filesystem on which only this machine can hold locks. On the others, which
/// are named here, another host may have written it, and its lock is not seen, or the other way round.
///
/// # Errors
/// If the system does not answer.
#[cfg(target_os = "linux")]
pub fn is_local(file: &File) -> io::Result<bool> {
    use nix::sys::statfs::{self, FsType};
    let shared = [
        statfs::AFS_SUPER_MAGIC,
        statfs::CODA_SUPER_MAGIC,
        statfs::FUSE_SUPER_MAGIC,
        statfs::NCP_SUPER_MAGIC,
        statfs::NFS_SUPER_MAGIC,
        statfs::OCFS2_SUPER_MAGIC,
        statfs::SMB_SUPER_MAGIC,
        // From the kernel's and the projects' headers: CIFS, SMB 2, 9p, Ceph, kAFS, GFS2, Lustre,
        // GPFS, VirtualBox.
        FsType(0xff53_4d42),
        FsType(0xfe53_4d42),
        FsType(0x0102_1997),
        FsType(0x00c3_6400),
        FsType(0x6b41_4653),
        FsType(0x0116_1970),
        FsType(0x0bd0_0bd0),
        FsType(0x4750_4653),
        FsType(0x786f_4256),
    ];
    Ok(!shared.contains(&statfs::fstatfs(file)?.filesystem_type()))
}

/// Whether `file` is on a filesystem on which only this machine can hold locks: other systems do
/// not say it in one way.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn is_local(_file: &File) -> io::Result<bool> {
    Ok(true)
}
