//! What differs from system to system. [`Published`], [`SharedFile`] and [`Lease`] are the interface
//! to the rest of the crate.
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
pub(crate) use crate::published::{Lease, Published, SharedFile};
#[cfg(platform = "unsupported")]
pub use unsupported::publish_after_fork;
#[cfg(platform = "unsupported")]
pub(crate) use unsupported::{Lease, Published, SharedFile};
