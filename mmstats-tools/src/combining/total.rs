//! What the values of one metric come to.

use std::collections::BTreeSet;

use mmstats_reader::{Aggregate, Kind, Metric, Number, Sum, Torn, Value};

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
            (None, _) if value.map_or_else(|| has_numbers(metric), |value| Number::of(value).is_some()) => {
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
    Sum(BoundedSum),
    /// The smallest, the largest, or all together.
    One(Value),
    Mean {
        sum: Sum,
        threads: u32,
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
            Self::Sum(sum) => sum.add(&value),
            Self::One(total) => match (total, value) {
                (Value::Average(total), Value::Average(value)) => total.merge(&value),
                // They are divided alike: the catalog tells others apart.
                (Value::Histogram(total), Value::Histogram(value)) => _ = total.merge(&value),
                (Value::Timer(total), Value::Timer(value)) => _ = total.merge(&value),
                (total, value) => {
                    if is_further(&value, total, rule) {
                        *total = value;
                    }
                }
            },
            Self::Mean { sum, threads: all } => {
                let weight = weight(threads());
                add_times(sum, &value, weight);
                *all = all.saturating_add(weight);
            }
            Self::Same(same) => same.add(&value),
            Self::Spread(spread) => spread.add(value),
        }
    }

    /// Takes note that the value that was taken in last is only a `bound`, if it is one. Only sums are.
    pub(crate) fn bound(&mut self, bound: Bound) {
        if let (Self::Sum(sum), true) = (self, bound != Bound::None) {
            sum.bound(bound);
        }
    }

    fn start(value: Value, rule: Rule, threads: impl FnOnce() -> usize) -> Self {
        match rule {
            Rule::Sum => {
                let mut sum = BoundedSum::default();
                sum.add(&value);
                Self::Sum(sum)
            }
            Rule::Min | Rule::Max | Rule::Merge => Self::One(value),
            Rule::Mean => {
                let threads = weight(threads());
                let mut sum = Sum::default();
                add_times(&mut sum, &value, threads);
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

/// The sum of numbers, some of which may be only bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BoundedSum {
    sum: Sum,
    /// Whether it is only a bound: since one of the numbers is.
    bound: Bound,
    /// Whether it is not even that, since one of them is a lower bound and one an upper bound.
    is_unknown: bool,
}

impl BoundedSum {
    /// Takes in `value`, if it is a number.
    fn add(&mut self, value: &Value) {
        if let Some(number) = Number::of(value) {
            self.sum.add(number);
        }
    }

    /// Takes note that one of the numbers is only this `bound`.
    fn bound(&mut self, bound: Bound) {
        self.is_unknown |= self.bound != Bound::None && self.bound != bound;
        self.bound = bound;
    }

    fn value(&self) -> Value {
        self.sum.number().to_value()
    }
}

fn add_times(sum: &mut Sum, value: &Value, times: u32) {
    if let Some(number) = Number::of(value) {
        sum.add_times(number, times);
    }
}

/// Whether `value` replaces the `furthest` one so far, which is the smallest or, unless the `rule` says so,
/// the largest one.
fn is_further(value: &Value, furthest: &Value, rule: Rule) -> bool {
    let (Some(number), Some(best)) = (Number::of(value), Number::of(furthest)) else { return false };
    let further = if rule == Rule::Min { best.min(number) } else { best.max(number) };
    further != best
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
        // Nothing yet.
        let Some(number) = Number::of(&value) else { return };
        self.sum.add(number);
        self.count += 1;
        let Some((min, max)) = &mut self.ends else {
            self.ends = Some((value.clone(), value));
            return;
        };
        if is_further(&value, min, Rule::Min) {
            *min = value.clone();
        }
        if is_further(&value, max, Rule::Max) {
            *max = value;
        }
    }

    /// The parts, or the value if there is nothing to tell apart.
    fn parts<'a>(&self, measure: Measure<'a>) -> Result<Value, Vec<Part<'a>>> {
        let Some((min, max)) = &self.ends else { return Ok(Value::Nothing) };
        if self.count == 1 || (!self.with_sum && min == max) {
            return Ok(min.clone());
        }
        let sum = self.with_sum.then(|| ("sum", self.sum.number().to_value()));
        let ends = [("min", min.clone()), ("max", max.clone())];
        let parts = sum.into_iter().chain(ends);
        Err(parts.map(|(name, value)| Part::new(name, Some(value), measure)).collect())
    }
}

/// How much the mean of so many threads weighs.
fn weight(threads: usize) -> u32 {
    u32::try_from(threads).unwrap_or(u32::MAX)
}
