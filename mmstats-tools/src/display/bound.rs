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

    /// `number` for people, behind the sign if it is a bound.
    pub fn mark(self, number: String) -> String {
        match self.sign() {
            "" => number,
            sign => format!("{sign} {number}"),
        }
    }
}
