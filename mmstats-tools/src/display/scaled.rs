//! Numbers of three digits in a unit that suits them.

use std::fmt;

use super::Bound;
use super::number::without_trailing_zeros;

/// A number of three digits and, behind a blank, what it is counted in: `1.23 ms`, `45.6 MiB`, `789 k`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// The digits, with a sign and a point if they have one.
    pub digits: String,
    /// The unit or the prefix of one; empty if there is none.
    pub suffix: &'static str,
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digits, suffix } = self;
        if suffix.is_empty() { f.pad(digits) } else { f.pad(&format!("{digits} {suffix}")) }
    }
}

/// How much one of a step is, and its name.
type Step = (f64, &'static str);

const SECONDS: [Step; 4] = [(1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1.0, "s")];
const BYTES: [Step; 7] = [
    (1.0, "B"),
    (1024.0, "KiB"),
    (1_048_576.0, "MiB"),
    (1_073_741_824.0, "GiB"),
    (1_099_511_627_776.0, "TiB"),
    (1_125_899_906_842_624.0, "PiB"),
    (1_152_921_504_606_846_976.0, "EiB"),
];
const NUMBERS: [Step; 7] =
    [(1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P"), (1e18, "E")];

/// What has no step so large has more than three digits. Ten can be read, as those of a time since 1970 are.
const TOO_MANY_DIGITS: f64 = 1e10;

/// `number`, which is in `unit`, with three digits: seconds from `ns` to `s`, bytes in powers of 1024,
/// all else with the prefixes of 1000 and without its unit.
pub fn scaled(number: f64, unit: &str) -> Scaled {
    scaled_bound(number, unit, Bound::None)
}

/// As [`scaled`]; a lower bound is rounded down, an upper one up.
pub fn scaled_bound(number: f64, unit: &str, bound: Bound) -> Scaled {
    let steps: &[Step] = match unit {
        "seconds" => &SECONDS,
        "bytes" => &BYTES,
        _ => &NUMBERS,
    };
    if !number.is_finite() {
        let name = if number.is_nan() { "nan" } else { "inf" };
        let sign = if number == f64::NEG_INFINITY { "-" } else { "" };
        return Scaled { digits: format!("{sign}{name}"), suffix: "" };
    }
    // The first step on which the number stays below the next one, also once it is rounded.
    let mut nexts = steps.iter().skip(1).map(|(size, _)| *size);
    let step = steps.iter().find(|(size, _)| {
        let next = nexts.next().unwrap_or(f64::INFINITY);
        (number / size).abs().round() * size < next
    });
    let (size, suffix) = step.copied().unwrap_or((1.0, ""));
    if number.abs() / size < TOO_MANY_DIGITS {
        return Scaled { digits: three_digits(number / size, bound), suffix };
    }
    // That of one.
    let suffix = steps.iter().rfind(|(size, _)| *size <= 1.0).map_or("", |(_, suffix)| suffix);
    Scaled { digits: bound.scientific(number, 2), suffix }
}

/// `number` with three digits, without zeros at the end behind a point.
fn three_digits(number: f64, bound: Bound) -> String {
    let size = number.abs();
    if size > 0.0 && size < 1e-6 {
        return bound.scientific(number, 2);
    }
    let precision = match size {
        // As many digits behind the zeros.
        _ if size > 0.0 && size < 1.0 => {
            (1..=6).find(|zeros| size * 10_f64.powi(*zeros) >= 1.0).unwrap_or(6) + 2
        }
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    let precision = usize::try_from(precision).unwrap_or_default();
    without_trailing_zeros(&bound.fixed(number, precision)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_unit() {
        for (seconds, shown) in [
            (0.0, "0 ns"),
            (2.5e-10, "0.25 ns"),
            (1e-9, "1 ns"),
            (15e-9, "15 ns"),
            (1.2345e-6, "1.23 us"),
            (99.96e-6, "100 us"),
            (999.6e-6, "1 ms"),
            (0.000_5, "500 us"),
            (0.012_5, "12.5 ms"),
            (-0.012_5, "-12.5 ms"),
            (1.0, "1 s"),
            (61.04, "61 s"),
            (4398.05, "4398 s"),
            (1_764_186_000.25, "1764186000 s"),
            (-1.234_5e10, "-1.23e10 s"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(scaled(seconds, "seconds").to_string(), shown);
        }
    }

    #[test]
    fn bounds_are_still_bounds_once_they_are_rounded() {
        for (number, unit, least, most) in [
            (4_260.607_983_616, "seconds", "4260 s", "4261 s"),
            (7200.0, "seconds", "7200 s", "7200 s"),
            (0.011_5, "seconds", "11.5 ms", "11.5 ms"),
            (0.011_56, "seconds", "11.5 ms", "11.6 ms"),
            (999.6e-6, "seconds", "0.999 ms", "1 ms"),
            (9.996, "seconds", "9.9 s", "10 s"),
            (-0.012_56, "seconds", "-12.6 ms", "-12.5 ms"),
            (1.239e11, "seconds", "1.23e11 s", "1.24e11 s"),
            (1023.6, "bytes", "0.999 KiB", "1 KiB"),
            (1.8e19, "bytes", "15.6 EiB", "15.7 EiB"),
            (18_446_744_073_709_551_615.0, "", "18.4 E", "18.5 E"),
            (-9_223_372_036_854_775_808.0, "", "-9.23 E", "-9.22 E"),
            (1.239e-7, "", "1.23e-7", "1.24e-7"),
            (0.0, "", "0", "0"),
            (f64::INFINITY, "", "inf", "inf"),
        ] {
            let shown = |bound| scaled_bound(number, unit, bound).to_string();
            assert_eq!([shown(Bound::AtLeast), shown(Bound::AtMost)], [least, most], "{number} {unit}");
        }
    }

    #[test]
    fn bytes_go_by_powers_of_1024() {
        for (bytes, shown) in [
            (0.0, "0 B"),
            (1023.0, "1023 B"),
            (1023.6, "1 KiB"),
            (1024.0, "1 KiB"),
            (47_815_066.0, "45.6 MiB"),
            (1.8e19, "15.6 EiB"),
            (1e300, "1.00e300 B"),
        ] {
            assert_eq!(scaled(bytes, "bytes").to_string(), shown);
        }
    }

    #[test]
    fn all_else_goes_by_powers_of_1000() {
        for (number, shown) in [
            (0.0, "0"),
            (7.0, "7"),
            (999.4, "999"),
            (999.5, "1 k"),
            (-1234.0, "-1.23 k"),
            (12_345_678.0, "12.3 M"),
            (0.5, "0.5"),
            (0.001_234_5, "0.00123"),
            (1.2345e-7, "1.23e-7"),
            (1e21, "1000 E"),
            (-9.87e27, "-9870000000 E"),
            (1e28, "1.00e28"),
            (f64::MAX, "1.80e308"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(scaled(number, "requests").to_string(), shown);
        }
    }
}
