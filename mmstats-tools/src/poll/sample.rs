//! The value of a metric at a time, and what came since.

use std::borrow::Cow;
use std::fmt;

use mmstats_reader::{AverageValue, HistogramValue, Kind, Metric, Number, Value};

use crate::display::{Bound, bounded};

/// The value of a metric at a time; or what came to it between two times.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The value.
    pub quantity: Quantity,
    /// Its numbers times ten to this power are in the metric's unit.
    pub scale: i8,
    /// Whether it only grows.
    is_total: bool,
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

/// From where what came to a metric is counted.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// All of it came.
    Zero,
    /// All since this value.
    At(&'a Sample),
    /// Nothing came: who knows what was there before.
    Here,
}

impl Sample {
    /// The value of `metric`; nothing if it has none yet.
    pub fn new(metric: &Metric<'_>, value: Value) -> Option<Self> {
        let kind = metric.kind();
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
        let is_total = kind == Some(Kind::Counter) || !matches!(quantity, Quantity::Number(_));
        Some(Self { quantity, scale: metric.scale(), is_total })
    }

    /// Whether who takes over the writer's file goes on from this value.
    pub fn is_resumed(&self) -> bool {
        self.is_total
    }

    /// What came since `start`.
    pub fn since(&self, start: Start<'_>) -> Cow<'_, Self> {
        match start {
            Start::Zero => Cow::Borrowed(self),
            Start::At(earlier) => self.above(earlier).map_or_else(|| self.nothing(), Cow::Owned),
            Start::Here => self.nothing(),
        }
    }

    /// As little as came since right now.
    fn nothing(&self) -> Cow<'_, Self> {
        self.above(self).map_or(Cow::Borrowed(self), Cow::Owned)
    }

    /// What came since `earlier`, if that is a value of the same sort. What is no amount stays as it is.
    fn above(&self, earlier: &Self) -> Option<Self> {
        let quantity = match (&self.quantity, &earlier.quantity) {
            (Quantity::Number(now), Quantity::Number(then)) => {
                Quantity::Number(if self.is_total { above(*now, *then) } else { now.minus(*then) })
            }
            (Quantity::Average(now), Quantity::Average(then)) => {
                Quantity::Average(now.since(then).unwrap_or_default())
            }
            (Quantity::Histogram(now), Quantity::Histogram(then)) => {
                Quantity::Histogram(now.since(then).ok()?)
            }
            (Quantity::Timer { durations: now, last }, Quantity::Timer { durations: then, .. }) => {
                Quantity::Timer { durations: now.since(then).ok()?, last: *last }
            }
            (Quantity::Text(_) | Quantity::Record(_), _) => self.quantity.clone(),
            _ => return None,
        };
        Some(Self { quantity, ..*self })
    }
}

/// How much came to a counter since it was `earlier`. One that fell has started again; or, if it was
/// closer to 2^64 than it is to it, has gone beyond.
fn above(now: Number, earlier: Number) -> Number {
    const WRAP: i128 = 1 << 64;
    match (now, earlier) {
        (Number::Whole(now), Number::Whole(then)) if now < then => {
            let around = now - then + WRAP;
            Number::Whole(if (0..WRAP / 2).contains(&around) { around } else { now })
        }
        _ if now.is_less(earlier) => now,
        _ => now.minus(earlier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: Number, is_total: bool) -> Sample {
        Sample { quantity: Quantity::Number(number), scale: 0, is_total }
    }

    #[test]
    fn what_only_grows_and_fell_started_again() {
        let came = |is_total| {
            let (now, then) = (number(Number::Whole(3), is_total), number(Number::Whole(5), is_total));
            now.since(Start::At(&then)).into_owned().quantity
        };
        assert_eq!(came(true), Quantity::Number(Number::Whole(3)));
        assert_eq!(came(false), Quantity::Number(Number::Whole(-2)));
    }

    #[test]
    fn nothing_came_since_now_nor_since_another_sort_of_value() {
        let five = number(Number::Whole(5), true);
        let text = Sample { quantity: Quantity::Text("a".into()), ..five.clone() };
        for start in [Start::Here, Start::At(&five), Start::At(&text)] {
            assert_eq!(five.since(start).quantity, Quantity::Number(Number::Whole(0)));
        }
        assert_eq!(*five.since(Start::Zero), five);
    }
}
