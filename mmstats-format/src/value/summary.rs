//! The numbers that are derived from the buckets of a histogram, and how much each of them says.

use crate::buckets::Buckets;

/// A derived number: as exact as the buckets are, or only a lower bound of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived<T> {
    number: T,
    is_at_least: bool,
}

impl<T> Derived<T> {
    /// A number that is as exact as the buckets are.
    pub const fn exact(number: T) -> Self {
        Self { number, is_at_least: false }
    }

    /// A lower bound: the number is `number` or more.
    pub const fn at_least(number: T) -> Self {
        Self { number, is_at_least: true }
    }

    /// A lower bound if `is_at_least`, else a number that is as exact as the buckets are.
    pub const fn new(number: T, is_at_least: bool) -> Self {
        Self { number, is_at_least }
    }

    /// Whether it is only a lower bound.
    pub const fn is_at_least(&self) -> bool {
        self.is_at_least
    }

    /// The number, or its lower bound.
    pub fn number(self) -> T {
        self.number
    }

    /// Applies `f`, which must not decrease, to the number.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Derived<U> {
        Derived { number: f(self.number), is_at_least: self.is_at_least }
    }
}

/// Derives numbers from the buckets of a histogram.
///
/// All of them fit together: the mean and the quantiles are not less than the minimum and not more than the
/// maximum. A number that the buckets cannot tell is a lower bound, see [`Derived`], or there is none.
#[derive(Clone, Copy, Debug)]
pub struct Summary<I> {
    division: Buckets,
    sum: u64,
    is_saturated: bool,
    counts: I,
}

/// The bounds of the sum of all values that the buckets allow, and the count of the values.
struct Totals {
    count: u128,
    low: u128,
    high: u128,
}

/// Sums are known modulo this.
const WRAP: u128 = 1 << 64;

impl<I: DoubleEndedIterator<Item = (usize, u64)> + Clone> Summary<I> {
    /// The summary of a histogram that is divided into `division`. `sum` is that of all values, modulo 2^64.
    /// `counts` are the buckets that have values, sorted by index, each with its count. `is_saturated` is
    /// whether there were more values in some bucket than its count can say.
    pub const fn new(division: Buckets, sum: u64, counts: I, is_saturated: bool) -> Self {
        Self { division, sum, is_saturated, counts }
    }

    /// How many values there were.
    pub fn count(&self) -> Derived<u64> {
        match u64::try_from(self.totals().count) {
            Ok(count) => Derived::new(count, self.is_saturated),
            Err(_) => Derived::at_least(u64::MAX),
        }
    }

    /// The sum of all values. It is a lower bound where it may have wrapped: where the largest values that the
    /// buckets allow add up to 2^64 or more.
    pub fn sum(&self) -> Derived<u128> {
        self.sum_of(&self.totals())
    }

    fn sum_of(&self, totals: &Totals) -> Derived<u128> {
        let Totals { low, high, .. } = *totals;
        let word = u128::from(self.sum);
        if high < WRAP && !self.is_saturated {
            return Derived::exact(word);
        }
        // The smallest number that is the sum modulo 2^64, and not far below what the buckets allow. Half of
        // 2^64 allows for values that are in the buckets and not in the sum yet.
        let wraps = low.saturating_sub(word).saturating_sub(WRAP / 2).div_ceil(WRAP);
        Derived::at_least(word.saturating_add(wraps.saturating_mul(WRAP)).max(low))
    }

    /// The arithmetic mean, if there were any values and their count is known. It is a lower bound where
    /// the sum is.
    #[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
    pub fn mean(&self) -> Option<Derived<f64>> {
        let totals = self.totals();
        if totals.count == 0 || self.is_saturated {
            return None;
        }
        let (min, max) = (self.min()?.number, self.max()?.number);
        let mean = self.sum_of(&totals).map(|sum| sum as f64 / totals.count as f64);
        // Floats round. And the writer updates a bucket and the sum one after the other: a reader may see only
        // one of both.
        Some(mean.map(|mean| mean.clamp(min as f64, max as f64)))
    }

    /// The least that the smallest value can be, if there were any.
    pub fn min(&self) -> Option<Derived<u64>> {
        let index = self.first()?;
        Some(Derived::new(self.division.bounds(index)?.0, self.division.is_open(index)))
    }

    /// The most that the largest value can be, if there were any; a lower bound if it was counted in the last
    /// bucket, which has no end.
    pub fn max(&self) -> Option<Derived<u64>> {
        let index = self.last()?;
        let max = self.most(index)?;
        if !max.is_at_least {
            return Some(max);
        }
        // It is not less than the mean, which may say more.
        let totals = self.totals();
        let mean = self.sum_of(&totals).number.div_ceil(totals.count.max(1));
        let mean = if self.is_saturated { 0 } else { u64::try_from(mean).unwrap_or(u64::MAX) };
        Some(max.map(|low| low.max(mean)))
    }

    /// The most that the quantile `q` can be: the value that a part `q` of all values, from 0 to 1, are not
    /// larger than. A lower bound if that value was counted in the last bucket, which has no end. There is
    /// none if there were no values, or more than can be counted.
    pub fn quantile(&self, q: f64) -> Option<Derived<u64>> {
        if self.is_saturated {
            return None;
        }
        self.most(bucket_of_quantile(self.counts.clone(), self.totals().count, q)?)
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals { count: 0, low: 0, high: 0 };
        for (index, count) in self.counts.clone() {
            let Some((low, high)) = self.division.bounds(index) else { continue };
            let count = u128::from(count);
            totals.count = totals.count.saturating_add(count);
            totals.low = totals.low.saturating_add(count.saturating_mul(low.into()));
            totals.high = totals.high.saturating_add(count.saturating_mul(high.into()));
        }
        totals
    }

    fn first(&self) -> Option<usize> {
        self.counts.clone().find(|(_, count)| *count > 0).map(|(index, _)| index)
    }

    fn last(&self) -> Option<usize> {
        self.counts.clone().rfind(|(_, count)| *count > 0).map(|(index, _)| index)
    }

    /// The largest value of a bucket; the smallest one, as a lower bound, if the bucket has no end.
    fn most(&self, index: usize) -> Option<Derived<u64>> {
        let (low, high) = self.division.bounds(index)?;
        Some(if self.division.is_open(index) { Derived::at_least(low) } else { Derived::exact(high) })
    }
}

/// The bucket that contains the quantile `q`, from 0 to 1. `buckets` are in order, each with the number of its values,
/// which are `count` in all. `None` only if there are no values.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "more values than an f64 can count are told apart by rank no more; a rank is clamped"
)]
pub(super) fn bucket_of_quantile<B>(
    buckets: impl IntoIterator<Item = (B, u64)>,
    count: u128,
    q: f64,
) -> Option<B> {
    // Not `f64::ceil`, which needs std.
    let (exact, floor) = (q * count as f64, (q * count as f64) as u128);
    // For q = 1 the rank is the count itself, because the f64 of the count may be rounded.
    let rank = if q >= 1.0 { count } else { floor.saturating_add(u128::from(exact > floor as f64)) };
    let rank = rank.min(count).max(1);
    let mut seen = 0_u128;
    let found = buckets.into_iter().find(|(_, count)| {
        seen = seen.saturating_add(u128::from(*count));
        seen >= rank
    });
    found.map(|(bucket, _)| bucket)
}
