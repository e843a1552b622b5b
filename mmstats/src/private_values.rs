//! A thread's values that no other program sees, in memory that is mapped for them.
//!
//! A signal handler may need them while its thread is inside the allocator, so they do without it:
//! mapping and unmapping are plain system calls.
#![expect(unsafe_code, reason = "maps memory, and refers to the header in front of the values")]

use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use mmstats_format::slot::SlotHeader;

/// What is in front of the values.
struct PrivateHeader {
    /// Bytes of the mapping.
    len: AtomicUsize,
    /// How many [`Lease`](crate::leases::Lease)s there are of it.
    holders: AtomicUsize,
}

/// Bytes from the start of the mapping to the values, which are aligned as those in a slot.
const VALUES_OFFSET: usize = SlotHeader::ALIGN;

const _: () = assert!(size_of::<PrivateHeader>() <= VALUES_OFFSET);

/// Maps zeroed values of `len` bytes with one holder; `None` if the system has no memory for them.
pub(crate) fn map(len: usize) -> Option<NonNull<u8>> {
    let len = len.checked_add(VALUES_OFFSET)?;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address that the system chooses.
    let mapping = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, -1, 0) };
    if mapping == libc::MAP_FAILED {
        return None;
    }
    let mapping = NonNull::new(mapping.cast::<u8>())?;
    // SAFETY: the mapping is longer than that.
    let values = unsafe { mapping.add(VALUES_OFFSET) };
    // SAFETY: `values` is of a mapping made here.
    let header = unsafe { header(values) };
    header.len.store(len, Relaxed);
    header.holders.store(1, Relaxed);
    Some(values)
}

/// Adds a holder of `values`.
///
/// # Safety
/// [`map`] returned `values`, and the caller holds them.
pub(crate) unsafe fn hold(values: NonNull<u8>) {
    // SAFETY: as promised by the caller.
    unsafe { header(values) }.holders.fetch_add(1, Relaxed);
}

/// Takes a holder away, and unmaps `values` with the last one.
///
/// # Safety
/// [`map`] returned `values`, and the caller holds them and does not use them after this.
pub(crate) unsafe fn release(values: NonNull<u8>) {
    // SAFETY: as promised by the caller.
    let header = unsafe { header(values) };
    let len = header.len.load(Relaxed);
    if header.holders.fetch_sub(1, AcqRel) > 1 {
        return;
    }
    // SAFETY: the header is that far in front of the values.
    let mapping = unsafe { values.sub(VALUES_OFFSET) };
    // SAFETY: the whole mapping that `map` made, which nobody holds any more.
    unsafe { libc::munmap(mapping.as_ptr().cast(), len) };
}

/// # Safety
/// [`map`] made the mapping of `values`, which is not unmapped while the header is used.
unsafe fn header<'a>(values: NonNull<u8>) -> &'a PrivateHeader {
    // SAFETY: the header is that far in front of the values.
    let header: NonNull<PrivateHeader> = unsafe { values.sub(VALUES_OFFSET) }.cast();
    // SAFETY: a mapping starts at a page, so the header is aligned; it is valid for every value of its
    // bytes, and accessed by atomics only.
    unsafe { header.as_ref() }
}
