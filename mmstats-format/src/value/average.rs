//! The value of an average.

use super::summary::Derived;
use crate::tagged::Torn;

/// A count of numbers and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AverageValue {
    count: u64,
    sum: f64,
}

impl AverageValue {
    /// The average of `count` numbers whose sum is `sum`.
    pub const fn new(count: u64, sum: f64) -> Self {
        Self { count, sum }
    }

    /// Decodes the bytes of an average (FORMAT.md, "Averages").
    ///
    /// # Errors
    /// [`Torn`] if `bytes` are too few.
    pub fn decode(bytes: &[u8]) -> Result<Self, Torn> {
        let (count, rest) = bytes.split_first_chunk().ok_or(Torn)?;
        let sum = rest.first_chunk().ok_or(Torn)?;
        Ok(Self::new(u64::from_le_bytes(*count), f64::from_le_bytes(*sum)))
    }

    /// How many numbers there were. 2^64 - 1 also stands for more: see [`AverageValue::known_count`].
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum. It is not finite if it is larger than an f64 can hold: see [`AverageValue::known_sum`].
    pub const fn sum(&self) -> f64 {
        self.sum
    }

    /// How many numbers there were: a lower bound if there may have been more than can be counted.
    pub const fn known_count(&self) -> Derived<u64> {
        Derived::new(self.count, self.count == u64::MAX)
    }

    /// Their sum, unless it became larger than an f64 can hold. Then nobody knows it any more.
    pub fn known_sum(&self) -> Option<f64> {
        Some(self.sum).filter(|sum| sum.is_finite())
    }

    /// Their arithmetic mean, if there were any, and their count and their sum are known.
    #[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
    pub fn mean(&self) -> Option<f64> {
        let is_known = self.count > 0 && self.count < u64::MAX;
        self.known_sum().filter(|_| is_known).map(|sum| sum / self.count as f64)
    }

    /// The numbers that came after `earlier`, an earlier value of the same average; nothing if their count
    /// is not known, since there were more than can be counted, or fewer than earlier. Their sum is not
    /// finite where it is not known.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Option<Self> {
        let count = self.count.checked_sub(earlier.count).filter(|_| self.count < u64::MAX)?;
        Some(Self { count, sum: if count == 0 { 0.0 } else { self.sum - earlier.sum } })
    }

    /// Takes in the numbers of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
    }
}
