//! [`Histogram`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use super::layout_of_namesake;
use crate::field::{Distribution, Division, Field, FieldLayout, Word};

/// A [`Histogram`](crate::Histogram) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     #[mmstats(unit = "bytes")]
///     size: sync::Histogram,
/// }
///
/// let stats = MailStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.size.record(1_500));
///     scope.spawn(|| stats.size.record_n(70_000, 2));
/// });
/// assert_eq!((stats.size.count(), stats.size.sum()), (3, 141_500));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct Histogram<const PRECISION: u32 = 4, const POWERS: u32 = 64>
where
    (): Division<PRECISION, POWERS>,
{
    values: Distribution<PRECISION, POWERS>,
}

impl<const PRECISION: u32, const POWERS: u32> Histogram<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    /// Counts `value`.
    #[inline]
    pub fn record(&self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts `value` `n` times.
    #[inline]
    pub fn record_n(&self, value: u64, n: u64) {
        self.values.record(value, n, Word::add_shared);
    }

    /// How many values there were: adds up all buckets.
    pub fn count(&self) -> u64 {
        self.values.count()
    }

    /// The sum of the values, modulo 2^64.
    #[inline]
    pub fn sum(&self) -> u64 {
        self.values.sum()
    }
}

// SAFETY: words, which are atomics, laid out as the histogram of one writer.
#[diagnostic::do_not_recommend]
unsafe impl<const PRECISION: u32, const POWERS: u32> Field for Histogram<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    const LAYOUT: FieldLayout = layout_of_namesake::<Self, crate::Histogram<PRECISION, POWERS>>();

    fn reset(&self) {}
}

impl<const PRECISION: u32, const POWERS: u32> fmt::Debug for Histogram<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram").field("count", &self.count()).field("sum", &self.sum()).finish()
    }
}
