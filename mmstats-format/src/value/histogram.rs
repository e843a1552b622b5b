//! The value of a histogram.

extern crate alloc;

use alloc::boxed::Box;
use core::fmt;
use core::ops::RangeInclusive;

use super::summary::{Summary, bucket_of_quantile};
use crate::buckets::Buckets;
use crate::tagged::Torn;

/// How often values of each size came.
///
/// It does not know values, only the buckets that they were counted in, so what it says of them are
/// bounds: the smallest and the largest value of a bucket.
///
/// ```
/// use mmstats_format::buckets::Buckets;
/// use mmstats_format::value::HistogramValue;
///
/// // Three values, 1, 20 and 21, in buckets of at most an eighth of their values.
/// let buckets = Buckets::new(3, 6).unwrap();
/// let mut bytes = vec![0_u8; buckets.histogram_len()];
/// bytes[0] = 1 + 20 + 21;
/// for value in [1, 20, 21] {
///     bytes[8 + 8 * buckets.index(value)] += 1;
/// }
/// let histogram = HistogramValue::decode(buckets, &bytes).unwrap();
/// assert_eq!((histogram.count(), histogram.mean()), (3, Some(14.0)));
/// assert_eq!(histogram.min(), Some(1..=1));
/// assert_eq!(histogram.quantile(0.5), Some(20..=21));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HistogramValue {
    division: Buckets,
    sum: u64,
    counts: Box<[u64]>,
    /// Whether some bucket had more values than its count can say.
    is_saturated: bool,
}

impl HistogramValue {
    /// A histogram of no values, divided into `buckets`.
    pub fn new(buckets: Buckets) -> Self {
        let counts = core::iter::repeat_n(0, buckets.count()).collect();
        Self { division: buckets, sum: 0, counts, is_saturated: false }
    }

    /// The histogram that is divided into `buckets` and has these `counts`, by index. What has the index of
    /// no bucket is left out.
    pub fn from_counts(buckets: Buckets, sum: u64, counts: impl IntoIterator<Item = (usize, u64)>) -> Self {
        let mut histogram = Self { sum, ..Self::new(buckets) };
        for (index, count) in counts {
            if let Some(bucket) = histogram.counts.get_mut(index) {
                histogram.is_saturated |= saturate(bucket, count);
            }
        }
        histogram
    }

    /// This histogram, of which `is_saturated` says whether some bucket had more values than its count can
    /// say.
    #[must_use]
    pub fn saturated(self, is_saturated: bool) -> Self {
        Self { is_saturated, ..self }
    }

    /// Decodes the bytes of a histogram that is divided into `buckets` (FORMAT.md, "Histograms").
    ///
    /// # Errors
    /// [`Torn`] if `bytes` are too few.
    pub fn decode(buckets: Buckets, bytes: &[u8]) -> Result<Self, Torn> {
        let words = bytes.get(..buckets.histogram_len()).ok_or(Torn)?.as_chunks().0;
        let (sum, counts) = words.split_first().ok_or(Torn)?;
        let counts = counts.iter().map(|count| u64::from_le_bytes(*count)).collect();
        Ok(Self { division: buckets, sum: u64::from_le_bytes(*sum), counts, is_saturated: false })
    }

    /// How values are divided into buckets.
    pub const fn division(&self) -> Buckets {
        self.division
    }

    /// The numbers that can be derived from it, each with how much it says.
    pub fn summary(&self) -> Summary<impl DoubleEndedIterator<Item = (usize, u64)> + Clone> {
        let counts = self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        Summary::new(self.division, self.sum, counts, self.is_saturated)
    }

    /// Whether some bucket had more values than its count can say.
    pub const fn is_saturated(&self) -> bool {
        self.is_saturated
    }

    /// How many values there were, or 2^64 - 1 if there were more: [`HistogramValue::summary`] tells them apart.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Their sum modulo 2^64.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// An estimate of the arithmetic mean of the values, if there were any. [`HistogramValue::sum`] is known only
    /// modulo 2^64; the estimate derives from the buckets how often it has probably overflowed.
    /// [`HistogramValue::summary`] gives exact numbers and bounds.
    #[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
    pub fn mean(&self) -> Option<f64> {
        const WRAP: f64 = 18_446_744_073_709_551_616.0;
        let middle = |(bounds, count): (RangeInclusive<u64>, u64)| {
            // The values that are too large for the last bucket could be anything.
            let (low, high) = (*bounds.start() as f64, (*bounds.end()).min(self.division.max()) as f64);
            (low + (high - low) / 2.0) * count as f64
        };
        let (count, sum) = (self.count() as f64, self.sum as f64);
        let estimate: f64 = self.buckets().map(middle).sum();
        // The nearest of the sums that are this one modulo 2^64. Whole, and none below zero.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounds")]
        let wraps = ((estimate - sum) / WRAP + 0.5) as u64;
        (count > 0.0).then(|| (sum + wraps as f64 * WRAP) / count)
    }

