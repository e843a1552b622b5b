//! Systems on which files cannot be published: the values live in private memory.

use std::io;
use std::path::Path;
use std::ptr::NonNull;

use crate::error::CreateError;
use crate::options::Settings;
use crate::private_memory::PrivateMemory;
use crate::schema::StructSpec;

/// Values that only this program sees.
pub(crate) struct Published(PrivateMemory);

impl Published {
    pub(crate) fn new(
        _spec: &'static StructSpec,
        values_len: usize,
        _settings: &Settings,
        set_constants: &dyn Fn(NonNull<u8>),
    ) -> Result<Self, CreateError> {
        let memory = PrivateMemory::new(values_len);
        set_constants(memory.values());
        Ok(Self(memory))
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.0.values()
    }

    #[expect(clippy::unused_self, reason = "the interface of all platforms")]
    pub(crate) fn path(&self) -> &Path {
        Path::new("")
    }

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the interface of all platforms")]
    pub(crate) fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        self.flush()
    }
}
