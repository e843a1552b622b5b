//! What the values of one metric come to.

use std::collections::BTreeSet;

use mmstats_reader::{Aggregate, FloatSum, Kind, Metric, Torn, Value};

use crate::display::Bound;
use crate::output::{Measure, Part, Shown};

/// How values are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// They are added up.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their mean; each weighs as much as its file has threads.
    Mean,
    /// What was counted in each is counted together.
    Merge,
    /// The one that all have, or else how many different ones there are.
    Same,
    /// Nobody said how: all that could be meant, their sum, the smallest and the largest.
    Spread,
    /// From the smallest to the largest: nobody can mean their sum.
    Range,
}

impl Rule {
    /// How the values of `metric` are combined with those of other files; one of them is `value`, if it is
    /// at hand.
    pub(crate) fn of(metric: &Metric<'_>, value: Option<&Value>) -> Self {
        let label = metric.label();
        // Format 1 has prefixes before these, and knows no kinds.
        let is = |own: &str| label == own || (metric.kind().is_none() && label.ends_with(own));
        if ["sys.pid", "sys.tid", "sys.uid", "sys.gid"].into_iter().any(is) {
            return Self::Same;
        }
        if is("sys.created") {
            return Self::Range;
        }
        match (metric.kind(), metric.aggregate()) {
            (_, Aggregate::Constant) | (Some(Kind::Text | Kind::Record | Kind::Member), _) => Self::Same,
            (Some(Kind::Counter | Kind::UpDown), _) | (Some(Kind::Gauge), Aggregate::Sum) => Self::Sum,
            (Some(Kind::Average | Kind::Histogram | Kind::Timer), _) => Self::Merge,
            (Some(Kind::MovingAverage), _) => Self::Range,
            (Some(Kind::Gauge), Aggregate::Min) => Self::Min,
            (Some(Kind::Gauge), Aggregate::Max) => Self::Max,
            (Some(Kind::Gauge), Aggregate::Mean) => Self::Mean,
            (Some(Kind::Gauge), Aggregate::None) => Self::Spread,
            (None, _) if value.map_or_else(|| has_numbers(metric), |value| number(value).is_some()) => {
                Self::Spread
            }
            (None, _) => Self::Same,
        }
    }
}

/// Whether the type of `metric`, which is of format 1, is one of numbers: of texts those of Python's `struct`
/// module end in these.
fn has_numbers(metric: &Metric<'_>) -> bool {
    !metric.type_name().ends_with(['s', 'p', 'c'])
}

/// What the values of one metric come to.
#[derive(Debug, Default)]
pub(crate) enum Total {
    /// None was whole.
    #[default]
    Torn,
    Sum(Sum),
    /// The smallest, the largest, or all together.
    One(Value),
    Mean {
        sum: FloatSum,
        threads: f64,
    },
    Same(Box<Same>),
    Spread(Box<Spread>),
}

impl Total {
    /// Takes in `value` by `rule`, that of the metric; its file has so many `threads`.
    pub(crate) fn add(&mut self, value: Value, rule: Rule, threads: impl FnOnce() -> usize) {
        if let Self::Torn = self {
            *self = Self::start(value, rule, threads);
            return;
        }
        match self {
            Self::Torn => {}
            Self::Sum(sum) => _ = sum.add(&value),
            Self::One(total) => match (total, value) {
                (Value::Average(total), Value::Average(value)) => total.merge(&value),
                // They are divided alike: the catalog tells others apart.
                (Value::Histogram(total), Value::Histogram(value)) => _ = total.merge(&value),
                (Value::Timer(total), Value::Timer(value)) => _ = total.merge(&value),
                (total, value) => {
                    let is_further =
                        if rule == Rule::Min { is_less(&value, total) } else { is_less(total, &value) };
                    if is_further || is_nan(total) {
                        *total = value;
                    }
                }
            },
            Self::Mean { sum, threads: all } => {
                let weight = weight(threads());
                sum.add(number(&value).unwrap_or_default(), weight);
                *all += weight;
            }
            Self::Same(same) => same.add(&value),
            Self::Spread(spread) => spread.add(value),
        }
    }

    /// Takes note that the value that was taken in last is only a `bound`, if it is one. Only sums are.
    pub(crate) fn bound(&mut self, bound: Bound) {
        if let (Self::Sum(sum), true) = (self, bound != Bound::None) {
            sum.is_unknown |= sum.bound != Bound::None && sum.bound != bound;
            sum.bound = bound;
        }
    }

    fn start(value: Value, rule: Rule, threads: impl FnOnce() -> usize) -> Self {
        match rule {
            Rule::Sum => {
                let mut sum = Sum::default();
                _ = sum.add(&value);
                Self::Sum(sum)
            }
            Rule::Min | Rule::Max | Rule::Merge => Self::One(value),
            Rule::Mean => {
                let threads = weight(threads());
                let mut sum = FloatSum::default();
                sum.add(number(&value).unwrap_or_default(), threads);
                Self::Mean { sum, threads }
            }
            Rule::Same => Self::Same(Box::new(Same { first: value, others: BTreeSet::new() })),
            Rule::Spread | Rule::Range => {
                let mut spread = Spread { with_sum: rule == Rule::Spread, ..Spread::default() };
                spread.add(value);
                Self::Spread(Box::new(spread))
            }
        }
    }

