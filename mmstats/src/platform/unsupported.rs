//! Systems on which files cannot be published: the values live in private memory.

use std::io;
use std::path::PathBuf;
use std::ptr::NonNull;

use crate::error::CreateError;
use crate::options::Settings;
use crate::private_memory::PrivateMemory;
use crate::struct_layout::StructLayout;

/// Values that only this program sees.
pub(crate) struct Published(PrivateMemory);

#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the interface of all platforms")]
impl Published {
    pub(crate) fn new(layout: StructLayout, _settings: &Settings) -> Result<Self, CreateError> {
        Ok(Self(layout.with_constants()))
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.0.values()
    }

    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::new()
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the file of a `thread_local!` static would be.
#[derive(Debug)]
pub(crate) struct SharedFile;

#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the interface of all platforms")]
impl SharedFile {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn init(&self, _layout: StructLayout, _settings: &Settings) -> Result<(), CreateError> {
        Ok(())
    }

    pub(crate) fn lease(&self, layout: StructLayout) -> Lease {
        Lease(layout.with_constants())
    }

    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::new()
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A thread's values.
#[derive(Debug)]
pub(crate) struct Lease(PrivateMemory);

impl Lease {
    pub(crate) fn without_constants(layout: StructLayout) -> Self {
        Self(PrivateMemory::new(layout.len))
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.0.values()
    }
}

/// Without files there is nothing to publish.
///
/// # Errors
/// None.
pub fn publish_after_fork() -> Result<(), CreateError> {
    Ok(())
}
