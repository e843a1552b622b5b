//! What a series was over time, in steps of some ticks.

use std::collections::BTreeSet;

use mmstats_reader::{AverageValue, Buckets, in_unit};
use serde::Serialize;

use crate::mmash::answer::Number;
use crate::mmash::distribution::Distribution;
use crate::mmash::field::{Field, Track};
use crate::mmash::history::{History, Point};
use crate::mmash::state::SeriesId;

/// Steps of `len` ticks each, from that with the tick `start` to that with the tick before `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) len: u64,
    /// Seconds of a tick.
    pub(super) interval: f64,
}

/// A series in steps. What there was nothing of is null.
#[derive(Debug, Default, Serialize)]
pub(super) struct Columns {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<Option<Number>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quantiles: Option<Quantiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<Vec<Option<u64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heat: Option<Heat>,
}

/// Values that so many of all are not larger than.
#[derive(Debug, Default, Serialize)]
pub(super) struct Quantiles {
    p50: Vec<Option<Number>>,
    p90: Vec<Option<Number>>,
    p99: Vec<Option<Number>>,
    /// Where the last bucket begins, if it has no end: a quantile that is not less is a lower bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_from: Option<Number>,
}

/// How often values of each size came.
#[derive(Debug, Serialize)]
pub(super) struct Heat {
    /// The smallest and the largest value of each bucket that was used. The last bucket may have no largest
    /// one.
    bounds: Vec<(Number, Option<Number>)>,
    /// How many values each of them got, step by step.
    counts: Vec<Option<Vec<u64>>>,
}

impl Columns {
    /// Of a series that is not kept.
    pub(super) fn none() -> Self {
        Self { values: Some(Vec::new()), ..Self::default() }
    }
}

/// How fast the series `id` of `field` grew in each of `steps`; nothing if that is not kept.
pub(super) fn trend(
    history: &History,
    id: SeriesId,
    field: &Field,
    steps: Steps,
) -> Option<Vec<Option<Number>>> {
    let (track, sums) = sums(history, id, steps)?;
    let known = |step: &Step, number: f64| (step.ticks > 0).then_some(Number(number));
    #[expect(clippy::cast_precision_loss, reason = "a rate is an approximation")]
    let rate = |step: &Step| {
        let growth = match (track, &step.distribution) {
            (Track::Average, _) => step.count as f64,
            (Track::Distribution(_), Some(distribution)) => distribution.count()? as f64,
            _ => step.sum,
        };
        known(step, growth / (f64::from(step.ticks) * steps.interval))
    };
    Some(match track {
        Track::Level if field.description.kind().is_some() => {
            sums.iter().map(|step| known(step, step.level)).collect()
        }
        // Nobody knows that it is a counter.
        Track::Level => {
            let pairs = sums.iter().zip(sums.iter().skip(1));
            let rate = |(before, now): (&Step, &Step)| {
                known(before, 0.0).and(known(now, (now.level - before.level) / steps.seconds()))
            };
            pairs.map(rate).collect()
        }
        _ => sums.iter().map(rate).collect(),
    })
}

impl Steps {
    /// The steps from `since` to `now`, of `len` ticks, of which none is cut in two.
    pub(super) fn new(since: u64, now: u64, len: u64, interval: f64) -> Self {
        let len = len.max(1);
        Self { start: since.max(1) / len * len, end: now + 1, len, interval }
    }

    /// How long a step is.
    #[expect(clippy::cast_precision_loss, reason = "a step has few ticks")]
    fn seconds(self) -> f64 {
        self.len as f64 * self.interval
    }

    fn count(self) -> usize {
        let steps = self.end.div_ceil(self.len).saturating_sub(self.start / self.len);
        usize::try_from(steps).unwrap_or(usize::MAX)
    }

    /// In which step `tick` is.
    fn index(self, tick: u64) -> usize {
        usize::try_from((tick - self.start) / self.len).unwrap_or(usize::MAX)
    }
}

/// Cells that the heat of an answer may have: steps times buckets that were used, of all series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    left: Option<usize>,
}

impl Cells {
    /// As many as there may be.
    pub(super) const MAX: usize = 1_000_000;

    pub(super) fn new() -> Self {
        Self { left: Some(Self::MAX) }
    }

    fn take(&mut self, count: usize) -> bool {
        self.left = self.left.and_then(|left| left.checked_sub(count));
        self.left.is_some()
    }

    /// Whether there were more than there may be.
    pub(super) fn are_too_many(self) -> bool {
        self.left.is_none()
    }
}

/// What came in a step.
#[derive(Clone, Debug, Default)]
struct Step {
    sum: f64,
    /// Ticks of which something is known.
    ticks: u32,
    level: f64,
    count: u64,
    distribution: Option<Distribution>,
}

