//! Numbers of any type, exact as long as they are integers.

use std::cmp::Ordering;

use mmstats_format::value::{FloatSum, Value};

/// A number of any type: exact if it is an integer.
///
/// ```
/// use mmstats_reader::{Number, Value};
///
/// let most = Number::of(&Value::U64(u64::MAX)).ok_or("no number")?;
/// let one = Number::Whole(1);
/// assert_eq!(most.plus(one), Number::Whole(1 << 64));
/// assert!(one.is_less(most));
/// // 1500 milliseconds, in seconds.
/// assert_eq!(Number::Whole(1500).in_unit(-3), Number::Float(1.5));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer. There is room for the sum of 2^63 of the largest counters.
    Whole(i128),
    /// A float.
    Float(f64),
}

impl Number {
    /// `value` as a number: 1 for true, 0 for false; `None` if `value` is not a single number.
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

    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the caller asks for a float")]
    pub fn to_f64(self) -> f64 {
        match self {
            // Most numbers fit, and for these the processor has an instruction.
            Self::Whole(number) => {
                i64::try_from(number).map_or_else(|_| number as f64, |number| number as f64)
            }
            Self::Float(number) => number,
        }
    }

    /// This number as a value. An integer becomes a `U64`, or an `I64` if it is negative; a float, or an integer that
    /// fits neither, becomes an `F64`.
    pub fn to_value(self) -> Value {
        match self {
            Self::Whole(number) => {
                let unsigned = u64::try_from(number).map(Value::U64);
                let signed = unsigned.or_else(|_| i64::try_from(number).map(Value::I64));
                signed.unwrap_or(Value::F64(self.to_f64()))
            }
            Self::Float(number) => Value::F64(number),
        }
    }

    /// The sum of this number and `other`.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Self::Whole(one.saturating_add(other)),
            _ => Self::Float(self.to_f64() + other.to_f64()),
        }
    }

    /// This number minus `other`: 0 if both are the same, also if both are the same infinity or the same NaN. The
    /// difference of finite numbers is finite.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Self::Whole(one.saturating_sub(other)),
            _ if self.to_f64().to_bits() == other.to_f64().to_bits() => Self::Float(0.0),
            _ => Self::finite(self.to_f64() - other.to_f64(), &[self, other]),
        }
    }

    /// This number divided by `divisor`. The quotient of a finite number is limited to finite floats.
    #[must_use]
    pub fn over(self, divisor: f64) -> Self {
        Self::finite(self.to_f64() / divisor, &[self])
    }

    /// `result`, or the nearest finite float if all `operands` are finite.
    fn finite(result: f64, operands: &[Self]) -> Self {
        let is_finite = operands.iter().all(|operand| operand.to_f64().is_finite());
        Self::Float(if is_finite { result.clamp(f64::MIN, f64::MAX) } else { result })
    }

    /// The order of this number and `other`; `None` if one of them is NaN.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(&other)),
            _ => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }

    /// Whether this number is smaller than `other`. NaN is neither smaller nor larger than any number.
    pub fn is_less(self, other: Self) -> bool {
        self.compare(other) == Some(Ordering::Less)
    }

    /// The smaller of this number and `other`; this one if they are equal. NaN only if both are NaN.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        if other.is_less(self) || self.is_nan() { other } else { self }
    }

    /// The larger of this number and `other`; this one if they are equal. NaN only if both are NaN.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if self.is_less(other) || self.is_nan() { other } else { self }
    }

    fn is_nan(self) -> bool {
        self.to_f64().is_nan()
    }

    /// This number, from a value with this `scale`, converted to the unit of the value: see [`in_unit`].
    #[must_use]
    pub fn in_unit(self, scale: i8) -> Self {
        if scale == 0 { self } else { Self::Float(in_unit(self.to_f64(), scale)) }
    }
}

/// A sum of numbers: exact if all are integers. The sum and the mean of finite floats are finite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    integers: i128,
    floats: FloatSum,
    has_floats: bool,
}

impl From<Number> for Sum {
    fn from(number: Number) -> Self {
        let mut sum = Self::default();
        sum.add(number);
        sum
    }
}

impl Sum {
    /// Adds `number`.
    pub fn add(&mut self, number: Number) {
        self.add_times(number, 1);
    }

    /// Adds `number` as often as `times` says.
    pub fn add_times(&mut self, number: Number, times: u32) {
        match number {
            Number::Whole(number) => {
                let number = if times == 1 { number } else { number.saturating_mul(times.into()) };
                self.integers = self.integers.saturating_add(number);
            }
            Number::Float(number) => {
                self.floats.add(number, times.into());
                self.has_floats = true;
            }
        }
    }

