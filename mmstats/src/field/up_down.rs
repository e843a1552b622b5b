//! [`UpDown`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::{Constant, Field, FieldLayout, Resumed, SingleWriter};

/// A number of things that are there now, such as requests in flight: an i64 that goes up and
/// down, and wraps.
///
/// One thread updates it; readers are other programs. Readers add up those of a process's
/// threads, so that what one thread adds another may subtract.
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
#[repr(transparent)]
pub struct UpDown {
    value: AtomicI64,
    single_writer: SingleWriter<Self>,
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
        // One writer: see `Counter::add`.
        self.value.store(self.get().wrapping_add(n).to_le(), Relaxed);
    }

    /// Subtracts `n`.
    #[inline]
    pub fn sub(&self, n: i64) {
        self.add(n.wrapping_neg());
    }

    /// The number now.
    #[inline]
    pub fn get(&self) -> i64 {
        i64::from_le(self.value.load(Relaxed))
    }
}

// SAFETY: an AtomicI64 and nothing else, laid out as an up-down counter.
#[diagnostic::do_not_recommend]
unsafe impl Field for UpDown {
    const LAYOUT: FieldLayout = FieldLayout {
        kind: Kind::UpDown,
        type_: Type::I64,
        aggregate: Aggregate::Sum,
        aggregate_is_chosen: false,
        // What was in flight ended with the process.
        resumed: Resumed::Nothing,
    };

    fn reset(&self) {}
}

#[diagnostic::do_not_recommend]
impl Constant for UpDown {
    type Value<'a> = i64;

    fn set_constant(&self, value: i64) {
        self.value.store(value.to_le(), Relaxed);
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
