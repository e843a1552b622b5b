//! Arithmetic on gauges that several threads update at once.

use std::convert::identity;
use std::sync::atomic::Ordering::Relaxed;

use super::Gauge;
use crate::field::{GaugeValue, Stored};

impl<T: GaugeNumber> Gauge<T> {
    /// Adds `n`. Integers wrap.
    #[inline]
    pub fn add(&self, n: T) {
        n.add_to(&self.value);
    }

    /// Subtracts `n`. Integers wrap.
    #[inline]
    pub fn sub(&self, n: T) {
        n.negated().add_to(&self.value);
    }

    /// Replaces the value by `value` if that is larger.
    #[inline]
    pub fn max(&self, value: T) {
        T::update(&self.value, |old| (value > old).then_some(value));
    }

    /// Replaces the value by `value` if that is smaller. It is zero before one was set.
    #[inline]
    pub fn min(&self, value: T) {
        T::update(&self.value, |old| (value < old).then_some(value));
    }
}

/// A number that a [`Gauge`] can hold: all that it can but `bool`.
pub trait GaugeNumber: GaugeValue + PartialOrd + sealed::Arithmetic {}

mod sealed {
    use super::Stored;

    /// Arithmetic on stored values.
    pub trait Arithmetic: Stored {
        /// Adds this to the value, whichever threads do so at the same time.
        fn add_to(self, atomic: &Self::Atomic);
        /// What has to be added to subtract this.
        fn negated(self) -> Self;
    }
}

/// `bits` makes the unsigned integer with the number's bits.
macro_rules! integers {
    ($($number:ty: $bits:expr;)*) => {$(
        impl GaugeNumber for $number {}

        impl sealed::Arithmetic for $number {
            #[inline]
            fn add_to(self, atomic: &Self::Atomic) {
                if cfg!(target_endian = "little") {
                    atomic.fetch_add($bits(self), Relaxed);
                } else {
                    Self::update(atomic, |old| Some(old.wrapping_add(self)));
                }
            }

            #[inline]
            fn negated(self) -> Self {
                self.wrapping_neg()
            }
        }
    )*};
}

macro_rules! floats {
    ($($number:ty)*) => {$(
        impl GaugeNumber for $number {}

        impl sealed::Arithmetic for $number {
            #[inline]
            fn add_to(self, atomic: &Self::Atomic) {
                Self::update(atomic, |old| Some(old + self));
            }

            #[inline]
            fn negated(self) -> Self {
                -self
            }
        }
    )*};
}

integers! {
    u8: identity;
    u16: identity;
    u32: identity;
    u64: identity;
    i8: i8::cast_unsigned;
    i16: i16::cast_unsigned;
    i32: i32::cast_unsigned;
    i64: i64::cast_unsigned;
}

floats! { f32 f64 }

#[cfg(test)]
mod tests {
    use crate::{MmStats, sync};

    #[derive(MmStats)]
    #[repr(C)]
    struct Gauges {
        u8: sync::Gauge<u8>,
        i8: sync::Gauge<i8>,
        i64: sync::Gauge<i64>,
        f32: sync::Gauge<f32>,
        f64: sync::Gauge<f64>,
        bool: sync::Gauge<bool>,
    }

    #[test]
    fn integers_wrap_and_keep_their_sign() {
        let gauges = Gauges::create().unwrap();
        gauges.u8.sub(1);
        assert_eq!(gauges.u8.get(), u8::MAX);
        gauges.u8.add(3);
        assert_eq!(gauges.u8.get(), 2);
        gauges.i8.set(i8::MIN);
        gauges.i8.sub(1);
        assert_eq!(gauges.i8.get(), i8::MAX);
        gauges.i64.add(-5);
        gauges.i64.sub(i64::MIN);
        assert_eq!(gauges.i64.get(), i64::MAX - 4);
    }

    #[test]
    fn the_largest_and_the_smallest_are_by_value_not_by_bits() {
        let gauges = Gauges::create().unwrap();
        gauges.i8.max(-1);
        assert_eq!(gauges.i8.get(), 0);
        gauges.i8.min(-1);
        gauges.i8.min(3);
        assert_eq!(gauges.i8.get(), -1);
        gauges.f32.min(-0.5);
        gauges.f32.max(-0.75);
        gauges.f32.max(f32::NAN);
        assert!(gauges.f32.get().total_cmp(&-0.5).is_eq());
        gauges.bool.set(true);
        assert!(gauges.bool.get());
    }

    #[test]
    fn no_update_of_several_threads_is_lost() {
        let gauges = Gauges::create().unwrap();
        std::thread::scope(|scope| {
            for thread in 1..=3_i64 {
                let gauges = &gauges;
                scope.spawn(move || {
                    for step in 0..100_000 {
                        gauges.i64.add(2);
                        gauges.i64.sub(1);
                        gauges.f64.add(1.5);
                        gauges.f64.sub(0.5);
                        gauges.u8.max(u8::try_from(step % 100 + thread).unwrap());
                    }
                });
            }
        });
        assert_eq!((gauges.i64.get(), gauges.f64.get(), gauges.u8.get()), (300_000, 300_000.0, 102));
    }
}
