//! A column: what is added up for it, and what that comes to.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use mmstats_reader::{Derived, HistogramValue, Kind, Metric, Number};

use super::Sort;
use super::part::{Part, Pick};
use super::sample::{Quantity, Sample};
use crate::changes::{Change, per_second};
use crate::description::Rule;

/// A column of the output.
#[derive(Debug)]
pub struct Column {
    /// What stands above it, safe to show.
    pub title: String,
    /// What was asked for of the values.
    part: Option<Part>,
    /// What that is of its first value, the unit of that, its kind and of what sort it is, and how values
    /// are combined.
    pick: Pick,
    unit: String,
    kind: Option<Kind>,
    sort: mem::Discriminant<Quantity>,
    rule: Rule,
    tally: Tally,
    /// Whether there was something that could not be added up to the rest, and whether that was said.
    is_mixed: (bool, bool),
}

/// What is in a column in one line.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is nothing: no such field, or no number whose mean or quantile it would be.
    Nothing,
    /// A number.
    Number(Number),
    /// A lower bound of a number that is not known.
    AtLeast(Number),
    /// A text, as it is in the files.
    Text(String),
}

/// What was added up since the last line.
#[derive(Debug, Default)]
struct Tally {
    amount: Option<Number>,
    /// The part of `amount` that was counted over one common time; `rates` has the sum of the rates over other times,
    /// and is nearly always empty.
    in_time: Option<(Duration, Number)>,
    rates: Option<Number>,
    /// Whether that is only a lower bound; whether it is not known at all.
    is_at_least: bool,
    is_unknown: bool,
    /// How many numbers it is the sum of.
    count: Option<Number>,
    texts: BTreeSet<String>,
    /// What values came, and their scale.
    values: Option<(HistogramValue, i8)>,
    /// The last value of each timer.
    last: Vec<Number>,
}

impl Column {
    /// A column without values, whose first one is `sample` of `metric`; nothing if that has not the part.
    pub fn new(title: String, part: Option<Part>, metric: &Metric<'_>, sample: &Sample) -> Option<Self> {
        let pick = pick(part.as_ref(), sample)?;
        let (unit, kind) = (metric.unit().to_owned(), metric.kind());
        let (rule, sort) = (Rule::of(metric, None), mem::discriminant(&sample.quantity));
        let (tally, is_mixed) = (Tally::default(), (false, false));
        Some(Self { title, part, pick, unit, kind, sort, rule, tally, is_mixed })
    }

    /// Whether the values of `metric`, of which one is `sample`, can be added up to those of this column: what
    /// is said of both is the same. Format 1 says neither kind nor unit.
    pub fn fits(&mut self, metric: &Metric<'_>, sample: &Sample) -> bool {
        let fits = match (self.kind, metric.kind()) {
            (Some(kind), Some(other)) => kind == other && self.unit == metric.unit(),
            _ => self.sort == mem::discriminant(&sample.quantity),
        };
        self.is_mixed.0 |= !fits;
        fits
    }

    /// Adds the change `came`, if it is known, of a metric whose value is `now`.
    pub fn add_came(&mut self, came: Option<&Change<Sample>>, now: &Sample) {
        if !self.is_same(now) {
            return;
        }
        let Some(Change { amount: came, time }) = came else { return };
        match self.pick {
            Pick::Whole | Pick::Delta | Pick::Rate => self.tally.add_in(*time, amount(came)),
            Pick::Count => self.tally.add(count(came)),
            Pick::Sum => self.tally.add_sum(came),
            Pick::Mean if matches!(came.quantity, Quantity::Average(_)) => {
                self.tally.add_sum(came);
                let count = count(came);
                self.tally.is_unknown |= count.is_some_and(|count| count.is_at_least());
                self.tally.count = plus(self.tally.count, count.map(Derived::number));
            }
            Pick::Mean | Pick::Min | Pick::Quantile(_) | Pick::Max => self.add_values(came),
            Pick::Value | Pick::Last | Pick::Member => {}
        }
    }

