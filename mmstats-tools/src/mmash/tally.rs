//! What the values of a field come to at a tick, over all files of an application.

use mmstats_reader::{AverageValue, FloatSum, Number, Value, in_unit};

use super::distribution::Distribution;
use super::field::{Field, Track};
use super::history::Point;
use super::state::Held;
use crate::combining::total::growth;
use crate::description::Rule;

/// What was added up at a tick. Small: there is one for each field of each application.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// How much it grew, or how many values came.
    growth: f64,
    /// What it is, or the sum of the values that came.
    level: FloatSum,
    /// What `level` is to be divided by, for a mean.
    weight: u32,
    /// Files that have it.
    pub(super) files: u32,
    /// Whether `growth` is known of some file.
    is_known: bool,
    /// Whether a value is another than at the last tick.
    pub(super) has_changed: bool,
}

/// The values of a field in a file, at the last tick and now.
pub(super) struct Step<'a> {
    pub(super) field: &'a Field,
    /// Nothing if it was not read before.
    pub(super) before: Option<&'a Held>,
    pub(super) now: &'a Held,
    /// Whether both are the same.
    pub(super) is_unchanged: bool,
    /// Whether what was not read before started from zero.
    pub(super) is_from_zero: bool,
    /// How many threads write the file.
    pub(super) threads: usize,
}

impl Tally {
    /// Takes in a step. The values of a distribution that came are returned, too.
    pub(super) fn add(&mut self, step: &Step<'_>) -> Option<Distribution> {
        let track = step.field.track?;
        self.has_changed |= (step.before.is_some() && !step.is_unchanged) || step.is_made();
        match (step.now, track) {
            (Held::Plain(value), Track::Growth) => self.grow(unsigned_growth(step, value)?),
            (Held::Plain(value), Track::Level) => self.add_level(step, value)?,
            (Held::Plain(Value::Average(now)), Track::Average) => {
                let before = match step.before {
                    Some(Held::Plain(Value::Average(before))) => *before,
                    None if step.is_from_zero => AverageValue::default(),
                    _ => return None,
                };
                let came = now.since(&before)?;
                #[expect(clippy::cast_precision_loss, reason = "a rate is an approximation")]
                self.grow(came.count() as f64);
                self.level.add(came.known_sum().unwrap_or(f64::NAN), 1.0);
            }
            (Held::Distribution(now), Track::Distribution(_)) => {
                let came = match step.before {
                    Some(Held::Distribution(before)) => now.1.since(&before.1),
                    None if step.is_from_zero => now.1.clone(),
                    _ => return None,
                };
                #[expect(clippy::cast_precision_loss, reason = "a rate is an approximation")]
                match came.count() {
                    Some(count) => self.grow(count as f64),
                    // More came than can be counted.
                    None => self.grow(f64::NAN),
                }
                return Some(came);
            }
            _ => {}
        }
        None
    }

    fn grow(&mut self, growth: f64) {
        self.growth += growth;
        self.is_known = true;
    }

    fn add_level(&mut self, step: &Step<'_>, value: &Value) -> Option<()> {
        let level = Number::of(value)?.to_f64();
        // What nobody says to be a counter may be anything at first, a time or an id: that did not grow.
        if step.field.has_rate()
            && let Some(Held::Plain(before)) = step.before
        {
            self.grow(level - Number::of(before)?.to_f64());
        }
        let is_first = self.weight == 0;
        let weight = match step.field.description.rule() {
            Rule::Mean => u32::try_from(step.threads.max(1)).unwrap_or(u32::MAX),
            _ => 1,
        };
        match step.field.description.rule() {
            Rule::Min if !is_first => self.level = FloatSum::of(self.level.sum().min(level)),
            Rule::Max if !is_first => self.level = FloatSum::of(self.level.sum().max(level)),
            Rule::Min | Rule::Max => self.level = FloatSum::of(level),
            _ => self.level.add(level, f64::from(weight)),
        }
        self.weight = self.weight.saturating_add(weight);
        Some(())
    }

    /// How fast it grew, by the second, over so many seconds.
    pub(super) fn rate(&self, field: &Field, seconds: f64) -> Option<f64> {
        let growth = match field.track {
            Some(Track::Average | Track::Distribution(_)) => self.growth,
            _ => in_unit(self.growth, field.description.scale()),
        };
        (self.is_known && field.has_rate()).then_some(growth / seconds)
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
                Point::Average { count, sum: self.level.known().map_or(f64::NAN, |sum| in_unit(sum, scale)) }
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
            Rule::Spread if field.description.kind().is_none() => self.level.sum(),
            Rule::Mean | Rule::Spread | Rule::Range => self.level.mean(self.weight.into()),
            _ => self.level.sum(),
        }
    }

    /// Starts anew, for the next tick.
    pub(super) fn clear(&mut self) {
        *self = Self { files: self.files, ..Self::default() };
    }
}

impl Step<'_> {
    /// Whether it counts from zero, and did.
    fn is_made(&self) -> bool {
        self.before.is_none() && self.is_from_zero && !self.is_zero()
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

/// How much a counter grew.
#[expect(clippy::cast_precision_loss, reason = "a rate is an approximation")]
fn unsigned_growth(step: &Step<'_>, now: &Value) -> Option<f64> {
    let Value::U64(now) = now else { return None };
    match step.before {
        Some(Held::Plain(Value::U64(before))) => growth(*now, *before).map(|growth| growth as f64),
        None if step.is_from_zero => Some(*now as f64),
        _ => None,
    }
}