    /// The type of the value, if it is not that of the values that were taken in.
    pub(crate) fn type_name(&self) -> Option<&'static str> {
        match self {
            Self::Sum(sum) => Some(match sum.value() {
                Value::U64(_) => "u64",
                Value::I64(_) => "i64",
                _ => "f64",
            }),
            Self::Mean { .. } => Some("f64"),
            _ => None,
        }
    }

    /// What is shown of it.
    /// The metric is of this `measure`, or a record with these `members`.
    pub(crate) fn shown<'a>(
        &self,
        measure: Measure<'a>,
        members: impl Iterator<Item = (&'a str, Measure<'a>)>,
    ) -> Result<Shown<'a>, Torn> {
        let whole = |value| Shown::new(value, measure, members);
        Ok(match self {
            Self::Torn => return Err(Torn),
            Self::Sum(sum) if sum.is_unknown => return Err(Torn),
            Self::Sum(sum) if sum.bound != Bound::None => {
                Shown::Parts(vec![Part::new("sum", Some(sum.value()), measure).bounded(sum.bound)])
            }
            Self::Sum(sum) => whole(sum.value()),
            Self::One(value) => whole(value.clone()),
            Self::Mean { sum, threads } => whole(Value::F64(sum.mean(*threads))),
            Self::Same(same) => match same.others.len() {
                0 => whole(same.first.clone()),
                others => Shown::Parts(vec![Part::count("different", 1 + others as u64)]),
            },
            Self::Spread(spread) => match spread.parts(measure) {
                Ok(value) => whole(value),
                Err(parts) => Shown::Parts(parts),
            },
        })
    }
}

/// The sum of numbers, exact as long as they are whole ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    integers: i128,
    floats: FloatSum,
    has_floats: bool,
    /// Whether it is only a bound: since one of the numbers is.
    bound: Bound,
    /// Whether it is not even that, since one of them is a lower bound and one an upper bound.
    is_unknown: bool,
}

impl Sum {
    /// Takes in `value`, if it is a number.
    fn add(&mut self, value: &Value) -> Option<()> {
        if let Some(integer) = integer(value) {
            self.integers = self.integers.saturating_add(integer);
        } else {
            self.floats.add(number(value)?, 1.0);
            self.has_floats = true;
        }
        Some(())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "floats are approximations, and so is what no u64 can hold"
    )]
    fn value(&self) -> Value {
        let Self { integers, mut floats, has_floats, .. } = *self;
        if has_floats {
            floats.add(integers as f64, 1.0);
            return Value::F64(floats.sum());
        }
        let unsigned = u64::try_from(integers).map(Value::U64);
        unsigned.or_else(|_| i64::try_from(integers).map(Value::I64)).unwrap_or(Value::F64(integers as f64))
    }
}

/// A value, and how those that differ look.
#[derive(Debug)]
pub(crate) struct Same {
    first: Value,
    others: BTreeSet<String>,
}

impl Same {
    fn add(&mut self, value: &Value) {
        if *value != self.first {
            let look = |value| format!("{value:?}");
            // What is no number is not equal to itself.
            if look(value) != look(&self.first) {
                self.others.insert(look(value));
            }
        }
    }
}

/// Where values lie.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    with_sum: bool,
    count: usize,
    sum: Sum,
    /// The smallest and the largest.
    ends: Option<(Value, Value)>,
}

impl Spread {
    fn add(&mut self, value: Value) {
        if self.sum.add(&value).is_none() {
            // Nothing yet.
            return;
        }
        self.count += 1;
        let Some((min, max)) = &mut self.ends else {
            self.ends = Some((value.clone(), value));
            return;
        };
        if is_less(&value, min) || is_nan(min) {
            *min = value.clone();
        }
        if is_less(max, &value) || is_nan(max) {
            *max = value;
        }
    }

    /// The parts, or the value if there is nothing to tell apart.
    fn parts<'a>(&self, measure: Measure<'a>) -> Result<Value, Vec<Part<'a>>> {
        let Some((min, max)) = &self.ends else { return Ok(Value::Nothing) };
        if self.count == 1 || (!self.with_sum && min == max) {
            return Ok(min.clone());
        }
        let sum = self.with_sum.then(|| ("sum", self.sum.value()));
        let ends = [("min", min.clone()), ("max", max.clone())];
        let parts = sum.into_iter().chain(ends);
        Err(parts.map(|(name, value)| Part::new(name, Some(value), measure)).collect())
    }
}

pub(crate) fn integer(value: &Value) -> Option<i128> {
    match *value {
        Value::U64(value) => Some(value.into()),
        Value::I64(value) => Some(value.into()),
        Value::Bool(value) => Some(value.into()),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float is an approximation")]
pub(crate) fn number(value: &Value) -> Option<f64> {
    match *value {
        Value::F32(value) => Some(value.into()),
        Value::F64(value) => Some(value),
        _ => integer(value).map(|value| value as f64),
    }
}

/// How much a counter grew that was `before`: it may have gone beyond 2^64. Nothing if it fell, so that nobody
/// can say.
#[cfg(any(feature = "mmash", feature = "topstats"))]
pub(crate) fn growth(now: u64, before: u64) -> Option<u64> {
    let growth = now.wrapping_sub(before);
    (growth <= u64::MAX / 2 || now >= before).then_some(growth)
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 threads")]
fn weight(threads: usize) -> f64 {
    threads as f64
}

/// Whether `a` is less than `b`.
pub(crate) fn is_less(a: &Value, b: &Value) -> bool {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a < b,
        _ => number(a) < number(b),
    }
}

fn is_nan(value: &Value) -> bool {
    number(value).is_some_and(f64::is_nan)
}
