//! Memory for values that no other program sees.
#![expect(unsafe_code, reason = "owns memory of a length known at run time")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use mmstats_format::slot::SlotHeader;

/// Zeroed memory, aligned as a slot is.
#[derive(Debug)]
pub(crate) struct PrivateMemory {
    values: NonNull<u8>,
    layout: Layout,
}

impl PrivateMemory {
    /// Memory for `len` bytes.
    pub(crate) fn new(len: usize) -> Self {
        let layout = Layout::from_size_align(len.max(1), SlotHeader::ALIGN).expect("values of a Rust type");
        // SAFETY: the layout's size is not zero.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(values) = NonNull::new(memory) else { handle_alloc_error(layout) };
        Self { values, layout }
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        self.values
    }
}

// SAFETY: it owns its memory and gives out nothing but its address.
unsafe impl Send for PrivateMemory {}
// SAFETY: as above.
unsafe impl Sync for PrivateMemory {}

impl Drop for PrivateMemory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout, and freed nowhere else.
        unsafe { dealloc(self.values.as_ptr(), self.layout) }
    }
}
