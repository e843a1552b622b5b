//! Whether the writer of a file lives (FORMAT.md, "Liveness").

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::LazyLock;

use mmstats_format::header::{FLAG_LOCKED, Header};

use crate::lock;

/// Whether the writer of a file lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It holds its lock on the file.
    Alive,
    /// It held its lock, and does no longer: the file is stale.
    Dead,
    /// Nothing can be said: a copy, or a file of another host. Such a file is shown and kept.
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

fn is_of_earlier_boot(header: &Header) -> bool {
    match *BOOT_ID {
        Some(boot_id) => header.boot_id != [0; 16] && header.boot_id != boot_id,
        None => false,
    }
}

/// This boot of the machine, where the system tells.
pub static BOOT_ID: LazyLock<Option<[u8; 16]>> = LazyLock::new(|| {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let digits: String = text.trim().chars().filter(|character| *character != '-').collect();
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
});

/// Whether only this machine can hold locks on `file`. On the filesystems named here another host
/// may have written the file, and its lock is not seen.
#[cfg(target_os = "linux")]
fn is_local(file: &File) -> io::Result<bool> {
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

/// Whether only this machine can hold locks on `file`: other systems do not say it in one way.
#[cfg(not(target_os = "linux"))]
fn is_local(_file: &File) -> io::Result<bool> {
    Ok(true)
}
