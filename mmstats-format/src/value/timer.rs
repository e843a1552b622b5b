//! The value of a timer.

use super::histogram::{DivisionError, HistogramValue};
use crate::buckets::Buckets;
use crate::tagged::Torn;

/// How often durations of each length came, and the last one.
///
/// All durations are whole numbers of what the field's scale says: nanoseconds for -9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerValue {
    last: Option<u64>,
    durations: HistogramValue,
}

impl TimerValue {
    /// The timer of these `durations`, of which `last` was the last one, if that is known.
    pub const fn new(last: Option<u64>, durations: HistogramValue) -> Self {
        Self { last, durations }
    }

    /// Decodes the bytes of a timer whose durations are divided into `buckets` (FORMAT.md, "Timers").
    ///
    /// # Errors
    /// [`Torn`] if `bytes` are too few.
    pub fn decode(buckets: Buckets, bytes: &[u8]) -> Result<Self, Torn> {
        let (last, rest) = bytes.split_first_chunk().ok_or(Torn)?;
        let durations = HistogramValue::decode(buckets, rest)?;
        let last = Some(u64::from_le_bytes(*last)).filter(|last| *last > 0);
        Ok(Self { last, durations })
    }

    /// The last duration; nothing if there was none in this run of the writer, or several threads have a
    /// last one each.
    pub const fn last(&self) -> Option<u64> {
        self.last
    }

    /// All durations.
    pub const fn durations(&self) -> &HistogramValue {
        &self.durations
    }

    /// Takes in the durations of `other`. Nobody knows then which was the last one.
    ///
    /// # Errors
    /// If they are divided into other buckets. Then nothing was taken in.
    pub fn merge(&mut self, other: &Self) -> Result<(), DivisionError> {
        self.durations.merge(&other.durations)?;
        self.last = None;
        Ok(())
    }
}
