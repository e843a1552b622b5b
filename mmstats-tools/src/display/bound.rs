//! Whether a number is the one that is meant, or a bound of it.

use mmstats_reader::{Derived, Value};

/// What a number that is shown says of the number that is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// It is that number, as exact as it can be told.
    #[default]
    None,
    /// The number that is meant is this one or larger.
    AtLeast,
    /// The number that is meant is this one or smaller.
    AtMost,
}

impl Bound {
    /// The bound that `number` is.
    pub fn of<T>(number: &Derived<T>) -> Self {
        if number.is_at_least() { Self::AtLeast } else { Self::None }
    }

    /// The bound that a sum is which stopped at `value`, the end of its type.
    pub fn of_clamped(value: &Value) -> Self {
        if matches!(value, Value::I64(..0)) { Self::AtMost } else { Self::AtLeast }
    }

    /// What stands before the number for people; empty if it is no bound.
    pub fn sign(self) -> &'static str {
        match self {
            Self::None => "",
            Self::AtLeast => "≥",
            Self::AtMost => "≤",
        }
    }

    /// What programs are told, if it is a bound.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::AtLeast => Some("at_least"),
            Self::AtMost => Some("at_most"),
        }
    }

    /// `number` with `precision` digits behind the point, still this bound: see [`rounded`](Self::rounded).
    pub(crate) fn fixed(self, number: f64, precision: usize) -> String {
        let step = i32::try_from(precision).map_or(0.0, |precision| 10_f64.powi(-precision));
        self.rounded(number, step, |number| format!("{number:.precision$}"))
    }

    /// `number` as `1.23e45` with `precision` digits behind the point, still this bound: see [`rounded`](Self::rounded).
    pub(super) fn scientific(self, number: f64, precision: usize) -> String {
        let format = |number| format!("{number:.precision$e}");
        let nearest = format(number);
        let exponent = nearest.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
        let step = exponent
            .zip(i32::try_from(precision).ok())
            .map_or(0.0, |(exponent, precision)| 10_f64.powi(exponent.saturating_sub(precision)));
        self.rounded(number, step, format)
    }

    /// `number` as `format` shows it, which rounds to the nearest multiple of `step`; but a lower bound is rounded
    /// down and an upper one up, so that what is shown is a bound, too.
    fn rounded(self, number: f64, step: f64, format: impl Fn(f64) -> String) -> String {
        let nearest = format(number);
        let error = nearest.parse().map_or(0.0, |shown: f64| shown - number);
        // Floats are not exact: 0.0115 s may be a little less than 11.5 ms.
        let noise = number.abs() * (4.0 * f64::EPSILON);
        match self {
            Self::AtLeast if error > noise => format((number - step).max(f64::MIN)),
            Self::AtMost if error < -noise => format((number + step).min(f64::MAX)),
            _ => nearest,
        }
    }

    /// `number` for people, behind the sign if it is a bound.
    pub fn mark(self, number: String) -> String {
        match self.sign() {
            "" => number,
            sign => format!("{sign} {number}"),
        }
    }
}