    fn add_values(&mut self, came: &Sample) {
        let (Quantity::Histogram(more) | Quantity::Timer { durations: more, .. }) = &came.quantity else {
            return;
        };
        match &mut self.tally.values {
            None => self.tally.values = Some((more.clone(), came.scale)),
            Some((values, scale)) => {
                let is_merged = *scale == came.scale && values.merge(more).is_ok();
                self.is_mixed.0 |= !is_merged;
            }
        }
    }

    /// Takes in `now`, the value that a metric has.
    pub fn add_now(&mut self, now: &Sample) {
        if !self.is_same(now) {
            return;
        }
        match (self.pick, &now.quantity) {
            (Pick::Whole | Pick::Value, Quantity::Text(text)) => {
                self.tally.texts.insert(text.clone());
            }
            (Pick::Whole, Quantity::Record(_)) => {
                self.tally.texts.insert(now.to_string());
            }
            (Pick::Value, Quantity::Number(_)) => {
                self.tally.add_level(amount(now), self.rule);
                self.tally.count = plus(self.tally.count, Some(Number::Whole(1)));
            }
            (Pick::Value, _) => self.tally.add(amount(now)),
            (Pick::Last, Quantity::Timer { last: Some(last), .. }) => {
                self.tally.last.push(Number::Whole((*last).into()).in_unit(now.scale));
            }
            (Pick::Member, Quantity::Record(members)) => {
                let of_name = |part: &Part| members.iter().find(|member| member.label == part.name);
                let number = self.part.as_ref().and_then(of_name).map(|member| member.number);
                self.tally.add(number.map(Derived::exact));
            }
            _ => {}
        }
    }

    /// Whether `sample` has what this column shows.
    fn is_same(&mut self, sample: &Sample) -> bool {
        let is_same = pick(self.part.as_ref(), sample) == Some(self.pick);
        self.is_mixed.0 |= !is_same;
        is_same
    }

    /// Returns the total of everything that was added, and starts again from nothing. With `is_by_second`, changes are
    /// shown per second in all columns, except in the first line.
    pub fn finish(&mut self, is_first: bool, is_by_second: bool) -> Cell {
        let rate = self.tally.take_rate();
        let Tally { amount, is_at_least, is_unknown, count, texts, values, last, .. } =
            mem::take(&mut self.tally);
        let known = |number: Option<Number>| Some(Derived::new(number.filter(|_| !is_unknown)?, is_at_least));
        let (amount, rate) = (known(amount), known(rate));
        let is_rate = self.sort(is_by_second && !is_first) == Sort::Rate;
        let is_mean = self.pick == Pick::Mean || self.pick == Pick::Value && self.rule == Rule::Mean;
        let number = match self.pick {
            _ if is_mean && values.is_none() => {
                let count = count.map(Number::to_f64).filter(|count| *count > 0.0);
                amount.zip(count).map(|(sum, count)| sum.map(|sum| Number::Float(sum.to_f64() / count)))
            }
            Pick::Mean | Pick::Min | Pick::Quantile(_) | Pick::Max => values.and_then(|(values, scale)| {
                let number = self.of_values(&values)?;
                Some(number.map(|number| number.in_unit(scale)))
            }),
            // Of several nobody knows which was the last one.
            Pick::Last => {
                if let [last] = last.as_slice() {
                    Some(Derived::exact(*last))
                } else {
                    None
                }
            }
            _ if is_rate => rate,
            _ => amount,
        };
        match number {
            Some(number) => {
                self.is_mixed.0 |= !texts.is_empty();
                if number.is_at_least() {
                    Cell::AtLeast(number.number())
                } else {
                    Cell::Number(number.number())
                }
            }
            None if texts.is_empty() => Cell::Nothing,
            None => Cell::Text(texts.into_iter().collect::<Vec<_>>().join(" | ")),
        }
    }

    /// What its numbers are.
    pub fn sort(&self, is_by_second: bool) -> Sort {
        match self.pick {
            Pick::Rate => Sort::Rate,
            Pick::Whole if is_by_second => Sort::Rate,
            pick if pick.is_measure() => Sort::Measure(self.unit.clone()),
            _ => Sort::Exact,
        }
    }

