//! A number, exact as long as it can be.

use std::fmt;

use mmstats_reader::{Value, in_unit};

use crate::display::{Bound, Plain, not_finite};

/// A whole number, or one with a fraction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Exact: sums of 2^64 of the largest counters fit.
    Whole(i128),
    /// As exact as a float is.
    Float(f64),
}

impl Number {
    /// The number that `value` is, if it is one; what is true counts as one.
    pub fn of(value: &Value) -> Option<Self> {
        match *value {
            Value::U64(number) => Some(Self::Whole(number.into())),
            Value::I64(number) => Some(Self::Whole(number.into())),
            Value::Bool(truth) => Some(Self::Whole(truth.into())),
            Value::F32(number) => Some(Self::Float(number.into())),
            Value::F64(number) => Some(Self::Float(number)),
            _ => None,
        }
    }

    /// As a float, the nearest there is.
    #[expect(clippy::cast_precision_loss, reason = "asked for where a float is shown")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// Both added up.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Self::Whole(one.saturating_add(other)),
            _ => Self::Float(self.to_f64() + other.to_f64()),
        }
    }

    /// How much it is above `earlier`: nothing if it is the same, also where floats have no difference.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        match (self, earlier) {
            (Self::Whole(now), Self::Whole(then)) => Self::Whole(now.saturating_sub(then)),
            _ if self.to_f64().to_bits() == earlier.to_f64().to_bits() => Self::Float(0.0),
            _ => Self::finite(self.to_f64() - earlier.to_f64(), [self, earlier]),
        }
    }

    /// This many in so many seconds, by the second.
    #[must_use]
    pub fn over(self, seconds: f64) -> Self {
        Self::finite(self.to_f64() / seconds, [self])
    }

    /// `result`, or the nearest float that is finite if it was made of finite numbers.
    fn finite<const COUNT: usize>(result: f64, of: [Self; COUNT]) -> Self {
        let is_finite = of.iter().all(|number| number.to_f64().is_finite());
        Self::Float(if is_finite { result.clamp(f64::MIN, f64::MAX) } else { result })
    }

    /// How much came to a counter since it was `earlier`. One that fell has started again; or, if it was
    /// closer to 2^64 than it is to it, has gone beyond.
    #[must_use]
    pub fn above(self, earlier: Self) -> Self {
        const WRAP: i128 = 1 << 64;
        match (self, earlier) {
            (Self::Whole(now), Self::Whole(then)) if now < then => {
                let around = now - then + WRAP;
                Self::Whole(if (0..WRAP / 2).contains(&around) { around } else { now })
            }
            _ if self.is_less(earlier) => self,
            _ => self.since(earlier),
        }
    }

    /// Whether it is smaller than `other`; nothing is smaller than what is no number.
    pub fn is_less(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one < other,
            _ => self.to_f64() < other.to_f64(),
        }
    }

    /// To the last digit, for programs: `3`, `0.1`, `1e300`, and `NaN`, `+Inf` and `-Inf`.
    pub fn to_digits(self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Float(number) => not_finite(number).map_or_else(|| format!("{number:?}"), str::to_owned),
        }
    }

    /// As it is displayed; but a float that is a lower bound is rounded down, an upper one up.
    pub fn bounded(self, bound: Bound) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Float(number) => Plain(&Value::F64(number)).bounded(bound),
        }
    }

    /// This number of a value of this scale, in the unit of the value.
    #[must_use]
    pub fn in_unit(self, scale: i8) -> Self {
        if scale == 0 { self } else { Self::Float(in_unit(self.to_f64(), scale)) }
    }
}

impl fmt::Display for Number {
    /// To the last digit of a whole number; floats as Python 2 writes them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => number.fmt(f),
            Self::Float(number) => Plain(&Value::F64(*number)).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_exact() {
        let most = Number::of(&Value::U64(u64::MAX)).unwrap();
        let least = Number::of(&Value::I64(i64::MIN)).unwrap();
        assert_eq!(most.plus(most), Number::Whole(2 * i128::from(u64::MAX)));
        assert_eq!(least.since(most), Number::Whole(i128::from(i64::MIN) - i128::from(u64::MAX)));
        assert_eq!(most.in_unit(0), most);
    }

    #[test]
    fn a_counter_that_fell_started_again_unless_it_wrapped() {
        let most = i128::from(u64::MAX);
        for (then, now, came) in
            [(5, 7, 2), (5, 3, 3), (most - 5, 10, 16), (most, 0, 1), (1 << 60, (1 << 60) - 1, (1 << 60) - 1)]
        {
            assert_eq!(Number::Whole(now).above(Number::Whole(then)), Number::Whole(came), "{then} to {now}");
        }
        assert_eq!(Number::Float(1.5).above(Number::Float(2.5)), Number::Float(1.5));
    }

    #[test]
    fn what_stays_as_it_is_has_no_difference() {
        for value in [0.1, f64::INFINITY, f64::NAN] {
            assert_eq!(Number::Float(value).since(Number::Float(value)), Number::Float(0.0));
        }
        assert_eq!(Number::Float(2.0).since(Number::Whole(0)), Number::Float(2.0));
    }

    #[test]
    fn scales_lead_to_the_unit() {
        assert_eq!(Number::Whole(1_500_000_000).in_unit(-9), Number::Float(1.5));
    }
}
