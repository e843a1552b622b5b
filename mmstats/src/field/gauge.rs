//! [`Gauge`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use mmstats_format::descriptor::{Kind, Type};

use super::word::{OneWriter, Writers};
use super::{Constant, Field, FieldLayout};

/// A value that is set: any of `u8` to `u64`, `i8` to `i64`, `f32`, `f64` and `bool`.
///
/// One thread sets it, or several at once if it is a [`sync::Gauge`](crate::sync::Gauge); readers are other
/// programs. `#[mmstats(aggregate = "sum")]`, `"min"`, `"max"` or `"mean"` says how readers combine the gauges of a
/// process's threads. Without it, readers show them thread by thread.
///
/// ```
/// use mmstats::{Gauge, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct PoolStats {
///     /// Connections that wait for work.
///     #[mmstats(aggregate = "sum")]
///     idle: Gauge<u32>,
///     #[mmstats(unit = "seconds", aggregate = "max")]
///     slowest: Gauge<f64>,
/// }
///
/// let stats = PoolStats::create()?;
/// stats.idle.set(12);
/// stats.slowest.set(0.25);
/// assert_eq!(stats.idle.get(), 12);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Gauge<T: GaugeValue, W: Writers = OneWriter> {
    pub(crate) value: T::Atomic,
    marker: W::Marker<Self>,
}

impl<T: GaugeValue, W: Writers> Gauge<T, W> {
    /// Replaces the value, in one store.
    #[inline]
    pub fn set(&self, value: T) {
        value.store(&self.value);
    }

    /// The value now; zero or false before one was set.
    #[inline]
    pub fn get(&self) -> T {
        T::load(&self.value)
    }
}

/// A type that a [`Gauge`] can hold.
#[diagnostic::on_unimplemented(
    message = "a gauge cannot hold `{Self}`",
    label = "not a type that a gauge can hold",
    note = "a gauge holds `u8` to `u64`, `i8` to `i64`, `f32`, `f64` or `bool`; for text use `mmstats::Text<N>`"
)]
pub trait GaugeValue: Copy + fmt::Debug + sealed::Stored + 'static {}

pub(super) mod sealed {
    use super::Type;

    /// How a value is stored.
    pub trait Stored {
        /// The atomic of its size.
        type Atomic: 'static;
        /// Its type in a descriptor.
        const TYPE: Type;
        /// Stores it in one store.
        fn store(self, atomic: &Self::Atomic);
        /// Loads it in one load.
        fn load(atomic: &Self::Atomic) -> Self;
        /// Stores zero or false in one store.
        fn clear(atomic: &Self::Atomic);
        /// Replaces it by what `update` makes of it, unless that is nothing, whichever threads do so at
        /// the same time.
        fn update(atomic: &Self::Atomic, update: impl Fn(Self) -> Option<Self>)
        where
            Self: Sized;
    }
}

/// `bits` are the unsigned integer with the value's bits, and back.
macro_rules! gauge_values {
    ($($value:ty, $type_:ident, $atomic:ty, $bits:ty: $to_bits:expr, $from_bits:expr;)*) => {$(
        impl GaugeValue for $value {}

        impl sealed::Stored for $value {
            type Atomic = $atomic;
            const TYPE: Type = Type::$type_;

            #[inline]
            fn store(self, atomic: &$atomic) {
                let to_bits: fn($value) -> $bits = $to_bits;
                atomic.store(to_bits(self).to_le(), Relaxed);
            }

            #[inline]
            fn load(atomic: &$atomic) -> Self {
                let from_bits: fn($bits) -> $value = $from_bits;
                from_bits(<$bits>::from_le(atomic.load(Relaxed)))
            }

            fn clear(atomic: &$atomic) {
                atomic.store(0, Relaxed);
            }

            #[inline]
            fn update(atomic: &$atomic, update: impl Fn(Self) -> Option<Self>) {
                let to_bits: fn($value) -> $bits = $to_bits;
                let from_bits: fn($bits) -> $value = $from_bits;
                let update = |stored| Some(to_bits(update(from_bits(<$bits>::from_le(stored)))?).to_le());
                // It is an error to replace nothing.
                let _ = atomic.try_update(Relaxed, Relaxed, update);
            }
        }
    )*};
}

gauge_values! {
    u8, U8, AtomicU8, u8: |value| value, |bits| bits;
    u16, U16, AtomicU16, u16: |value| value, |bits| bits;
    u32, U32, AtomicU32, u32: |value| value, |bits| bits;
    u64, U64, AtomicU64, u64: |value| value, |bits| bits;
    i8, I8, AtomicU8, u8: i8::cast_unsigned, u8::cast_signed;
    i16, I16, AtomicU16, u16: i16::cast_unsigned, u16::cast_signed;
    i32, I32, AtomicU32, u32: i32::cast_unsigned, u32::cast_signed;
    i64, I64, AtomicU64, u64: i64::cast_unsigned, u64::cast_signed;
    f32, F32, AtomicU32, u32: f32::to_bits, f32::from_bits;
    f64, F64, AtomicU64, u64: f64::to_bits, f64::from_bits;
    bool, Bool, AtomicU8, u8: u8::from, |bits| bits != 0;
}

// SAFETY: one of the atomics above and a marker without a size, laid out as the type in the descriptor.
// Every value of its bytes is valid: a bool is a byte that is zero or is not.
#[diagnostic::do_not_recommend]
unsafe impl<T: GaugeValue, W: Writers> Field for Gauge<T, W> {
    const LAYOUT: FieldLayout =
        FieldLayout { aggregate_is_chosen: true, ..FieldLayout::of::<Self>(Kind::Gauge, T::TYPE) };

    fn reset(&self) {
        T::clear(&self.value);
    }
}

#[diagnostic::do_not_recommend]
impl<T: GaugeValue, W: Writers> Constant for Gauge<T, W> {
    type Value<'a> = T;

    fn set_constant(&self, value: T) {
        self.set(value);
    }

    fn copy_constant(&self, from: &Self) {
        self.set(from.get());
    }
}

impl<T: GaugeValue, W: Writers> fmt::Debug for Gauge<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
