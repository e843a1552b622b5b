//! [`UpDown`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use super::layout_of_namesake;
use crate::field::{Constant, Field, FieldLayout, Word};

/// An [`UpDown`](crate::UpDown) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct ServerStats {
///     in_flight: sync::UpDown,
/// }
///
/// let stats = ServerStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.in_flight.incr());
///     scope.spawn(|| stats.in_flight.sub(3));
/// });
/// assert_eq!(stats.in_flight.get(), -2);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct UpDown {
    value: Word,
}

impl UpDown {
    /// Adds 1.
    #[inline]
    pub fn incr(&self) {
        self.add(1);
    }

    /// Subtracts 1.
    #[inline]
    pub fn decr(&self) {
        self.sub(1);
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&self, n: i64) {
        self.value.add_shared(n.cast_unsigned());
    }

    /// Subtracts `n`.
    #[inline]
    pub fn sub(&self, n: i64) {
        self.add(n.wrapping_neg());
    }

    /// The number now.
    #[inline]
    pub fn get(&self) -> i64 {
        self.value.get().cast_signed()
    }
}

// SAFETY: a word, which is an atomic, laid out as the up-down counter of one writer.
#[diagnostic::do_not_recommend]
unsafe impl Field for UpDown {
    const LAYOUT: FieldLayout = layout_of_namesake::<Self, crate::UpDown>();

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl Constant for UpDown {
    type Value<'a> = i64;

    fn set_constant(&self, value: i64) {
        self.value.set(value.cast_unsigned());
    }

    fn copy_constant(&self, from: &Self) {
        self.set_constant(from.get());
    }
}

impl fmt::Debug for UpDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
