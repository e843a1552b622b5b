//! [`Histogram`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::distribution::{Distribution, Division};
use super::word::{OneWriter, Writers};
use super::{Field, FieldLayout, Resumed};

/// How often values of each size came, from which readers tell quantiles, the mean and the extremes.
///
/// Values are u64 and counted in buckets: each value below 2^(`PRECISION` + 1) has one, and above
/// each power of two has 2^`PRECISION` of one width. So what a reader tells of a value is off by at
/// most 2^-`PRECISION` of it: 6.25 % unless said otherwise. Values of 2^`POWERS` and more share the last
/// bucket; with 64 powers there are none. The sum is exact, modulo 2^64.
///
/// One thread updates it, or several at once if it is a [`sync::Histogram`](crate::sync::Histogram);
/// readers are other programs. Readers add up the buckets of a process's threads. An update is the same few
/// instructions whatever the value, and touches two words.
///
/// | type | error at most | bytes of the file |
/// |---|---:|---:|
/// | [`CoarseHistogram`], `Histogram<3>` | 12.5 % | 3,976 |
/// | `Histogram` | 6.25 % | 7,816 |
/// | [`FineHistogram`], `Histogram<7>` | 0.8 % | 59,400 |
/// | `Histogram<4, 32>`, for values below 2^32 | 6.25 % | 3,720 |
///
/// [`Division`] says which precisions and powers there are; the length is eight bytes, and eight for
/// each of the (`POWERS` - `PRECISION` + 1) times 2^`PRECISION` buckets.
///
/// ```
/// use mmstats::{Histogram, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     #[mmstats(unit = "bytes")]
///     size: Histogram,
/// }
///
/// let stats = MailStats::create()?;
/// stats.size.record(1_500);
/// stats.size.record_n(70_000, 2);
/// assert_eq!((stats.size.count(), stats.size.sum()), (3, 141_500));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Histogram<const PRECISION: u32 = 4, const POWERS: u32 = 64, W: Writers = OneWriter>
where
    (): Division<PRECISION, POWERS>,
{
    values: Distribution<PRECISION, POWERS>,
    marker: W::Marker<Self>,
}

/// A [`Histogram`] of an error of at most 12.5 %, in half the room.
pub type CoarseHistogram = Histogram<3>;

/// A [`Histogram`] of an error of at most 0.8 %, in eight times the room.
pub type FineHistogram = Histogram<7>;

impl<const PRECISION: u32, const POWERS: u32, W: Writers> Histogram<PRECISION, POWERS, W>
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
        self.values.record(value, n, W::add);
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

// SAFETY: words, which are atomics, and a marker without a size, laid out as a histogram.
#[diagnostic::do_not_recommend]
unsafe impl<const PRECISION: u32, const POWERS: u32, W: Writers> Field for Histogram<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    const LAYOUT: FieldLayout = FieldLayout {
        aggregate: Aggregate::Sum,
        parameters: Distribution::<PRECISION, POWERS>::PARAMETERS,
        resumed: Resumed::Words { first: 0, count: Distribution::<PRECISION, POWERS>::WORDS },
        ..FieldLayout::of::<Self>(Kind::Histogram, Type::Histogram)
    };

    fn reset(&self) {}
}

impl<const PRECISION: u32, const POWERS: u32, W: Writers> fmt::Debug for Histogram<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram").field("count", &self.count()).field("sum", &self.sum()).finish()
    }
}