    /// The sum. If finite floats add up to more than a float can hold, it is the nearest finite float.
    pub fn number(&self) -> Number {
        if self.has_floats { Number::Float(self.as_floats().sum()) } else { Number::Whole(self.integers) }
    }

    /// The sum, if it is an integer or an `f64` can hold it.
    pub fn known(&self) -> Option<Number> {
        if self.has_floats { self.as_floats().known().map(Number::Float) } else { Some(self.number()) }
    }

    /// The sum divided by `count`: the mean of `count` numbers.
    pub fn mean(&self, count: u32) -> f64 {
        let count = f64::from(count);
        if self.has_floats { self.as_floats().mean(count) } else { self.number().to_f64() / count }
    }

    fn as_floats(&self) -> FloatSum {
        let mut floats = self.floats;
        if self.integers != 0 {
            floats.add(Number::Whole(self.integers).to_f64(), 1.0);
        }
        floats
    }
}

/// `number`, from a value with this `scale`, converted to the value's unit: multiplied by ten to the power of `scale`.
/// The result for a finite number is limited to finite floats.
///
/// ```
/// use mmstats_reader::in_unit;
///
/// // Nanoseconds in seconds.
/// assert_eq!(in_unit(1_500_000_000.0, -9), 1.5);
/// ```
pub fn in_unit(number: f64, scale: i8) -> f64 {
    // Powers of ten are exact up to 10^22, but never below 1. So for a negative scale, divide by a positive power.
    let power = 10_f64.powi(i32::from(scale.unsigned_abs()));
    let scaled = if scale < 0 { number / power } else { number * power };
    if number.is_finite() { scaled.clamp(f64::MIN, f64::MAX) } else { scaled }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[Number]) -> Sum {
        let mut sum = Sum::default();
        for number in numbers {
            sum.add(*number);
        }
        sum
    }

    #[test]
    fn integers_stay_exact() {
        let most = Number::of(&Value::U64(u64::MAX)).unwrap();
        let least = Number::of(&Value::I64(i64::MIN)).unwrap();
        assert_eq!(most.plus(most), Number::Whole(2 * i128::from(u64::MAX)));
        assert_eq!(least.minus(most), Number::Whole(i128::from(i64::MIN) - i128::from(u64::MAX)));
        assert_eq!(most.in_unit(0), most);
        assert_eq!(sum(&[most, most, least]).number(), most.plus(most).plus(least));
        assert!(Number::Whole(1 << 53).is_less(Number::Whole((1 << 53) + 1)));
        for value in
            [Value::U64(u64::MAX), Value::I64(i64::MIN), Value::I64(-1), Value::U64(0), Value::F64(0.5)]
        {
            assert_eq!(Number::of(&value).unwrap().to_value(), value);
        }
        assert_eq!(Number::Whole(1 << 64).to_value(), Value::F64(18_446_744_073_709_551_616.0));
    }

    #[test]
    fn the_difference_of_equal_numbers_is_zero() {
        for number in [0.1, f64::INFINITY, f64::NAN] {
            assert_eq!(Number::Float(number).minus(Number::Float(number)), Number::Float(0.0));
        }
        assert_eq!(Number::Float(2.0).minus(Number::Whole(0)), Number::Float(2.0));
        assert_eq!(Number::Float(f64::MAX).minus(Number::Float(f64::MIN)), Number::Float(f64::MAX));
    }

    #[test]
    fn nan_is_neither_least_nor_most() {
        let (one, nan) = (Number::Whole(1), Number::Float(f64::NAN));
        for found in [one.min(nan), nan.min(one), one.max(nan), nan.max(one), one.min(Number::Float(1.5))] {
            assert_eq!(found, one);
        }
        assert!(nan.min(nan).is_nan() && nan.compare(one).is_none());
    }

    #[test]
    fn a_scale_leads_to_the_unit() {
        assert_eq!(Number::Whole(1_500_000_000).in_unit(-9), Number::Float(1.5));
    }

    #[test]
    fn sums_of_integers_and_floats_have_a_mean() {
        let mixed = sum(&[Number::Whole(1), Number::Float(0.5), Number::Whole(3)]);
        assert_eq!((mixed.number(), mixed.mean(3)), (Number::Float(4.5), 1.5));
        let mut weighted = Sum::default();
        weighted.add_times(Number::Whole(4), 3);
        weighted.add(Number::Whole(0));
        assert_eq!((weighted.number(), weighted.mean(4)), (Number::Whole(12), 3.0));
        assert_eq!((mixed.known(), weighted.known()), (Some(mixed.number()), Some(weighted.number())));
        let large = sum(&[Number::Float(f64::MAX), Number::Float(f64::MAX)]);
        assert_eq!(large.known(), None);
        assert_eq!((large.number(), large.mean(2)), (Number::Float(f64::MAX), f64::MAX));
    }
}
