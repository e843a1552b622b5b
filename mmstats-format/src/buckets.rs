//! Buckets of a histogram: logarithmic, and linear within a power of two (FORMAT.md, "Histograms").

use core::hint::cold_path;

/// How a histogram of u64 values is divided into buckets.
///
/// Values below 2^(precision + 1) have a bucket each. Above, each power of two is divided into
/// 2^precision buckets of one width, so that a bucket is at most 2^-precision of its values wide.
/// Values of 2^powers and more are counted in the last bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Buckets {
    precision: u32,
    powers: u32,
}

impl Buckets {
    /// The largest precision: 2^-16 of the value.
    pub const MAX_PRECISION: u32 = 16;
    /// The largest number of powers: all of u64.
    pub const MAX_POWERS: u32 = 64;

    /// The division, if `precision` is from 0 to 16 and `powers` from `precision + 1` to 64.
    pub const fn new(precision: u32, powers: u32) -> Option<Self> {
        if precision <= Self::MAX_PRECISION && powers > precision && powers <= Self::MAX_POWERS {
            Some(Self { precision, powers })
        } else {
            None
        }
    }

    /// Binary digits of a value that its bucket tells, after the first.
    pub const fn precision(self) -> u32 {
        self.precision
    }

    /// Values below 2 to this power are told apart.
    pub const fn powers(self) -> u32 {
        self.powers
    }

    /// How many buckets there are.
    pub const fn count(self) -> usize {
        // At most 64 << 16.
        ((self.powers.saturating_sub(self.precision).saturating_add(1)) as usize) << self.precision
    }

    /// Bytes of a histogram: its sum, then its buckets.
    pub const fn histogram_len(self) -> usize {
        self.count().saturating_add(1).saturating_mul(size_of::<u64>())
    }

    /// Bytes of a timer: its last duration, then those of a histogram.
    pub const fn timer_len(self) -> usize {
        self.histogram_len().saturating_add(size_of::<u64>())
    }

    /// The largest value that is not counted in the last bucket for want of a better one.
    pub const fn max(self) -> u64 {
        match 1_u64.checked_shl(self.powers) {
            Some(end) => end.wrapping_sub(1),
            None => u64::MAX,
        }
    }

    /// Whether values larger than [`Buckets::max`] are counted in the bucket `index`, too: it is the last one,
    /// and there are such values.
    pub const fn is_open(self, index: usize) -> bool {
        index.saturating_add(1) == self.count() && self.powers < Self::MAX_POWERS
    }

    /// The bucket of `value`, less than [`Buckets::count`].
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "an index is at most 64 << 16")]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "a power is at most 63, and no less than the precision where it is reduced by it"
    )]
    pub const fn index(self, value: u64) -> usize {
        let value = if value > self.max() {
            // Rare, and then foreseen: all others do not wait for the choice.
            cold_path();
            self.max()
        } else {
            value
        };
        // The lowest bit that is set stands for all values below 2^(precision + 1): there the shift is 0.
        let power = (value | (1 << self.precision)).ilog2();
        let shift = power - self.precision;
        ((shift as usize) << self.precision) + (value >> shift) as usize
    }

    /// The smallest and the largest value of the bucket `index`; for the last one, 2^64 - 1 is the
    /// largest.
    #[expect(clippy::cast_possible_truncation, reason = "an index is at most 64 << 16")]
    pub const fn bounds(self, index: usize) -> Option<(u64, u64)> {
        let count = self.count();
        if index >= count {
            return None;
        }
        // Bucket numbers of a power from the second on start at 2^precision, times the power's width.
        let shift = (index >> self.precision).saturating_sub(1) as u32;
        let start = (index.saturating_sub((shift as usize) << self.precision)) as u64;
        let low = start << shift;
        let last = index.saturating_add(1) == count;
        let high = if last { u64::MAX } else { low.saturating_add((1_u64 << shift).saturating_sub(1)) };
        Some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_the_bucket_that_it_is_counted_in_and_buckets_are_narrow() {
        for (precision, powers) in [(0, 1), (0, 64), (3, 64), (4, 42), (4, 64), (7, 64), (16, 64)] {
            let buckets = Buckets::new(precision, powers).unwrap();
            let mut next = 0;
            for index in 0..buckets.count() {
                let (low, high) = buckets.bounds(index).unwrap();
                assert_eq!(low, next, "bucket {index} of {buckets:?}");
                assert_eq!(buckets.index(low), index, "{low} in {buckets:?}");
                assert_eq!(buckets.index(high), index, "{high} in {buckets:?}");
                if index + 1 < buckets.count() {
                    assert!(u128::from(high - low) << precision <= u128::from(low), "{low} to {high}");
                }
                next = high.wrapping_add(1);
            }
            assert_eq!(next, 0, "the last bucket of {buckets:?} ends with u64");
            assert_eq!(buckets.bounds(buckets.count()), None);
        }
    }

    #[test]
    fn only_sensible_divisions_are_taken() {
        assert_eq!(Buckets::new(17, 64), None);
        assert_eq!(Buckets::new(4, 65), None);
        assert_eq!(Buckets::new(4, 4), None);
        assert_eq!(Buckets::new(4, 42).unwrap().count(), 624);
        assert_eq!(Buckets::new(4, 64).unwrap().count(), 976);
    }
}
