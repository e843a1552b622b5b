//! [`Counter`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::{Constant, Field, FieldLayout, Resumed, SingleWriter};

/// A number of things that happened: a u64 that only grows, and wraps after 2^64 - 1.
///
/// One thread updates it; readers are other programs. Readers add up the counters of a process's
/// threads.
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
#[repr(transparent)]
pub struct Counter {
    value: AtomicU64,
    single_writer: SingleWriter<Self>,
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
        // There is one writer, so nothing can come between load and store; together they compile
        // to one `inc` or `add` on memory, without `lock`.
        self.value.store(self.get().wrapping_add(n).to_le(), Relaxed);
    }

    /// The number so far.
    #[inline]
    pub fn get(&self) -> u64 {
        u64::from_le(self.value.load(Relaxed))
    }
}

// SAFETY: an AtomicU64 and nothing else, laid out as a counter.
#[diagnostic::do_not_recommend]
unsafe impl Field for Counter {
    const LAYOUT: FieldLayout = FieldLayout {
        kind: Kind::Counter,
        type_: Type::U64,
        aggregate: Aggregate::Sum,
        aggregate_is_chosen: false,
        resumed: Resumed::Sum,
    };

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl Constant for Counter {
    type Value<'a> = u64;

    fn set_constant(&self, value: u64) {
        self.value.store(value.to_le(), Relaxed);
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
