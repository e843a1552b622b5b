//! The value of a metric at a time, or its change between two times.

use std::fmt;

use mmstats_reader::{AverageValue, HistogramValue, Metric, Number, Value};

use crate::changes::Amount;
use crate::display::{Bound, bounded};

/// The value of a metric at a time; or what came to it between two times.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The value.
    pub quantity: Quantity,
    /// Its numbers times ten to this power are in the metric's unit.
    pub scale: i8,
}

/// What a value consists of.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// One number.
    Number(Number),
    /// A text.
    Text(String),
    /// Numbers with names, each with a scale of its own.
    Record(Vec<Member>),
    /// A count and a sum.
    Average(AverageValue),
    /// How often values of each size came.
    Histogram(HistogramValue),
    /// How often durations of each length came, and the last one.
    Timer {
        /// The durations.
        durations: HistogramValue,
        /// The last one, if there is one.
        last: Option<u64>,
    },
}

/// A member of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub label: String,
    /// Its value in its unit.
    pub number: Number,
}

impl fmt::Display for Sample {
    /// What is neither an amount nor a text: the members of a record, `name=value` for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quantity::Record(members) = &self.quantity else { return Ok(()) };
        for (index, Member { label, number }) in members.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{label}={}", bounded(*number, Bound::None))?;
        }
        Ok(())
    }
}

impl Sample {
    /// The value of `metric`; nothing if it has none yet.
    pub fn new(metric: &Metric<'_>, value: Value) -> Option<Self> {
        let quantity = match value {
            Value::Text(text) => Quantity::Text(text),
            Value::Average(average) => Quantity::Average(average),
            Value::Histogram(histogram) => Quantity::Histogram(*histogram),
            Value::Timer(timer) => {
                Quantity::Timer { durations: timer.durations().clone(), last: timer.last() }
            }
            Value::Record(values) => {
                let member = |(member, value): (mmstats_reader::Member<'_>, &Value)| {
                    let number = Number::of(value)?.in_unit(member.scale());
                    Some(Member { label: member.label().to_owned(), number })
                };
                Quantity::Record(metric.members().zip(values.iter()).filter_map(member).collect())
            }
            number => Quantity::Number(Number::of(&number)?),
        };
        Some(Self { quantity, scale: metric.scale() })
    }
}

impl Amount for Sample {
    /// The change since `earlier`. A text or a record has no change, and is returned as it is.
    fn came_since(&self, earlier: &Self, is_count: bool) -> Option<Self> {
        let quantity = match (&self.quantity, &earlier.quantity) {
            (Quantity::Number(now), Quantity::Number(before)) => {
                Quantity::Number(now.came_since(before, is_count)?)
            }
            (Quantity::Average(now), Quantity::Average(before)) => {
                Quantity::Average(now.came_since(before, is_count)?)
            }
            (Quantity::Histogram(now), Quantity::Histogram(before)) => {
                Quantity::Histogram(now.came_since(before, is_count)?)
            }
            (Quantity::Timer { durations: now, last }, Quantity::Timer { durations: before, .. }) => {
                Quantity::Timer { durations: now.came_since(before, is_count)?, last: *last }
            }
            _ => return None,
        };
        Some(Self { quantity, ..*self })
    }
}
