//! Values of which it can be told how much came.

use mmstats_reader::{AverageValue, HistogramValue, Number};

/// A value of which it can be told how much came to it.
pub trait Amount: Clone {
    /// What came since it was `earlier`; `None` if that is not known. A count only grows: one that is smaller
    /// than earlier has wrapped, or started again from zero.
    #[must_use]
    fn came_since(&self, earlier: &Self, is_count: bool) -> Option<Self>;
}

/// Counters count modulo this.
const WRAP: i128 = 1 << 64;

impl Amount for Number {
    fn came_since(&self, earlier: &Self, is_count: bool) -> Option<Self> {
        if !is_count || !self.is_less(*earlier) {
            return Some(self.minus(*earlier));
        }
        if let (Self::Whole(now), Self::Whole(before)) = (*self, *earlier) {
            let wrapped = now.saturating_sub(before).saturating_add(WRAP);
            // As many as that may have come. More than half of the range is more likely another start.
            if (0..WRAP / 2).contains(&wrapped) {
                return Some(Self::Whole(wrapped));
            }
        }
        Some(*self)
    }
}

impl Amount for AverageValue {
    fn came_since(&self, earlier: &Self, _: bool) -> Option<Self> {
        if self.known_count().is_at_least() || earlier.known_count().is_at_least() {
            return None;
        }
        Some(self.since(earlier).unwrap_or(*self))
    }
}

impl Amount for HistogramValue {
    fn came_since(&self, earlier: &Self, _: bool) -> Option<Self> {
        if self.division() != earlier.division() {
            return None;
        }
        if self.has_fewer_than(earlier) { Some(self.clone()) } else { self.since(earlier).ok() }
    }
}
