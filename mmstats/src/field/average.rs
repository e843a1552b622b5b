//! [`Average`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::word::{OneWriter, Word, Writers};
use super::{Field, FieldLayout, Resumed};

/// The mean of all numbers so far, as their count and their sum.
///
/// One thread updates it, or several at once if it is a [`sync::Average`](crate::sync::Average); readers
/// are other programs. Readers add up the counts and the sums of a process's threads, so that the mean is
/// that of all numbers of all threads.
///
/// ```
/// use mmstats::{Average, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     /// Addresses that a mail was sent to.
///     recipients: Average,
/// }
///
/// let stats = MailStats::create()?;
/// assert_eq!(stats.recipients.get(), None);
/// stats.recipients.add(1.0);
/// stats.recipients.add(2.0);
/// assert_eq!(stats.recipients.get(), Some(1.5));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Average<W: Writers = OneWriter> {
    count: Word,
    sum: Word,
    marker: W::Marker<Self>,
}

impl<W: Writers> Average<W> {
    /// Adds `value`, unless it is infinite or not a number (NaN): it would make the mean infinite or NaN for ever.
    /// If the sum becomes larger than an f64 can hold (about 1.8e308), there is no mean any more.
    #[inline]
    pub fn add(&self, value: f64) {
        if value.is_finite() {
            W::add_f64(&self.sum, value);
            W::add(&self.count, 1);
        }
    }

    /// The mean of the numbers so far; nothing before the first, or if their sum became larger than an f64
    /// can hold. While other threads add numbers, one of them may be in the sum and not yet in the count.
    pub fn get(&self) -> Option<f64> {
        mean(self.sum.get_f64(), self.count())
    }

    /// How many numbers there were.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.get()
    }
}

/// The mean of `count` numbers that add up to `sum`, if that is finite: the numbers are.
#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are as exact as the sum is")]
fn mean(sum: f64, count: u64) -> Option<f64> {
    (count > 0 && sum.is_finite()).then(|| sum / count as f64)
}

// SAFETY: two words, which are atomics, and a marker without a size, laid out as an average.
#[diagnostic::do_not_recommend]
unsafe impl<W: Writers> Field for Average<W> {
    const LAYOUT: FieldLayout = FieldLayout {
        aggregate: Aggregate::Sum,
        resumed: Resumed::Average,
        ..FieldLayout::of::<Self>(Kind::Average, Type::Average)
    };

    fn reset(&self) {}
}

impl<W: Writers> fmt::Debug for Average<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Average").field("mean", &self.get()).field("count", &self.count()).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Average, MmStats, sync};

    #[derive(MmStats)]
    #[repr(C)]
    struct AverageStats {
        average: Average,
        shared: sync::Average,
    }

    #[test]
    fn numbers_that_are_not_finite_are_passed_over() {
        let stats = AverageStats::create().unwrap();
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            stats.average.add(number);
            stats.shared.add(number);
        }
        assert_eq!((stats.average.get(), stats.shared.get()), (None, None));
        stats.average.add(-1.5);
        stats.shared.add(-1.5);
        assert_eq!((stats.average.get(), stats.shared.get()), (Some(-1.5), Some(-1.5)));
    }

    #[test]
    fn finite_numbers_whose_sum_is_too_large_have_no_mean_rather_than_an_infinite_one() {
        let stats = AverageStats::create().unwrap();
        for mean in [Some(f64::MAX), None] {
            stats.average.add(f64::MAX);
            stats.shared.add(f64::MAX);
            assert_eq!((stats.average.get(), stats.shared.get()), (mean, mean));
        }
        assert_eq!((stats.average.count(), stats.shared.count()), (2, 2));
    }

    #[test]
    fn no_number_of_several_threads_is_lost() {
        let stats = AverageStats::create().unwrap();
        std::thread::scope(|scope| {
            for number in [1.0, 2.0, 6.0] {
                let shared = &stats.shared;
                scope.spawn(move || (0..100_000).for_each(|_| shared.add(number)));
            }
        });
        assert_eq!((stats.shared.count(), stats.shared.get()), (300_000, Some(3.0)));
    }
}
