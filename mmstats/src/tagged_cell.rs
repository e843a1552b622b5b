//! The memory of a value of several words that is never seen half written (FORMAT.md, "Tagged
//! copies"). One writer; readers are other programs.
#![expect(unsafe_code, reason = "reaches words in memory whose length a type cannot state")]

mod copies;

use std::cell::UnsafeCell;
use std::sync::atomic::AtomicU64;

pub(crate) use copies::Copies;
#[cfg(all(test, loom))]
pub(crate) use copies::Word;

/// Two copies of a first word and `DATA_LEN` bytes of data after it.
///
/// Each byte of data takes four in the file: half of a word is the version, and there are two
/// copies. The alignment rounds the length up to whole words in both copies, which `[u64; N / 2]`
/// could not say.
#[repr(C, align(16))]
struct Memory<const DATA_LEN: usize> {
    first_words: [u64; 2],
    data: [u32; DATA_LEN],
}

/// A cell of two tagged copies.
#[repr(transparent)]
pub(crate) struct TaggedCell<const DATA_LEN: usize> {
    memory: UnsafeCell<Memory<DATA_LEN>>,
}

impl<const DATA_LEN: usize> TaggedCell<DATA_LEN> {
    /// Words in a copy.
    const WORDS: usize = size_of::<Memory<DATA_LEN>>() / 16;

    /// Replaces the value by `first` in the first word and `data` in the words after it.
    ///
    /// # Panics
    /// If `data` is longer than `DATA_LEN`.
    #[inline]
    pub(crate) fn set(&self, first: u32, data: &[u8]) {
        self.copies().set(first, data);
    }

    /// Replaces the value by that of `from`, which nobody changes meanwhile.
    pub(crate) fn copy_from(&self, from: &Self) {
        self.copies().copy_from(&from.copies());
    }

    /// Makes it empty, unless it was never written.
    pub(crate) fn reset(&self) {
        self.copies().reset();
    }

    /// The data of the words of the value, the first word's first; nothing before the first `set`.
    pub(crate) fn get(&self) -> impl Iterator<Item = u32> {
        self.copies().get()
    }

    #[inline]
    fn copies(&self) -> Copies<'_, AtomicU64> {
        // SAFETY: `Memory` is 2 * WORDS words of 8 bytes, aligned to 16, that live as long as self and
        // are valid for every value of their bytes (the padding at the end too: the copies are never
        // moved or copied as a value), lie in an UnsafeCell and are accessed by atomics only.
        unsafe { copies_at(self.memory.get().cast(), Self::WORDS) }
    }
}

/// The two copies of `len` words each that stand at `words`.
///
/// # Safety
/// They are aligned to 8, live as long as what is returned, are valid for every value of their bytes, and
/// are accessed by atomics only.
#[inline]
pub(crate) unsafe fn copies_at<'a>(words: *const AtomicU64, len: usize) -> Copies<'a, AtomicU64> {
    // SAFETY: as promised by the caller.
    let words = unsafe { std::slice::from_raw_parts(words, 2 * len) };
    let (first, second) = words.split_at(len);
    Copies([first, second])
}
