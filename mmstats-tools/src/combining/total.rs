//! What the values of one metric come to.

use std::collections::BTreeSet;

use mmstats_reader::{Number, Sum, Torn, Value};

use crate::description::Rule;
use crate::display::Bound;
use crate::entry::{Outcome, Spread};

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
    Spread(Box<Numbers>),
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
            Self::Spread(numbers) => numbers.add(value),
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
                let mut numbers = Numbers { with_sum: rule == Rule::Spread, ..Numbers::default() };
                numbers.add(value);
                Self::Spread(Box::new(numbers))
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

    /// The combined value, as far as it is known.
    ///
    /// # Errors
    /// If no value was whole, or if there are lower and upper bounds, so that nothing is known about the sum.
    pub(crate) fn outcome(&self) -> Result<Outcome, Torn> {
        Ok(match self {
            Self::Torn => return Err(Torn),
            Self::Sum(sum) if sum.is_unknown => return Err(Torn),
            Self::Sum(sum) => Outcome::new(sum.value(), sum.bound),
            Self::One(value) => Outcome::Value(value.clone()),
            Self::Mean { sum, threads } => Outcome::Value(Value::F64(sum.mean(*threads))),
            Self::Same(same) => match same.others.len() {
                0 => Outcome::Value(same.first.clone()),
                others => Outcome::Different(1 + others as u64),
            },
            Self::Spread(numbers) => numbers.outcome(),
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

    /// Notes that one of the numbers is only a `bound`.
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

/// Whether `value` replaces the `furthest` value so far: with [`Rule::Min`] the smallest, else the largest.
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
pub(crate) struct Numbers {
    with_sum: bool,
    count: usize,
    sum: Sum,
    /// The smallest and the largest.
    ends: Option<(Value, Value)>,
}

impl Numbers {
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

    fn outcome(&self) -> Outcome {
        let Some((min, max)) = &self.ends else { return Outcome::Value(Value::Nothing) };
        if self.count == 1 || (!self.with_sum && min == max) {
            return Outcome::Value(min.clone());
        }
        let sum = self.with_sum.then(|| self.sum.number().to_value());
        Outcome::Spread(Box::new(Spread { sum, min: min.clone(), max: max.clone() }))
    }
}

/// The weight of the mean of this number of threads.
fn weight(threads: usize) -> u32 {
    u32::try_from(threads).unwrap_or(u32::MAX)
}
