//! The memory of a publication: its address stays, whatever file is behind it.
#![expect(unsafe_code, reason = "refers to words of a mapping, and replaces what is mapped")]

use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};

use memmap2::{MmapOptions, MmapRaw};
use mmstats_format::slot::SlotHeader;

use crate::platform::system;
use crate::tagged_cell::TaggedCell;

/// A mapping of a file, or what took its place in a child of fork.
pub(crate) struct Memory {
    /// Shared with those who flush it, who do not hold the lock of all publications meanwhile.
    mapping: Arc<MmapRaw>,
    /// Whether it is this process's alone, and a file no more.
    is_private: AtomicBool,
}

impl Memory {
    /// Maps the first `len` bytes of `file`, out of reach of children.
    pub(super) fn map(file: &File, len: usize) -> io::Result<Self> {
        let mapping = MmapOptions::new().len(len).map_raw(file)?;
        system::let_inherit(&mapping, false)?;
        Ok(Self { mapping: Arc::new(mapping), is_private: AtomicBool::new(false) })
    }

    pub(super) fn mapping(&self) -> &Arc<MmapRaw> {
        &self.mapping
    }

    pub(super) fn is_private(&self) -> bool {
        self.is_private.load(Relaxed)
    }

    /// Where the `len` bytes at `offset` are.
    ///
    /// # Panics
    /// If they are not within the mapping.
    pub(super) fn at(&self, offset: usize, len: usize) -> NonNull<u8> {
        at(&self.mapping, offset, len)
    }

    /// The whole words in the `len` bytes at `offset`.
    ///
    /// # Panics
    /// If they are not within the mapping, or `offset` is no multiple of 8.
    pub(super) fn words(&self, offset: usize, len: usize) -> &[AtomicU64] {
        assert!(offset.is_multiple_of(align_of::<AtomicU64>()));
        let words: NonNull<AtomicU64> = self.at(offset, len).cast();
        // SAFETY: the words lie within the mapping, which lives as long as self and starts at a
        // page, so they are aligned; they are accessed by atomics only.
        unsafe { std::slice::from_raw_parts(words.as_ptr(), len / size_of::<AtomicU64>()) }
    }

    /// The half word at `offset`.
    ///
    /// # Panics
    /// If it is not within the mapping, or `offset` is no multiple of 4.
    pub(super) fn half_word(&self, offset: usize) -> &AtomicU32 {
        assert!(offset.is_multiple_of(align_of::<AtomicU32>()));
        let word: NonNull<AtomicU32> = self.at(offset, size_of::<AtomicU32>()).cast();
        // SAFETY: as in `words`.
        unsafe { word.as_ref() }
    }

    /// The name in the header of the slot at `slot_offset`.
    pub(super) fn slot_name(&self, slot_offset: usize) -> &TaggedCell<{ SlotHeader::MAX_NAME_LEN }> {
        let offset = slot_offset + SlotHeader::NAME_OFFSET;
        assert!(offset.is_multiple_of(align_of::<TaggedCell<{ SlotHeader::MAX_NAME_LEN }>>()));
        const { assert!(size_of::<TaggedCell<{ SlotHeader::MAX_NAME_LEN }>>() == SlotHeader::NAME_LEN) };
        let name = self.at(offset, SlotHeader::NAME_LEN).cast();
        // SAFETY: it lies within the mapping, which lives as long as self, is aligned, valid for
        // every value of its bytes, and accessed by atomics only.
        unsafe { name.as_ref() }
    }

    /// Lets a child of fork have it, to lay its own memory over, or not.
    pub(super) fn let_inherit(&self, may_inherit: bool) {
        if !self.is_private() {
            // The system refuses what it does not know. Then the mapping is inherited anyhow.
            let _ = system::let_inherit(&self.mapping, may_inherit);
        }
    }

    /// Lays zeroed memory of this process's own over it, also if it has its own. For the child of a
    /// fork: one system call and nothing else.
    pub(super) fn make_private(&self) {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let address = self.mapping.as_mut_ptr();
        // SAFETY: replaces exactly the mapping that is self's. Rust refers to it by atomics only, which
        // are valid for every value, as `unsafe trait MmStats` promises.
        let mapped = unsafe { libc::mmap(address.cast(), self.mapping.len(), protection, flags, -1, 0) };
        // The system replaces a mapping in place, so it needs no more than before. If it does refuse,
        // the child goes on in the parent's file: no child is ended for its statistics.
        self.is_private.fetch_or(mapped != libc::MAP_FAILED, Relaxed);
    }

    /// Puts `new`, a mapping of a file of the same layout, in this one's place.
    pub(super) fn replace(&self, new: Self, file: Option<&File>) -> io::Result<()> {
        assert_eq!(self.mapping.len(), new.mapping.len(), "files of one layout have one length");
        system::move_mapping(new.mapping, &self.mapping, file)?;
        self.is_private.store(false, Relaxed);
        Ok(())
    }
}

/// Where the `len` bytes at `offset` of `mapping` are.
///
/// # Panics
/// If they are not within the mapping.
fn at(mapping: &MmapRaw, offset: usize, len: usize) -> NonNull<u8> {
    assert!(offset.checked_add(len).is_some_and(|end| end <= mapping.len()));
    let start = NonNull::new(mapping.as_mut_ptr()).expect("a mapping is not at address 0");
    // SAFETY: offset is at most the mapping's length, and a mapping is one allocation.
    unsafe { start.add(offset) }
}

/// Writes to each page of the `len` bytes at `offset` of `mapping`, without a change, so that later
/// writes fault no more. The bytes must be allocated: a hole in a full filesystem is SIGBUS.
pub(crate) fn touch(mapping: &MmapRaw, offset: usize, len: usize) {
    /// Pages are at least this long.
    const PAGE_LEN: usize = 4096;
    let mut next = offset;
    while next < offset + len {
        let byte: NonNull<AtomicU8> = at(mapping, next, 1).cast();
        // SAFETY: the byte lies within the mapping, any alignment will do for one byte, and nobody
        // else writes to it before its slot is leased.
        unsafe { byte.as_ref() }.fetch_or(0, Relaxed);
        next = (next + 1).next_multiple_of(PAGE_LEN);
    }
}
