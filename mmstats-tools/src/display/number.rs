//! Numbers and texts to the last digit, as the Python original wrote them.

use std::fmt;

#[cfg(feature = "pollstats")]
use mmstats_reader::Number;
use mmstats_reader::Value;

use super::Bound;
use crate::escape;

/// A value as Python 2's `str` writes it; a text safe to show; `-` for what has parts.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a Value);

impl Plain<'_> {
    /// As it is displayed; but a float that is a lower bound is rounded down, an upper one up.
    pub fn bounded(self, bound: Bound) -> String {
        match self.0 {
            Value::F32(value) => float(f64::from(*value), bound),
            Value::F64(value) => float(*value, bound),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::U64(value) => value.fmt(f),
            Value::I64(value) => value.fmt(f),
            Value::F32(_) | Value::F64(_) => f.write_str(&self.bounded(Bound::None)),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Text(text) => escape::text(text).fmt(f),
            // What has parts is shown part by part.
            _ => f.write_str("-"),
        }
    }
}

/// C's `%.12g`, with `.0` behind what would look like an integer.
fn float(value: f64, bound: Bound) -> String {
    const DIGITS: i32 = 12;
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return (if value > 0.0 { "inf" } else { "-inf" }).to_owned();
    }
    let scientific = bound.scientific(value, 11);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..DIGITS).contains(&exponent) {
        let precision = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
        let fixed = bound.fixed(value, precision);
        let digits = without_trailing_zeros(&fixed);
        return format!("{digits}{}", if digits.contains('.') { "" } else { ".0" });
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_trailing_zeros(mantissa), exponent.unsigned_abs())
}

/// What programs are told of a number that has no digits: `NaN`, `+Inf` or `-Inf`.
pub fn not_finite(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_finite() => None,
        _ if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        _ => Some("-Inf"),
    }
}

/// `number` with all its digits, for programs: `3`, `0.1`, `1e300`, and `NaN`, `+Inf` and `-Inf`.
#[cfg(feature = "pollstats")]
pub fn digits(number: Number) -> String {
    match number {
        Number::Whole(number) => number.to_string(),
        Number::Float(number) => not_finite(number).map_or_else(|| format!("{number:?}"), str::to_owned),
    }
}

/// An integer with all its digits; a float as [`Plain`] shows it, but a lower bound is rounded down, and an upper bound
/// up.
#[cfg(feature = "pollstats")]
pub fn bounded(number: Number, bound: Bound) -> String {
    match number {
        Number::Whole(number) => number.to_string(),
        Number::Float(number) => Plain(&Value::F64(number)).bounded(bound),
    }
}

pub(super) fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_python_2() {
        for (value, shown) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333333333"),
            (2.0 / 3.0, "0.666666666667"),
            (123_456_789_012.0, "123456789012.0"),
            (1_234_567_890_123.0, "1.23456789012e+12"),
            (999_999_999_999.9, "1e+12"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_012_345, "1.2345e-05"),
            (5e-324, "4.94065645841e-324"),
            (1_700_000_000.25, "1700000000.25"),
            (f64::from(0.1_f32), "0.10000000149"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(Plain(&Value::F64(value)).to_string(), shown);
        }
    }

    #[test]
    fn bounds_are_still_bounds_once_they_are_rounded() {
        for (value, least, most) in [
            (4_260.607_983_616, "4260.60798361", "4260.60798362"),
            (7200.0, "7200.0", "7200.0"),
            (2.0 / 3.0, "0.666666666666", "0.666666666667"),
            (-2.0 / 3.0, "-0.666666666667", "-0.666666666666"),
            (18_446_744_073.709_553, "18446744073.7", "18446744073.8"),
            (999_999_999_999.9, "999999999999.0", "1e+12"),
            (0.1, "0.1", "0.1"),
        ] {
            let shown = |bound| Plain(&Value::F64(value)).bounded(bound);
            assert_eq!([shown(Bound::AtLeast), shown(Bound::AtMost)], [least, most], "{value}");
        }
        assert_eq!(Plain(&Value::U64(u64::MAX)).bounded(Bound::AtLeast), u64::MAX.to_string());
    }

    #[test]
    fn truth_is_pythons() {
        assert_eq!(Plain(&Value::Bool(true)).to_string(), "True");
        assert_eq!(Plain(&Value::Bool(false)).to_string(), "False");
    }
}
