//! What is shown of values that are more than a number or a text.

use mmstats_reader::{AverageValue, HistogramValue, Metric, TimerValue, Value, in_unit};

/// A number with a name: a part of a value.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its name, which in a record is as the writer left it.
    pub name: &'a str,
    /// In its unit; nothing if there is none, such as the mean of no numbers.
    pub number: Option<Value>,
    /// Its unit, as the writer left it; empty is none.
    pub unit: &'a str,
    /// Whether it is shown where there is little room.
    pub(super) is_brief: bool,
}

/// What there is to know of a number besides the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure<'a> {
    pub(crate) unit: &'a str,
    /// The number times ten to this power is in the unit.
    pub(crate) scale: i8,
}

/// A count of something.
const COUNT: Measure<'static> = Measure { unit: "", scale: 0 };

/// The name and the measure of each member of the record that `metric` is.
pub(crate) fn members<'a>(metric: &Metric<'a>) -> impl Iterator<Item = (&'a str, Measure<'a>)> {
    metric.members().map(|member| (member.label(), Measure { unit: member.unit(), scale: member.scale() }))
}

/// The parts of `value`, if it has parts: it is of this `measure`, or a record with these `members`.
pub(crate) fn parts<'a>(
    value: &Value,
    measure: Measure<'a>,
    members: impl Iterator<Item = (&'a str, Measure<'a>)>,
) -> Option<Vec<Part<'a>>> {
    match value {
        Value::Average(average) => Some(of_average(average, measure)),
        Value::Histogram(histogram) => Some(of_histogram(histogram, measure)),
        Value::Timer(timer) => Some(of_timer(timer, measure)),
        Value::Record(values) => {
            let pairs = members.zip(values.iter());
            Some(
                pairs.map(|((name, measure), value)| Part::new(name, Some(value.clone()), measure)).collect(),
            )
        }
        _ => None,
    }
}

fn of_average<'a>(average: &AverageValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    vec![
        Part::new("count", Some(Value::U64(average.count())), COUNT),
        Part::new("sum", Some(Value::F64(average.sum())), measure).not_brief(),
        Part::new("mean", average.mean().map(Value::F64), measure),
    ]
}

fn of_histogram<'a>(histogram: &HistogramValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    let quantile = |name, q| Part::new(name, quantile(histogram, q).map(Value::U64), measure);
    vec![
        Part::new("count", Some(Value::U64(histogram.count())), COUNT),
        Part::new("sum", Some(Value::U64(histogram.sum())), measure).not_brief(),
        Part::new("mean", histogram.mean().map(Value::F64), measure),
        quantile("p50", 0.5),
        quantile("p90", 0.9).not_brief(),
        quantile("p99", 0.99),
        quantile("p999", 0.999).not_brief(),
        quantile("max", 1.0),
    ]
}

fn of_timer<'a>(timer: &TimerValue, measure: Measure<'a>) -> Vec<Part<'a>> {
    let mut parts = of_histogram(timer.durations(), measure);
    parts.push(Part::new("last", timer.last().map(Value::U64), measure));
    parts
}

/// The most that the quantile `q` can be, or, if it is beyond what the buckets tell apart, the most that
/// they do.
pub(crate) fn quantile(histogram: &HistogramValue, q: f64) -> Option<u64> {
    histogram.quantile(q).map(|bounds| (*bounds.end()).min(histogram.division().max()))
}

impl<'a> Part<'a> {
    /// The part `name`, from a `number` of this `measure`.
    pub(crate) fn new(name: &'a str, number: Option<Value>, Measure { unit, scale }: Measure<'a>) -> Self {
        Self { name, number: number.map(|number| scaled(number, scale)), unit, is_brief: true }
    }

    /// How many there are of something.
    pub(crate) fn count(name: &'a str, count: u64) -> Self {
        Self::new(name, Some(Value::U64(count)), COUNT)
    }

    fn not_brief(self) -> Self {
        Self { is_brief: false, ..self }
    }
}

/// `value` in its unit.
#[expect(clippy::cast_precision_loss, reason = "what is multiplied by a power of ten is not exact")]
pub(crate) fn scaled(value: Value, scale: i8) -> Value {
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
