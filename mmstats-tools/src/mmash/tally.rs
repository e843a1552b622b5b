//! What the values of a field come to at a tick, over all files of an application.

use mmstats_reader::{Number, Sum, Value, in_unit};

use super::distribution::Distribution;
use super::field::{Field, Track};
use super::history::Point;
use super::state::Held;
use crate::changes::{Before, Change, Interval, per_second};
use crate::description::Rule;

/// What was added up at a tick. Small: there is one for each field of each application.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// How much it grew, or how many values came.
    growth: f64,
    /// Its growth per second.
    rate: f64,
    /// What it is, or the sum of the values that came.
    level: Sum,
    /// What `level` is to be divided by, for a mean.
    weight: u32,
    /// Files that have it.
    pub(super) files: u32,
    /// Whether `growth` and `rate` are known for any file.
    is_known: bool,
    /// Whether a value is another than at the last tick.
    pub(super) has_changed: bool,
}

/// The values of a field in a file, at the last tick and now.
pub(super) struct Step<'a> {
    pub(super) field: &'a Field,
    /// Its value before, if its change is counted.
    pub(super) before: Before<&'a Held>,
    pub(super) now: &'a Held,
    /// Whether both are the same.
    pub(super) is_unchanged: bool,
    pub(super) interval: &'a Interval,
    /// How many threads write the file.
    pub(super) threads: usize,
}

impl Tally {
    /// Takes in a step. The values of a distribution that came are returned, too.
    pub(super) fn add(&mut self, step: &Step<'_>) -> Option<Distribution> {
        let Step { before, interval, .. } = *step;
        let track = step.field.track?;
        let is_known = matches!(before, Before::Value { .. });
        self.has_changed |= (is_known && !step.is_unchanged) || step.is_made();
        match (step.now, track) {
            // Nothing came to most counters in most polls.
            (Held::Plain(_), Track::Growth) if is_known && step.is_unchanged => self.is_known = true,
            (Held::Plain(value), Track::Growth) => self.grow(&step.number(Number::of(value)?, true)?),
            (Held::Plain(value), Track::Level) => self.add_level(step, Number::of(value)?),
            (Held::Plain(Value::Average(now)), Track::Average) => {
                let average = |held: &Held| match held {
                    Held::Plain(Value::Average(average)) => Some(*average),
                    _ => None,
                };
                let came = Change::new(now, before.and_then(average).as_ref(), true, interval)?;
                // If more came than can be counted, nobody knows how many.
                if came.amount.known_count().is_at_least() {
                    return None;
                }
                self.grow(&came.map(|came| Number::Whole(came.count().into())));
                self.level.add(Number::Float(came.amount.known_sum().unwrap_or(f64::NAN)));
            }
            (Held::Distribution(now), Track::Distribution(_)) => {
                fn distribution(held: &Held) -> Option<&Distribution> {
                    if let Held::Distribution(held) = held { Some(&held.1) } else { None }
                }
                let came = Change::new(&now.1, before.and_then(distribution), true, interval)?;
                // If more values were added than can be counted, the rate is unknown.
                let count = |came: &Distribution| {
                    came.count().map_or(Number::Float(f64::NAN), |count| Number::Whole(count.into()))
                };
                self.grow(&came.map(count));
                return Some(came.amount);
            }
            _ => {}
        }
        None
    }

    fn grow(&mut self, came: &Change<Number>) {
        self.is_known = true;
        let amount = came.amount.to_f64();
        if amount == 0.0 {
            return;
        }
        self.growth += amount;
        self.rate += per_second(came.amount, came.time).map_or(f64::NAN, Number::to_f64);
    }

    fn add_level(&mut self, step: &Step<'_>, level: Number) {
        if step.field.has_rate()
            && let Some(came) = step.number(level, false)
        {
            self.grow(&came);
        }
        let is_first = self.weight == 0;
        let weight = match step.field.description.rule() {
            Rule::Mean => u32::try_from(step.threads.max(1)).unwrap_or(u32::MAX),
            _ => 1,
        };
        match step.field.description.rule() {
            Rule::Min if !is_first => self.level = self.level.number().min(level).into(),
            Rule::Max if !is_first => self.level = self.level.number().max(level).into(),
            Rule::Min | Rule::Max => self.level = level.into(),
            _ => self.level.add_times(level, weight),
        }
        self.weight = self.weight.saturating_add(weight);
    }

    /// Its rate, per second.
    pub(super) fn rate(&self, field: &Field) -> Option<f64> {
        let rate = match field.track {
            Some(Track::Average | Track::Distribution(_)) => self.rate,
            _ => in_unit(self.rate, field.description.scale()),
        };
        (self.is_known && field.has_rate()).then_some(rate)
    }

    /// What is kept of it. The values of a distribution that `came` are known elsewhere.
    pub(super) fn point(&self, field: &Field, came: Option<Distribution>) -> Point {
        let scale = field.description.scale();
        match field.track {
            Some(Track::Growth) if self.is_known => Point::Number(in_unit(self.growth, scale)),
            Some(Track::Level) if self.weight > 0 => Point::Number(in_unit(self.mean_level(field), scale)),
            Some(Track::Average) if self.is_known => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a count")]
                let count = self.growth as u64;
                // What is not known has no mean.
                Point::Average {
                    count,
                    sum: self.level.known().map_or(f64::NAN, |sum| sum.in_unit(scale).to_f64()),
                }
            }
            Some(Track::Distribution(division)) if self.is_known => match came {
                Some(came) => Point::Distribution(Box::new(came)),
                None if self.growth != 0.0 => Point::None,
                None => Point::Distribution(Box::new(Distribution::new(division))),
            },
            _ => Point::None,
        }
    }

    /// The level, by the rule of the field. Where nobody said how, the mean: it is of the size that each
    /// value has. What is not even known to be a gauge is counted together, as the original's clients do.
    fn mean_level(&self, field: &Field) -> f64 {
        match field.description.rule() {
            Rule::Spread if field.description.kind().is_none() => self.level.number().to_f64(),
            Rule::Mean | Rule::Spread | Rule::Range => self.level.mean(self.weight),
            _ => self.level.number().to_f64(),
        }
    }

    /// Starts anew, for the next tick.
    pub(super) fn clear(&mut self) {
        *self = Self { files: self.files, ..Self::default() };
    }
}

impl Step<'_> {
    /// The change of the number to its value `now`.
    fn number(&self, now: Number, is_count: bool) -> Option<Change<Number>> {
        let number = |held: &Held| if let Held::Plain(value) = held { Number::of(value) } else { None };
        Change::new(&now, self.before.and_then(number).as_ref(), is_count, self.interval)
    }

    /// Whether it started from zero and has another value now.
    fn is_made(&self) -> bool {
        matches!(self.before, Before::Absent) && self.interval.starts_from_zero() && !self.is_zero()
    }

    /// Whether it is what it was made as.
    fn is_zero(&self) -> bool {
        match self.now {
            Held::Torn => true,
            Held::Clamped(_) => false,
            Held::Plain(Value::Average(average)) => average.count() == 0,
            Held::Plain(value) => Number::of(value).is_none_or(|number| number.to_f64() == 0.0),
            Held::Distribution(held) => held.1.counts.is_empty(),
        }
    }
}
