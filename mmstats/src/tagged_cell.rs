//! The memory of a value of several words that is never seen half written (FORMAT.md, "Tagged
//! copies"). One writer; readers are other programs.
#![expect(unsafe_code, reason = "reaches words in memory whose length a type cannot state")]

use std::cell::UnsafeCell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::tagged;

/// Two copies of a first word and `DATA_LEN` bytes of data after it.
///
/// Each byte of data takes four in the file: half of a word is the version, and there are two
/// copies. The alignment rounds the length up to whole words in both copies, which `[u64; N / 2]`
/// could not say.
#[repr(C, align(16))]
struct Copies<const DATA_LEN: usize> {
    first_words: [u64; 2],
    data: [u32; DATA_LEN],
}

/// A cell of two tagged copies.
#[repr(transparent)]
pub(crate) struct TaggedCell<const DATA_LEN: usize> {
    copies: UnsafeCell<Copies<DATA_LEN>>,
}

impl<const DATA_LEN: usize> TaggedCell<DATA_LEN> {
    /// Words in a copy.
    const WORDS: usize = size_of::<Copies<DATA_LEN>>() / 16;

    /// Replaces the value by `first` in the first word and `data` in the words after it.
    ///
    /// # Panics
    /// If `data` is longer than `DATA_LEN`.
    #[inline]
    pub(crate) fn set(&self, first: u32, data: &[u8]) {
        let (version, words) = self.next_copy();
        let store = |word: &AtomicU64, data| word.store(tagged::word(version, data).to_le(), Relaxed);
        let (first_word, words) = words.split_first().expect("at least the first word");
        store(first_word, first);
        let (chunks, rest) = data.as_chunks::<{ tagged::DATA_LEN }>();
        for (word, chunk) in words[..chunks.len()].iter().zip(chunks) {
            store(word, u32::from_le_bytes(*chunk));
        }
        if !rest.is_empty() {
            let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u32::from(*byte));
            store(&words[chunks.len()], last);
        }
    }

    /// Replaces the value by that of `from`, which nobody changes meanwhile.
    pub(crate) fn copy_from(&self, from: &Self) {
        let (version, words) = self.next_copy();
        for (word, data) in words.iter().zip(from.get()) {
            word.store(tagged::word(version, data).to_le(), Relaxed);
        }
    }

    /// Makes it empty, unless it was never written.
    pub(crate) fn reset(&self) {
        if Self::newer(self.copies()).0 != 0 {
            self.set(0, &[]);
        }
    }

    /// The data of the words of the value, the first word's first; nothing before the first `set`.
    pub(crate) fn get(&self) -> impl Iterator<Item = u32> {
        let copies = self.copies();
        let (version, number) = Self::newer(copies);
        let words = if version == 0 { &[] } else { copies[number] };
        words.iter().map(|word| tagged::data(u64::from_le(word.load(Relaxed))))
    }

    /// The words to write next, and the version that they are to bear.
    #[inline]
    fn next_copy(&self) -> (u32, &[AtomicU64]) {
        let copies = self.copies();
        let (newer, number) = Self::newer(copies);
        (tagged::next_version(newer), copies[1 - number])
    }

    /// The version and the number of the copy that was written last.
    #[inline]
    fn newer(copies: [&[AtomicU64]; 2]) -> (u32, usize) {
        // This thread is the only writer and finished its last copy, so the first words tell.
        let [first, second] = copies.map(|copy| tagged::version(u64::from_le(copy[0].load(Relaxed))));
        if tagged::is_later(first, second) { (first, 0) } else { (second, 1) }
    }

    #[inline]
    fn copies(&self) -> [&[AtomicU64]; 2] {
        let words: *const AtomicU64 = self.copies.get().cast();
        // SAFETY: `Copies` is 2 * WORDS words of 8 bytes, aligned to 16; they live as long as self,
        // are valid for every value of their bytes (the padding at the end too: the copies are
        // never moved or copied as a value), lie in an UnsafeCell and are accessed by atomics only.
        let words = unsafe { std::slice::from_raw_parts(words, 2 * Self::WORDS) };
        let (first, second) = words.split_at(Self::WORDS);
        [first, second]
    }
}