impl Step {
    fn add(&mut self, point: Point) {
        match point {
            Point::None => return,
            Point::Number(number) => {
                self.sum += number;
                self.level = number;
            }
            Point::Average { count, sum } => {
                self.sum += sum;
                self.count = self.count.saturating_add(count);
            }
            Point::Distribution(more) => match &mut self.distribution {
                Some(distribution) => distribution.merge(&more),
                none => *none = Some(*more),
            },
        }
        self.ticks += 1;
    }
}

/// What the series `id` of `field` was; nothing if that is not kept. There is heat `with_heat`, and as long as
/// there is room for its cells, which are taken off that.
pub(super) fn columns(
    history: &History,
    id: SeriesId,
    field: &Field,
    steps: Steps,
    with_heat: Option<&mut Cells>,
) -> Option<Columns> {
    let (track, sums) = sums(history, id, steps)?;
    let column = |of: &dyn Fn(&Step) -> Option<f64>| -> Vec<Option<Number>> {
        sums.iter().map(|step| of(step).filter(|_| step.ticks > 0).map(Number)).collect()
    };
    Some(match track {
        Track::Growth => {
            let rate = |step: &Step| Some(step.sum / (f64::from(step.ticks) * steps.interval));
            Columns { values: Some(column(&rate)), ..Columns::default() }
        }
        Track::Level => Columns { values: Some(column(&|step| Some(step.level))), ..Columns::default() },
        Track::Average => {
            let mean = |step: &Step| AverageValue::new(step.count, step.sum).mean();
            let count = sums.iter().map(|step| (step.ticks > 0).then_some(step.count));
            Columns { values: Some(column(&mean)), count: Some(count.collect()), ..Columns::default() }
        }
        Track::Distribution(division) => {
            let scale = field.description.scale();
            let of = |q: f64| column(&|step: &Step| quantile_of(step.distribution.as_ref()?, q, scale));
            let count = sums.iter().map(|step| step.distribution.as_ref().and_then(Distribution::count));
            Columns {
                values: None,
                quantiles: Some(Quantiles {
                    p50: of(0.5),
                    p90: of(0.9),
                    p99: of(0.99),
                    open_from: open_from(division, scale),
                }),
                count: Some(count.collect()),
                heat: with_heat.and_then(|cells| heat(&sums, division, scale, cells)),
            }
        }
    })
}

/// What of the series `id` came in each of `steps`; nothing if that is not kept.
fn sums(history: &History, id: SeriesId, steps: Steps) -> Option<(Track, Vec<Step>)> {
    let (track, points) = history.points(id, steps.start, steps.end)?;
    let mut sums = vec![Step::default(); steps.count()];
    for (tick, point) in points {
        if let Some(step) = sums.get_mut(steps.index(tick)) {
            step.add(point);
        }
    }
    Some((track, sums))
}

#[expect(clippy::cast_precision_loss, reason = "a quantile is an approximation")]
fn quantile_of(distribution: &Distribution, q: f64, scale: i8) -> Option<f64> {
    distribution.summary().quantile(q).map(|value| in_unit(value.number() as f64, scale))
}

#[expect(clippy::cast_precision_loss, reason = "a quantile is an approximation, too")]
fn open_from(division: Buckets, scale: i8) -> Option<Number> {
    let last = division.count().checked_sub(1).filter(|last| division.is_open(*last))?;
    division.bounds(last).map(|(low, _)| Number(in_unit(low as f64, scale)))
}

fn heat(steps: &[Step], division: Buckets, scale: i8, cells: &mut Cells) -> Option<Heat> {
    let distributions = steps.iter().filter_map(|step| step.distribution.as_ref());
    let used = distributions.flat_map(|distribution| &distribution.counts);
    let used: BTreeSet<u32> = used.map(|(index, _)| *index).collect();
    let used: Vec<u32> = used.into_iter().collect();
    if !cells.take(steps.len().saturating_mul(used.len())) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a bound is shown")]
    let bounds = used.iter().filter_map(|index| {
        let (low, high) = division.bounds(*index as usize)?;
        let high = Some(high).filter(|_| !division.is_open(*index as usize));
        let number = |bound: u64| Number(in_unit(bound as f64, scale));
        Some((number(low), high.map(number)))
    });
    let counts = steps.iter().map(|step| {
        let mut counts = vec![0; used.len()];
        // Counts that stopped at the end of their type are not known.
        let distribution = step.distribution.as_ref().filter(|distribution| !distribution.is_saturated)?;
        for (index, count) in &distribution.counts {
            if let Ok(place) = used.binary_search(index)
                && let Some(cell) = counts.get_mut(place)
            {
                *cell = *count;
            }
        }
        Some(counts)
    });
    Some(Heat { bounds: bounds.collect(), counts: counts.collect() })
}
