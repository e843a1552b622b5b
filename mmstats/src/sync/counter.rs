//! [`Counter`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use super::layout_of_namesake;
use crate::field::{Constant, Field, FieldLayout, Word};

/// A [`Counter`](crate::Counter) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct CacheStats {
///     hits: sync::Counter,
/// }
///
/// let stats = CacheStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.hits.incr());
///     scope.spawn(|| stats.hits.add(2));
/// });
/// assert_eq!(stats.hits.get(), 3);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct Counter {
    value: Word,
}

impl Counter {
    /// Adds 1.
    #[inline]
    pub fn incr(&self) {
        self.add(1);
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: u64) {
        self.value.add_shared(n);
    }

    /// The number so far.
    #[inline]
    pub fn get(&self) -> u64 {
        self.value.get()
    }
}

// SAFETY: a word, which is an atomic, laid out as the counter of one writer.
#[diagnostic::do_not_recommend]
unsafe impl Field for Counter {
    const LAYOUT: FieldLayout = layout_of_namesake::<Self, crate::Counter>();

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl Constant for Counter {
    type Value<'a> = u64;

    fn set_constant(&self, value: u64) {
        self.value.set(value);
    }

    fn copy_constant(&self, from: &Self) {
        self.set_constant(from.get());
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
