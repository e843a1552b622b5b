//! A struct without its type, as publications hold it.
#![expect(unsafe_code, reason = "refers to values of a type that was erased")]

use std::ptr::NonNull;

use mmstats_format::slot::SlotHeader;

use crate::private_memory::PrivateMemory;
use crate::schema::{MmStats, StructSpec};

/// What has to be known of a struct to publish it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StructLayout {
    pub(crate) spec: &'static StructSpec,
    /// Bytes of the struct.
    pub(crate) len: usize,
    set_constants: fn(&PrivateMemory),
}

impl StructLayout {
    pub(crate) const fn of<T: MmStats>() -> Self {
        const { assert!(align_of::<T>() <= SlotHeader::ALIGN, "values are aligned to at most 128 bytes") };
        Self { spec: T::SPEC, len: size_of::<T>(), set_constants: set_constants::<T> }
    }

    /// A struct in memory of its own, zero but for its constants. Runs the user's expressions.
    pub(crate) fn with_constants(&self) -> PrivateMemory {
        let memory = PrivateMemory::new(self.len);
        (self.set_constants)(&memory);
        memory
    }

    /// Calls [`StructSpec::begin_lease`] with the constants of `constants`.
    ///
    /// # Safety
    /// `values` points to a struct of this layout, and `constants` was made by
    /// [`StructLayout::with_constants`] of this one.
    pub(crate) unsafe fn begin_lease(&self, values: NonNull<u8>, constants: &PrivateMemory) {
        // SAFETY: as promised by the caller.
        unsafe { self.spec.begin_lease(values, constants.values()) }
    }
}

fn set_constants<T: MmStats>(memory: &PrivateMemory) {
    // SAFETY: `with_constants` has just made this memory for a T: zeroed, which is valid, and aligned
    // to 128 bytes. It lives as long as this call.
    let values: &T = unsafe { memory.values().cast().as_ref() };
    values.set_constants();
}