    /// Of `values` what this column shows.
    fn of_values(&self, values: &HistogramValue) -> Option<Derived<Number>> {
        let summary = values.summary();
        let number = match self.pick {
            Pick::Mean => return summary.mean().map(|mean| mean.map(Number::Float)),
            Pick::Min => summary.min(),
            Pick::Quantile(q) => summary.quantile(q),
            _ => summary.max(),
        };
        number.map(|number| number.map(|number| Number::Whole(number.into())))
    }

    /// Whether there was something that could not be added up to the rest; says so once.
    pub fn has_become_mixed(&mut self) -> bool {
        let (is_mixed, was_said) = self.is_mixed;
        self.is_mixed.1 = is_mixed;
        is_mixed && !was_said
    }
}

impl Tally {
    fn add(&mut self, more: Option<Derived<Number>>) {
        let Some(more) = more else { return };
        let is_finite = |number: Option<Number>| number.is_none_or(|number| number.to_f64().is_finite());
        let was_finite = is_finite(self.amount) && is_finite(Some(more.number()));
        self.amount = plus(self.amount, Some(more.number()));
        self.is_at_least |= more.is_at_least();
        // The sum of finite numbers can be larger than a float can hold.
        self.is_unknown |= was_finite && !is_finite(self.amount);
    }

    /// Adds an amount that was counted over this `time`.
    fn add_in(&mut self, time: Duration, amount: Option<Derived<Number>>) {
        self.add(amount);
        let Some(amount) = amount.map(Derived::number) else { return };
        match &mut self.in_time {
            Some((same, all)) if *same == time => *all = all.plus(amount),
            _ => {
                self.rates = self.take_rate();
                self.in_time = Some((time, amount));
            }
        }
    }

    /// Returns the rate per second, and starts again from nothing.
    fn take_rate(&mut self) -> Option<Number> {
        let rate = self.in_time.take().and_then(|(time, amount)| per_second(amount, time));
        plus(self.rates.take(), rate)
    }

    /// Takes in the sum of the numbers that `came`, unless nobody knows it.
    fn add_sum(&mut self, came: &Sample) {
        let sum = sum(came);
        self.is_unknown |= sum.is_none();
        self.add(sum);
    }

    /// Takes in what a gauge is, by the `rule` that its writer gave. Where there is none it is added up.
    fn add_level(&mut self, level: Option<Derived<Number>>, rule: Rule) {
        match (rule, self.amount, level.map(Derived::number)) {
            (Rule::Min, Some(least), Some(level)) if !level.is_less(least) => {}
            (Rule::Max, Some(most), Some(level)) if !most.is_less(level) => {}
            (Rule::Min | Rule::Max, _, Some(level)) => self.amount = Some(level),
            _ => self.add(level),
        }
    }
}

fn pick(part: Option<&Part>, sample: &Sample) -> Option<Pick> {
    part.map_or(Some(Pick::Whole), |part| part.of(sample))
}

fn plus(one: Option<Number>, other: Option<Number>) -> Option<Number> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.plus(other)),
        (one, other) => one.or(other),
    }
}

/// The one number that stands for the value: a count for those that have one.
fn amount(sample: &Sample) -> Option<Derived<Number>> {
    match &sample.quantity {
        Quantity::Number(number) => Some(Derived::exact(number.in_unit(sample.scale))),
        _ => count(sample),
    }
}

fn count(sample: &Sample) -> Option<Derived<Number>> {
    let count = match &sample.quantity {
        Quantity::Average(average) => average.known_count(),
        Quantity::Histogram(values) | Quantity::Timer { durations: values, .. } => values.summary().count(),
        _ => return None,
    };
    Some(count.map(|count| Number::Whole(count.into())))
}

/// The sum of the numbers, if it is known.
#[expect(clippy::cast_precision_loss, reason = "what no i128 can hold is an approximation")]
fn sum(sample: &Sample) -> Option<Derived<Number>> {
    let sum = match &sample.quantity {
        Quantity::Average(average) => Derived::exact(Number::Float(average.known_sum()?)),
        Quantity::Histogram(values) | Quantity::Timer { durations: values, .. } => {
            let whole = |sum: u128| i128::try_from(sum).map_or(Number::Float(sum as f64), Number::Whole);
            values.summary().sum().map(whole)
        }
        _ => return None,
    };
    Some(sum.map(|sum| sum.in_unit(sample.scale)))
}
