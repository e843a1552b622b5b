//! [`Counter`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::word::{OneWriter, Word, Writers};
use super::{Constant, Field, FieldLayout, Resumed};

/// A number of things that happened: a u64 that only grows, and wraps after 2^64 - 1.
///
/// One thread updates it, or several at once if it is a [`sync::Counter`](crate::sync::Counter); readers
/// are other programs. Readers add up the counters of a process's threads.
///
/// ```
/// use mmstats::{Counter, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct CacheStats {
///     /// Look-ups that found their key.
///     hits: Counter,
/// }
///
/// let stats = CacheStats::create()?;
/// stats.hits.incr();
/// stats.hits.add(2);
/// assert_eq!(stats.hits.get(), 3);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Counter<W: Writers = OneWriter> {
    value: Word,
    marker: W::Marker<Self>,
}

impl<W: Writers> Counter<W> {
    /// Adds 1.
    #[inline]
    pub fn incr(&self) {
        self.add(1);
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: u64) {
        W::add(&self.value, n);
    }

    /// The number so far.
    #[inline]
    pub fn get(&self) -> u64 {
        self.value.get()
    }
}

// SAFETY: a word, which is an atomic, and a marker without a size, laid out as a counter.
#[diagnostic::do_not_recommend]
unsafe impl<W: Writers> Field for Counter<W> {
    const LAYOUT: FieldLayout = FieldLayout {
        aggregate: Aggregate::Sum,
        resumed: Resumed::Words { first: 0, count: 1 },
        ..FieldLayout::of::<Self>(Kind::Counter, Type::U64)
    };

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl<W: Writers> Constant for Counter<W> {
    type Value<'a> = u64;

    fn set_constant(&self, value: u64) {
        self.value.set(value);
    }

    fn copy_constant(&self, from: &Self) {
        self.set_constant(from.get());
    }
}

impl<W: Writers> fmt::Debug for Counter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
