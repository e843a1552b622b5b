//! [`UpDown`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::word::{OneWriter, Word, Writers};
use super::{Constant, Field, FieldLayout};

/// A number of things that are there now, such as requests in flight: an i64 that goes up and
/// down, and wraps.
///
/// One thread updates it, or several at once if it is a [`sync::UpDown`](crate::sync::UpDown); readers are
/// other programs. Readers add up the values of a process's threads, so one thread may subtract what another
/// thread has added.
///
/// ```
/// use mmstats::{MmStats, UpDown};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct ServerStats {
///     in_flight: UpDown,
/// }
///
/// let stats = ServerStats::create()?;
/// stats.in_flight.incr();
/// stats.in_flight.sub(3);
/// assert_eq!(stats.in_flight.get(), -2);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct UpDown<W: Writers = OneWriter> {
    value: Word,
    marker: W::Marker<Self>,
}

impl<W: Writers> UpDown<W> {
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
        W::add(&self.value, n.cast_unsigned());
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

// SAFETY: a word, which is an atomic, and a marker without a size, laid out as an up-down counter.
#[diagnostic::do_not_recommend]
unsafe impl<W: Writers> Field for UpDown<W> {
    // Not resumed: what was in flight ended with the process.
    const LAYOUT: FieldLayout =
        FieldLayout { aggregate: Aggregate::Sum, ..FieldLayout::of::<Self>(Kind::UpDown, Type::I64) };

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl<W: Writers> Constant for UpDown<W> {
    type Value<'a> = i64;

    fn set_constant(&self, value: i64) {
        self.value.set(value.cast_unsigned());
    }

    fn copy_constant(&self, from: &Self) {
        self.set_constant(from.get());
    }
}

impl<W: Writers> fmt::Debug for UpDown<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
