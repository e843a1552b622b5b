//! What is shown of values that are more than a number or a text.

use mmstats_reader::{AverageValue, HistogramValue, Metric, TimerValue, Value, in_unit};

/// A number with a name: a part of a value.
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    /// In its unit; nothing if there is none, such as the mean of no numbers.
    pub(super) number: Option<Value>,
    /// Whether it is shown where there is little room.
    pub(super) is_brief: bool,
}

/// The parts of `value`, that of `metric`, if it has parts.
pub(super) fn parts<'a>(value: &Value, metric: &Metric<'a>) -> Option<Vec<Part<'a>>> {
    match value {
        Value::Average(average) => Some(of_average(average, metric.scale())),
        Value::Histogram(histogram) => Some(of_histogram(histogram, metric.scale())),
        Value::Timer(timer) => Some(of_timer(timer, metric.scale())),
        Value::Record(values) => {
            let part = |(member, value): (mmstats_reader::Member<'a>, &Value)| {
                Part::new(member.label(), Some(value.clone()), member.scale())
            };
            Some(metric.members().zip(values.iter()).map(part).collect())
        }
        _ => None,
    }
}

fn of_average(average: &AverageValue, scale: i8) -> Vec<Part<'static>> {
    vec![
        Part::new("count", Some(Value::U64(average.count())), 0),
        Part::new("sum", Some(Value::F64(average.sum())), scale).not_brief(),
        Part::new("mean", average.mean().map(Value::F64), scale),
    ]
}

fn of_histogram(histogram: &HistogramValue, scale: i8) -> Vec<Part<'static>> {
    let quantile = |name, q| Part::new(name, quantile(histogram, q).map(Value::U64), scale);
    vec![
        Part::new("count", Some(Value::U64(histogram.count())), 0),
        Part::new("sum", Some(Value::U64(histogram.sum())), scale).not_brief(),
        Part::new("mean", histogram.mean().map(Value::F64), scale),
        quantile("p50", 0.5),
        quantile("p90", 0.9).not_brief(),
        quantile("p99", 0.99),
        quantile("p999", 0.999).not_brief(),
        quantile("max", 1.0),
    ]
}

fn of_timer(timer: &TimerValue, scale: i8) -> Vec<Part<'static>> {
    let mut parts = of_histogram(timer.durations(), scale);
    parts.push(Part::new("last", timer.last().map(Value::U64), scale));
    parts
}

/// The most that the quantile `q` can be, or, if it is beyond what the buckets tell apart, the most that
/// they do.
fn quantile(histogram: &HistogramValue, q: f64) -> Option<u64> {
    histogram.quantile(q).map(|bounds| (*bounds.end()).min(histogram.division().max()))
}

impl<'a> Part<'a> {
    fn new(name: &'a str, number: Option<Value>, scale: i8) -> Self {
        let number = number.map(|number| scaled(&number, scale).unwrap_or(number));
        Self { name, number, is_brief: true }
    }

    fn not_brief(self) -> Self {
        Self { is_brief: false, ..self }
    }
}

/// `value` in its unit, if it is a number that is not as it is.
#[expect(clippy::cast_precision_loss, reason = "what is multiplied by a power of ten is not exact")]
pub(super) fn scaled(value: &Value, scale: i8) -> Option<Value> {
    if scale == 0 {
        return None;
    }
    let number = match *value {
        Value::U64(number) => number as f64,
        Value::I64(number) => number as f64,
        Value::F32(number) => number.into(),
        Value::F64(number) => number,
        _ => return None,
    };
    Some(Value::F64(in_unit(number, scale)))
}
