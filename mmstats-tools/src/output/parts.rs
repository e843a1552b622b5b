//! What is shown of values that are more than a number or a text.

use mmstats_reader::{AverageValue, Derived, HistogramValue, TimerValue, Value, in_unit};

use crate::description::Member;
use crate::display::Bound;

/// A number with a name: a part of a value.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its name, which in a record is as the writer left it.
    pub name: &'a str,
    /// In its unit; nothing if there is none, such as the mean of no numbers.
    pub number: Option<Value>,
    /// Whether it is only a bound.
    pub bound: Bound,
    /// Its unit, as the writer left it; empty is none.
    pub unit: &'a str,
    /// Whether it is shown where there is little room.
    pub(super) is_brief: bool,
}

/// What there is to know of a number besides the number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure<'a> {
    pub(super) unit: &'a str,
    /// The number times ten to this power is in the unit.
    pub(super) scale: i8,
}

/// A count of something.
const COUNT: Measure<'static> = Measure { unit: "", scale: 0 };

/// The parts of `value`, if it has parts: it is of this `measure`, or a record with these `members`.
pub(super) fn parts<'a>(
    value: &Value,
    measure: Measure<'a>,
    members: impl Iterator<Item = Member<'a>>,
) -> Option<Vec<Part<'a>>> {
    match value {
        Value::Average(average) => Some(of_average(average, measure)),
        Value::Histogram(histogram) => Some(of_histogram(histogram, measure)),
        Value::Timer(timer) => Some(of_timer(timer, measure)),
        Value::Record(values) => {
            let part = |(Member { label, unit, scale }, value): (_, &Value)| {
                Part::new(label, Some(value.clone()), Measure { unit, scale })
            };
            Some(members.zip(values.iter()).map(part).collect())
        }
        _ => None,
    }
}

fn of_average<'a>(average: &AverageValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    vec![
        Part::derived("count", Some(average.known_count().map(Value::U64)), COUNT),
        Part::new("sum", average.known_sum().map(Value::F64), measure).not_brief(),
        Part::new("mean", average.mean().map(Value::F64), measure),
    ]
}

fn of_histogram<'a>(histogram: &HistogramValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    let summary = histogram.summary();
    let integer = |name, number: Option<Derived<u64>>| {
        Part::derived(name, number.map(|number| number.map(Value::U64)), measure)
    };
    let quantile = |name, q| integer(name, summary.quantile(q));
    vec![
        Part::derived("count", Some(summary.count().map(Value::U64)), COUNT),
        Part::derived("sum", Some(summary.sum().map(whole)), measure).not_brief(),
        Part::derived("mean", summary.mean().map(|mean| mean.map(Value::F64)), measure),
        quantile("p50", 0.5),
        quantile("p90", 0.9).not_brief(),
        quantile("p99", 0.99),
        quantile("p999", 0.999).not_brief(),
        integer("max", summary.max()),
    ]
}

fn of_timer<'a>(timer: &TimerValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    let mut parts = of_histogram(timer.durations(), measure);
    parts.push(Part::new("last", timer.last().map(Value::U64), measure));
    parts
}

/// A whole number that may be larger than any of ours: then the nearest float.
#[expect(clippy::cast_precision_loss, reason = "what no u64 can hold is an approximation")]
fn whole(number: u128) -> Value {
    u64::try_from(number).map_or(Value::F64(number as f64), Value::U64)
}

/// The names of the `parts` that are bounds, by what programs are told of these; nothing if there are none.
#[cfg(feature = "json")]
pub(crate) fn bounds<'a>(parts: &[Part<'a>]) -> impl Iterator<Item = (&'static str, Vec<&'a str>)> {
    let names_of = |bound| parts.iter().filter(move |part| part.bound == bound).map(|part| part.name);
    [Bound::AtLeast, Bound::AtMost].into_iter().filter_map(move |bound| {
        let names: Vec<&str> = names_of(bound).collect();
        Some((bound.name()?, names)).filter(|(_, names)| !names.is_empty())
    })
}

impl<'a> Part<'a> {
    /// The part `name`, from a `number` of this `measure`.
    pub(super) fn new(name: &'a str, number: Option<Value>, Measure { unit, scale }: Measure<'a>) -> Self {
        let number = number.map(|number| scaled(number, scale));
        Self { name, number, bound: Bound::None, unit, is_brief: true }
    }

    /// The part `name`, from a `number` of this measure that may be a bound.
    fn derived(name: &'a str, number: Option<Derived<Value>>, measure: Measure<'a>) -> Self {
        let bound = number.as_ref().map_or(Bound::None, Bound::of);
        Self::new(name, number.map(Derived::number), measure).bounded(bound)
    }

    /// This part, whose number is only a `bound`.
    pub(super) fn bounded(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// How many there are of something.
    pub(super) fn count(name: &'a str, count: u64) -> Self {
        Self::new(name, Some(Value::U64(count)), COUNT)
    }

    fn not_brief(self) -> Self {
        Self { is_brief: false, ..self }
    }
}

/// `value` in its unit.
#[expect(clippy::cast_precision_loss, reason = "what is multiplied by a power of ten is not exact")]
pub(super) fn scaled(value: Value, scale: i8) -> Value {
    if scale == 0 {
        return value;
    }
    let number = match value {
        Value::U64(number) => number as f64,
        Value::I64(number) => number as f64,
        Value::F32(number) => number.into(),
        Value::F64(number) => number,
        other => return other,
    };
    Value::F64(in_unit(number, scale))
}
