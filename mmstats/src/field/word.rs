//! A word of the file, from which the counting field types are built, and the two ways to add to it.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::SingleWriter;

/// Eight bytes of the file: a u64 or an f64, little-endian on every machine, in one atomic.
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        u64::from_le(self.0.load(Relaxed))
    }

    #[inline]
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value.to_le(), Relaxed);
    }

    #[inline]
    pub(crate) fn get_f64(&self) -> f64 {
        f64::from_bits(self.get())
    }

    #[inline]
    pub(crate) fn set_f64(&self, value: f64) {
        self.set(value.to_bits());
    }
}

/// How many threads may update a field at once: [`OneWriter`] or [`ManyWriters`].
///
/// It is a parameter of the field types that exist for both. It decides only how an update adds to a word of the
/// file, and whether threads can share the field.
pub trait Writers: sealed::Update {}

/// One thread updates the field, with one instruction for each word. The field is not `Sync`.
#[derive(Debug)]
pub enum OneWriter {}

/// Several threads update the field at once, with an atomic instruction for each word. The field is `Sync`.
#[derive(Debug)]
pub enum ManyWriters {}

impl Writers for OneWriter {}
impl Writers for ManyWriters {}

mod sealed {
    use super::Word;

    /// How a field is updated.
    pub trait Update: 'static {
        /// The member of a field type `F` that decides whether threads can share it. It has no size.
        type Marker<F>;

        /// Adds `n`.
        fn add(word: &Word, n: u64);

        /// Adds `value` to an f64.
        fn add_f64(word: &Word, value: f64);
    }
}

impl sealed::Update for OneWriter {
    type Marker<F> = SingleWriter<F>;

    #[inline]
    fn add(word: &Word, n: u64) {
        // There is one writer, so nothing can come between load and store; together they compile
        // to one `inc` or `add` on memory, without `lock`.
        word.set(word.get().wrapping_add(n));
    }

    #[inline]
    fn add_f64(word: &Word, value: f64) {
        word.set_f64(word.get_f64() + value);
    }
}

impl sealed::Update for ManyWriters {
    type Marker<F> = ();

    #[inline]
    fn add(word: &Word, n: u64) {
        if cfg!(target_endian = "little") {
            word.0.fetch_add(n, Relaxed);
        } else {
            word.0.update(Relaxed, Relaxed, |word| u64::from_le(word).wrapping_add(n).to_le());
        }
    }

    #[inline]
    fn add_f64(word: &Word, value: f64) {
        let sum = |word| f64::from_bits(u64::from_le(word)) + value;
        word.0.update(Relaxed, Relaxed, |word| sum(word).to_bits().to_le());
    }
}
