//! [`Average`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use super::layout_of_namesake;
use crate::field::{Field, FieldLayout, Word, mean};

/// An [`Average`](crate::Average) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     recipients: sync::Average,
/// }
///
/// let stats = MailStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.recipients.add(1.0));
///     scope.spawn(|| stats.recipients.add(2.0));
/// });
/// assert_eq!(stats.recipients.get(), Some(1.5));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Average {
    count: Word,
    sum: Word,
}

impl Average {
    /// Takes in `value`, unless it is infinite or not a number.
    #[inline]
    pub fn add(&self, value: f64) {
        if value.is_finite() {
            self.sum.add_shared_f64(value);
            self.count.add_shared(1);
        }
    }

    /// The mean of the numbers so far; nothing before the first, or if their sum became larger than an f64
    /// can hold. While others add numbers, one of
    /// them may be in the sum and not yet in the count.
    pub fn get(&self) -> Option<f64> {
        mean(self.sum.get_f64(), self.count())
    }

    /// How many numbers there were.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count.get()
    }
}

// SAFETY: two words, which are atomics, laid out as the average of one writer.
#[diagnostic::do_not_recommend]
unsafe impl Field for Average {
    const LAYOUT: FieldLayout = layout_of_namesake::<Self, crate::Average>();

    fn reset(&self) {}
}

impl fmt::Debug for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Average").field("mean", &self.get()).field("count", &self.count()).finish()
    }
}
