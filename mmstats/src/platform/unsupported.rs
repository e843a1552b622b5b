//! Systems on which files cannot be published: the values live in private memory.

#![expect(unsafe_code, reason = "refers to thread-locals of this thread")]

use std::cell::{Cell, RefCell};
use std::io;
use std::path::PathBuf;
use std::ptr::NonNull;
use std::rc::Rc;

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

    pub(crate) fn is_published(&self) -> bool {
        false
    }

    pub(crate) fn republish(&self) -> Result<(), CreateError> {
        Ok(())
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

    pub(crate) fn lease(&self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        if let Some(lease) = Leases::find(kept) {
            return Some(lease);
        }
        let lease = Lease(Rc::new(layout.with_constants()));
        if Leases::keep(kept, lease.clone()) {
            kept.0.set(Some(lease.values()));
        }
        Some(lease)
    }

    pub(crate) fn lease_for_handle(&self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        self.lease(layout, kept)
    }

    pub(crate) fn lease_in_handler(&self, layout: StructLayout, kept: &KeptLease) -> Option<Lease> {
        self.lease(layout, kept)
    }

    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::new()
    }

    pub(crate) fn is_published(&self) -> bool {
        false
    }

    pub(crate) fn republish(&self) -> Result<(), CreateError> {
        Ok(())
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a thread's values are, in a thread-local.
#[derive(Debug)]
pub(crate) struct KeptLease(Cell<Option<NonNull<u8>>>);

impl KeptLease {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(None))
    }

    #[inline]
    pub(crate) fn values(&self) -> Option<NonNull<u8>> {
        self.0.get()
    }
}

/// A thread's values.
#[derive(Clone, Debug)]
pub(crate) struct Lease(Rc<PrivateMemory>);

impl Lease {
    pub(crate) fn values(&self) -> NonNull<u8> {
        self.0.values()
    }
}

/// The values of this thread's statics, until it ends.
struct Leases(RefCell<Vec<(NonNull<KeptLease>, Lease)>>);

std::thread_local! {
    static LEASES: Leases = const { Leases(RefCell::new(Vec::new())) };
}

impl Leases {
    fn find(kept: &KeptLease) -> Option<Lease> {
        let find = |leases: &Self| {
            let leases = leases.0.borrow();
            let (_, lease) = leases.iter().find(|(of, _)| *of == NonNull::from_ref(kept))?;
            Some(lease.clone())
        };
        LEASES.try_with(find).ok().flatten()
    }

    /// Keeps `lease` until the thread ends; `false` if it is ending already.
    fn keep(kept: &KeptLease, lease: Lease) -> bool {
        LEASES.try_with(|leases| leases.0.borrow_mut().push((NonNull::from_ref(kept), lease))).is_ok()
    }
}

impl Drop for Leases {
    /// The thread ends: what it counts after this is gone after each call.
    fn drop(&mut self) {
        for (kept, _) in self.0.get_mut().drain(..) {
            // SAFETY: a thread-local without a destructor of this thread, which still runs.
            unsafe { kept.as_ref() }.0.set(None);
        }
    }
}

/// Without files there is nothing to publish.
///
/// # Errors
/// None.
pub fn publish_after_fork() -> Result<(), CreateError> {
    Ok(())
}
