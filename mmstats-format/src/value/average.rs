//! The value of an average.

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

    /// How many numbers there were.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub const fn sum(&self) -> f64 {
        self.sum
    }

    /// Their arithmetic mean, if there were any.
    #[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Takes in the numbers of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
    }
}