    /// Bounds of the smallest value, if there were any.
    pub fn min(&self) -> Option<RangeInclusive<u64>> {
        self.buckets().next().map(|(bounds, _)| bounds)
    }

    /// Bounds of the largest value, if there were any.
    pub fn max(&self) -> Option<RangeInclusive<u64>> {
        self.buckets().next_back().map(|(bounds, _)| bounds)
    }

    /// Bounds of the value that a part `q` of all values, from 0 to 1, are not larger than: of the
    /// median for 0.5. There is one if there were any values.
    pub fn quantile(&self, q: f64) -> Option<RangeInclusive<u64>> {
        let count = self.counts.iter().map(|count| u128::from(*count)).sum();
        bucket_of_quantile(self.buckets(), count, q)
    }

    /// The buckets that have values: bounds of the values, and how many there were. The last bucket
    /// also has all values that are too large for it.
    pub fn buckets(&self) -> impl DoubleEndedIterator<Item = (RangeInclusive<u64>, u64)> {
        self.counts.iter().enumerate().filter(|(_, count)| **count > 0).filter_map(|(index, count)| {
            let (low, high) = self.division.bounds(index)?;
            Some((low..=high, *count))
        })
    }

    /// Takes in the values of `other`.
    ///
    /// # Errors
    /// If it is divided into other buckets. Then nothing was taken in.
    pub fn merge(&mut self, other: &Self) -> Result<(), DivisionError> {
        if other.division != self.division {
            return Err(DivisionError { expected: self.division, found: other.division });
        }
        self.sum = self.sum.wrapping_add(other.sum);
        self.is_saturated |= other.is_saturated;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            self.is_saturated |= saturate(count, *more);
        }
        Ok(())
    }

    /// Whether any bucket has fewer values than the same bucket of `other`. Both must have the same buckets.
    pub fn has_fewer_than(&self, other: &Self) -> bool {
        self.counts.iter().zip(&other.counts).any(|(own, other)| own < other)
    }

    /// The values that came after `earlier`, an earlier one of the same histogram.
    ///
    /// # Errors
    /// If it is divided into other buckets.
    pub fn since(&self, earlier: &Self) -> Result<Self, DivisionError> {
        if earlier.division != self.division {
            return Err(DivisionError { expected: self.division, found: earlier.division });
        }
        let pairs = self.counts.iter().zip(&earlier.counts);
        Ok(Self {
            division: self.division,
            sum: self.sum.wrapping_sub(earlier.sum),
            counts: pairs.map(|(now, then)| now.saturating_sub(*then)).collect(),
            is_saturated: self.is_saturated || earlier.is_saturated,
        })
    }
}

/// Adds `more` to `count` as far as that can be counted, and returns whether it was too much.
fn saturate(count: &mut u64, more: u64) -> bool {
    let (sum, is_too_much) = count.overflowing_add(more);
    *count = if is_too_much { u64::MAX } else { sum };
    is_too_much
}

#[expect(clippy::missing_fields_in_debug, reason = "the counts are shown with their bounds")]
impl fmt::Debug for HistogramValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only buckets with values: there can be a thousand without.
        let buckets = fmt::from_fn(|f| f.debug_map().entries(self.buckets()).finish());
        f.debug_struct("HistogramValue")
            .field("division", &self.division)
            .field("sum", &self.sum)
            .field("buckets", &buckets)
            .finish()
    }
}

/// Two histograms cannot be merged, since they are divided into different buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DivisionError {
    /// The buckets of the one that the other was to be merged into.
    pub expected: Buckets,
    /// The buckets of the other.
    pub found: Buckets,
}

impl fmt::Display for DivisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(
            f,
            "expected a histogram of precision {} and {} powers, found one of precision {} and {} powers",
            expected.precision(),
            expected.powers(),
            found.precision(),
            found.powers()
        )
    }
}

impl core::error::Error for DivisionError {}
