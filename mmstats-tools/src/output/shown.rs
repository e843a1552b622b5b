//! Converts values to the form in which they are shown.

use mmstats_reader::{Torn, Value};

use super::parts::{Measure, Part, parts, scaled};
use crate::description::Described;
use crate::display::Bound;
use crate::entry::{Outcome, Spread};

/// A value in the form in which it is shown: in its unit.
#[derive(Debug)]
pub enum Shown<'a> {
    /// A number, a text, a truth value, or nothing yet.
    Whole(Value),
    /// Several numbers.
    Parts(Vec<Part<'a>>),
}

impl<'a> Shown<'a> {
    /// Converts the `outcome` of what is `described` to its unit.
    #[inline]
    pub(crate) fn new(outcome: Outcome, described: &'a impl Described) -> Self {
        let measure = Measure { unit: described.unit(), scale: described.scale() };
        let part = |name, number| Part::new(name, Some(number), measure);
        match outcome {
            // A fast path for nearly all values.
            Outcome::Value(value @ (Value::U64(_) | Value::Text(_))) if measure.scale == 0 => {
                Self::Whole(value)
            }
            Outcome::Value(value) => match parts(&value, measure, described.members()) {
                Some(parts) => Self::Parts(parts),
                None => Self::Whole(scaled(value, measure.scale)),
            },
            Outcome::Bound(sum, bound) => Self::Parts(vec![part("sum", sum).bounded(bound)]),
            Outcome::Different(count) => Self::Parts(vec![Part::count("different", count)]),
            Outcome::Spread(spread) => {
                let Spread { sum, min, max } = *spread;
                let numbers = [("sum", sum), ("min", Some(min)), ("max", Some(max))];
                let numbers = numbers.into_iter().filter_map(|(name, number)| Some(part(name, number?)));
                Self::Parts(numbers.collect())
            }
        }
    }
}

/// One line of a value.
pub(super) struct Line<'a> {
    /// The name of the part, if the value has several.
    pub(super) part: Option<&'a str>,
    /// The number or text; `None` if it is torn.
    pub(super) value: Option<Value>,
    pub(super) bound: Bound,
    pub(super) unit: &'a str,
}

impl<'a> Line<'a> {
    /// The lines of a value of `unit`: one, or one for each part.
    pub(super) fn of(shown: Result<Shown<'a>, Torn>, unit: &'a str) -> Vec<Self> {
        match shown {
            Ok(Shown::Parts(parts)) => parts
                .into_iter()
                .map(|Part { name, number, bound, unit, .. }| Self {
                    part: Some(name),
                    value: Some(number.unwrap_or(Value::Nothing)),
                    bound,
                    unit,
                })
                .collect(),
            Ok(Shown::Whole(value)) => {
                vec![Self { part: None, value: Some(value), bound: Bound::None, unit }]
            }
            Err(Torn) => vec![Self { part: None, value: None, bound: Bound::None, unit }],
        }
    }
}
