//! What is shown on a line: a metric of a file, or one that was combined of several files'.

use mmstats_reader::{Kind, Metric, Torn, Value};

use super::parts::{Measure, Part, members, parts, scaled};
use crate::display::{Bound, Named};

/// A named value, and what is known of it. Every string is as the writer left it.
pub trait Entry: Named {
    /// What it means, in words; empty if nobody said.
    fn help(&self) -> &str;

    /// The unit of the value; empty is none.
    fn unit(&self) -> &str;

    /// What it counts or holds, if the file's format says so.
    fn kind(&self) -> Option<Kind>;

    /// The type of the value, by the name that the file's format gives it.
    fn type_name(&self) -> &str;

    /// The value, in its unit.
    ///
    /// # Errors
    /// If it was not read whole.
    fn shown(&self) -> Result<Shown<'_>, Torn>;
}

/// A value as it is shown.
#[derive(Debug)]
pub enum Shown<'a> {
    /// A number, a text, a truth value, or nothing yet.
    Whole(Value),
    /// Several numbers.
    Parts(Vec<Part<'a>>),
}

impl Entry for Metric<'_> {
    fn help(&self) -> &str {
        Metric::help(self)
    }

    fn unit(&self) -> &str {
        Metric::unit(self)
    }

    fn kind(&self) -> Option<Kind> {
        Metric::kind(self)
    }

    fn type_name(&self) -> &str {
        Metric::type_name(self)
    }

    #[inline]
    fn shown(&self) -> Result<Shown<'_>, Torn> {
        let value = self.value()?;
        let is_clamped = self.is_clamped(&value);
        // Nearly all values.
        if !is_clamped && self.scale() == 0 && matches!(value, Value::U64(_) | Value::Text(_)) {
            return Ok(Shown::Whole(value));
        }
        let measure = Measure { unit: Metric::unit(self), scale: self.scale() };
        if is_clamped {
            let bound = Bound::of_clamped(&value);
            return Ok(Shown::Parts(vec![Part::new("sum", Some(value), measure).bounded(bound)]));
        }
        Ok(Shown::new(value, measure, members(self)))
    }
}

impl<'a> Shown<'a> {
    /// How `value` is shown, which is of this `measure`, or a record with these `members`.
    pub(crate) fn new(
        value: Value,
        measure: Measure<'a>,
        members: impl Iterator<Item = (&'a str, Measure<'a>)>,
    ) -> Self {
        match parts(&value, measure, members) {
            Some(parts) => Self::Parts(parts),
            None => Self::Whole(scaled(value, measure.scale)),
        }
    }
}

/// One of the lines of a value that are shown one below the other.
pub(super) struct Line<'a> {
    /// Which part of the value it is, if it has several.
    pub(super) part: Option<&'a str>,
    /// Nothing if it is torn.
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
