//! What differs from system to system. [`Published`], [`SharedFile`], [`Lease`] and [`KeptLease`] are the
//! interface to the rest of the crate.
//!
//! | system | how a file shows that its writer lives |
//! |---|---|
//! | `linux` | an open-file-description lock, which only a writer can hold |
//! | `unix` | flock: any reader that can open the file can take it, so a dead writer can be made to look alive |
//! | `unsupported` | there is no file: values live in private memory, so that programs still run |
//!
//! `--cfg mmstats_platform="unix"` and `"unsupported"` choose the weaker ones on Linux, to test them.

#[cfg(platform = "linux")]
#[path = "platform/linux.rs"]
pub(crate) mod system;

#[cfg(platform = "unix")]
#[path = "platform/unix.rs"]
pub(crate) mod system;

#[cfg(platform = "unsupported")]
mod unsupported;

#[cfg(not(platform = "unsupported"))]
pub(crate) use crate::leases::{KeptLease, Lease};
#[cfg(not(platform = "unsupported"))]
pub(crate) use crate::published::{Published, SharedFile};
#[cfg(platform = "unsupported")]
pub use unsupported::publish_after_fork;
#[cfg(platform = "unsupported")]
pub(crate) use unsupported::{KeptLease, Lease, Published, SharedFile};

/// The name of a thread, as far as a slot's header has room for it. Made without an allocation.
#[cfg(not(platform = "unsupported"))]
#[derive(Clone, Copy)]
pub(crate) struct ThreadName {
    bytes: [u8; mmstats_format::slot::SlotHeader::MAX_NAME_LEN],
    len: usize,
}

#[cfg(not(platform = "unsupported"))]
impl ThreadName {
    /// The part of `name` that is UTF-8, and for which there is room.
    pub(crate) fn new(name: &[u8]) -> Self {
        let mut bytes = [0; mmstats_format::slot::SlotHeader::MAX_NAME_LEN];
        let name = name.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let len = name.floor_char_boundary(bytes.len());
        bytes[..len].copy_from_slice(&name.as_bytes()[..len]);
        Self { bytes, len }
    }

    pub(crate) fn as_str(&self) -> &str {
        // `new` has put UTF-8 there.
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}
