//! A word of the file, of which the field types that count are made.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

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

    /// Adds `n`, if this thread is the only one that writes.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        // There is one writer, so nothing can come between load and store; together they compile
        // to one `inc` or `add` on memory, without `lock`.
        self.set(self.get().wrapping_add(n));
    }

    /// Adds `n`, whichever threads add at the same time.
    #[inline]
    pub(crate) fn add_shared(&self, n: u64) {
        if cfg!(target_endian = "little") {
            self.0.fetch_add(n, Relaxed);
        } else {
            self.0.update(Relaxed, Relaxed, |word| u64::from_le(word).wrapping_add(n).to_le());
        }
    }

    /// Adds `value`, whichever threads add at the same time.
    #[inline]
    pub(crate) fn add_shared_f64(&self, value: f64) {
        let sum = |word| f64::from_bits(u64::from_le(word)) + value;
        self.0.update(Relaxed, Relaxed, |word| sum(word).to_bits().to_le());
    }
}
