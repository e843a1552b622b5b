//! Values of which a change can be computed.

use mmstats_reader::{AverageValue, HistogramValue, Number};

/// A value of which a change can be computed.
pub trait Amount: Clone {
    /// The change since the value `earlier`; `None` if it is unknown. A count only grows: if it is smaller than
    /// `earlier`, it has wrapped, or started again from zero.
    #[must_use]
    fn came_since(&self, earlier: &Self, is_count: bool) -> Option<Self>;
}

/// Counters wrap at this number.
const WRAP: i128 = 1 << 64;

impl Amount for Number {
    fn came_since(&self, earlier: &Self, is_count: bool) -> Option<Self> {
        if !is_count || !self.is_less(*earlier) {
            return Some(self.minus(*earlier));
        }
        if let (Self::Whole(now), Self::Whole(before)) = (*self, *earlier) {
            let wrapped = now.saturating_sub(before).saturating_add(WRAP);
            // A difference of up to half of the range is taken for a wrap. A larger one is more likely a restart.
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
