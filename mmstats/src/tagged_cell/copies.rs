//! How the two copies are written, whatever their words are.

use std::hint::black_box;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::tagged;

/// A word that readers may look at at any instant. Nothing is said of its order to other words.
///
/// The SDK has one kind; the tests of orderings have another, which shows readers all that the memory
/// model allows.
pub(crate) trait Word {
    fn load(&self) -> u64;
    fn store(&self, word: u64);
}

impl Word for AtomicU64 {
    #[inline]
    fn load(&self) -> u64 {
        u64::from_le(self.load(Relaxed))
    }

    #[inline]
    fn store(&self, word: u64) {
        self.store(word.to_le(), Relaxed);
    }
}

/// The words of the two copies of a value; as many in each, and at least one.
pub(crate) struct Copies<'a, W>(pub(crate) [&'a [W]; 2]);

impl<'a, W: Word> Copies<'a, W> {
    /// Replaces the value by `first` in the first word and `data` in the words after it.
    ///
    /// # Panics
    /// If `data` needs more words.
    #[expect(clippy::inline_always, reason = "a cell of each length has code for just that length")]
    #[inline(always)]
    pub(crate) fn set(&self, first: u32, data: &[u8]) {
        let (version, words) = self.next();
        let store = |word: &W, data| word.store(tagged::word(version, data));
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
        let (version, words) = self.next();
        for (word, data) in words.iter().zip(from.get()) {
            word.store(tagged::word(version, data));
        }
    }

    /// Makes it empty, unless it was never written.
    pub(crate) fn reset(&self) {
        if self.is_written() {
            self.set(0, &[]);
        }
    }

    /// Whether there is a value yet.
    pub(crate) fn is_written(&self) -> bool {
        self.versions() != [0; 2]
    }

    /// The data of the words of the value, the first word's first; nothing before the first `set`.
    pub(crate) fn get(&self) -> impl Iterator<Item = u32> + use<'a, W> {
        let [first, second] = self.0;
        let newer = if is_first_newer(self.versions()) { first } else { second };
        let words = if self.is_written() { newer } else { &[] };
        words.iter().map(|word| tagged::data(word.load()))
    }

    /// The version that the words to write next are to bear, and these words.
    #[inline]
    pub(crate) fn next(&self) -> (u32, &'a [W]) {
        let ([first, second], versions) = (self.0, self.versions());
        if is_first_newer(versions) {
            // Keeps it a branch, which the processor foresees, since copies take turns. A choice of the
            // address would have all stores wait for both versions, which were themselves stored just now.
            black_box(());
            (tagged::next_version(versions[0]), second)
        } else {
            (tagged::next_version(versions[1]), first)
        }
    }

    /// The versions of both copies: this thread is the only writer and finished its last copy, so the
    /// first words tell.
    #[inline]
    fn versions(&self) -> [u32; 2] {
        self.0.map(|copy| tagged::version(copy[0].load()))
    }
}

/// Whether the first copy was written last. Versions that the writer finds follow upon each other, and 0,
/// never written, comes before 1: so `tagged::is_later`, which minds whatever a reader may find, comes down
/// to the sign of the difference.
#[inline]
fn is_first_newer([first, second]: [u32; 2]) -> bool {
    first.wrapping_sub(second).cast_signed() > 0
}
