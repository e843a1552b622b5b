//! Pointers into a mapped file.
#![expect(unsafe_code, reason = "computes pointers into a mapping")]

use std::ptr::NonNull;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

use memmap2::MmapRaw;

/// Where the `len` bytes at `offset` of `mapping` are.
///
/// # Panics
/// If they are not within the mapping.
pub(crate) fn at(mapping: &MmapRaw, offset: usize, len: usize) -> NonNull<u8> {
    assert!(offset.checked_add(len).is_some_and(|end| end <= mapping.len()));
    let start = NonNull::new(mapping.as_mut_ptr()).expect("a mapping is not at address 0");
    // SAFETY: offset is at most the mapping's length, and a mapping is one allocation.
    unsafe { start.add(offset) }
}

/// Writes to each page of the first `len` bytes of `mapping`, without a change, so that later
/// writes fault no more. The bytes must be allocated: a hole in a full filesystem is SIGBUS.
pub(crate) fn touch(mapping: &MmapRaw, len: usize) {
    /// Pages are at least this long.
    const PAGE_LEN: usize = 4096;
    for offset in (0..len).step_by(PAGE_LEN) {
        let byte: NonNull<AtomicU8> = at(mapping, offset, 1).cast();
        // SAFETY: the byte lies within the mapping, any alignment will do for one byte, and the
        // file is not published yet, so nothing else accesses it.
        unsafe { byte.as_ref() }.fetch_or(0, Relaxed);
    }
}
