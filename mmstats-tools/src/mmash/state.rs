//! What was found by one look at all files. It does not change any more: requests are answered from it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mmstats_reader::{Kind, Metric, TimerValue, Value};

use super::distribution::Distribution;
use super::field::Field;
use crate::changes::Before;
use crate::combining::total::Total;
use crate::display::Bound;
use crate::entry::Outcome;
use crate::selection::Process;

/// All that was found, at a time.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) time: f64,
    /// Which look it was.
    pub(crate) tick: u64,
    /// The files, sorted by path.
    pub(crate) files: Vec<Arc<File>>,
    /// The fields of each application. A place can be empty.
    pub(crate) series: Arc<Vec<Option<Series>>>,
    /// How fast each of them grows, by the second; NaN where nothing can be said.
    pub(crate) rates: Vec<f32>,
    /// The same, smoothed, to sort by.
    pub(crate) paces: Vec<f32>,
    totals: OnceLock<Vec<Summary>>,
    top: OnceLock<Vec<SeriesId>>,
}

/// Processes of one name and user.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Application {
    /// What it is called, as its processes say.
    pub(crate) name: String,
    /// Who owns its files.
    pub(crate) uid: u32,
    /// What the system calls the user; its id if it has no name.
    pub(crate) user: String,
}

/// A field of an application.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Whose.
    pub(crate) application: Arc<Application>,
    /// What.
    pub(crate) field: Arc<Field>,
}

/// Which [`Series`]: its place in [`State::series`].
pub(crate) type SeriesId = u32;

/// The last whole value of a metric.
#[derive(Clone, Debug)]
pub(crate) struct LastWhole {
    /// The value; `None` if it was never whole.
    pub(crate) value: Option<Held>,
    /// How much older it is than the last look.
    pub(crate) age: Duration,
}

impl LastWhole {
    /// The last whole value after a torn reading, which was `time` after the reading with `before`.
    pub(crate) fn after(before: Before<&Held>, time: Duration) -> Self {
        match before {
            Before::Absent | Before::Unknown => Self { value: None, age: Duration::ZERO },
            Before::Value { value, age } => {
                Self { value: Some(value.clone()), age: age.saturating_add(time) }
            }
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The same number as long as the writer is followed.
    pub(crate) id: u64,
    /// The name by which it was opened.
    pub(crate) path: Arc<Path>,
    /// Its format's version.
    pub(crate) format: u8,
    /// When it was read, since the tool started.
    pub(crate) read: Duration,
    /// Its writer.
    pub(crate) process: Arc<Process>,
    /// How old it was when it was read, if it says so.
    pub(crate) age: Option<Duration>,
    /// Its writer's application.
    pub(crate) application: Arc<Application>,
    /// Why not all of it can be read.
    pub(crate) problem: Option<Arc<str>>,
    /// What its metrics are, in their order.
    pub(crate) series: Arc<[SeriesId]>,
    /// The values of its metrics.
    pub(crate) values: Arc<[Held]>,
    /// The metrics whose values were not read whole, by their index.
    pub(crate) not_whole: HashMap<usize, LastWhole>,
    /// How many threads write it.
    pub(crate) threads: usize,
}

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// It was never whole.
    Torn,
    /// A value that is not a histogram or a timer.
    Plain(Value),
    /// The sum of several threads, which stopped at the end of its type.
    Clamped(Value),
    /// A histogram, or a timer with its last duration.
    Distribution(Arc<(Option<u64>, Distribution)>),
}

/// What the values of a field of an application come to.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// How many files have it.
    pub(crate) files: u32,
    pub(crate) total: Total,
}

impl Held {
    /// Keeps `value`, that of `metric`.
    pub(crate) fn new(metric: &Metric<'_>, value: Value) -> Self {
        match value {
            value if metric.is_clamped(&value) => Self::Clamped(value),
            Value::Histogram(histogram) => Self::Distribution(Arc::new((None, Distribution::of(&histogram)))),
            Value::Timer(timer) => {
                Self::Distribution(Arc::new((timer.last(), Distribution::of(timer.durations()))))
            }
            value => Self::Plain(value),
        }
    }

    /// Whether the value is only a bound.
    pub(crate) fn bound(&self) -> Bound {
        match self {
            Self::Clamped(value) => Bound::of_clamped(value),
            _ => Bound::None,
        }
    }

    /// The value as it was, of a field of this kind.
    pub(crate) fn value(&self, field: &Field) -> Option<Value> {
        match self {
            Self::Torn => None,
            Self::Plain(value) | Self::Clamped(value) => Some(value.clone()),
            Self::Distribution(held) => {
                let (last, distribution) = &**held;
                let histogram = distribution.expand();
                Some(match field.description.kind() {
                    Some(Kind::Timer) => Value::Timer(Box::new(TimerValue::new(*last, histogram))),
                    _ => Value::Histogram(Box::new(histogram)),
                })
            }
        }
    }
}

impl State {
    /// How many series [`State::top`] has at most.
    pub(crate) const TOP: usize = 100;

    /// What was found by the look number `tick` at `time`.
    pub(crate) fn new(
        time: f64,
        tick: u64,
        files: Vec<Arc<File>>,
        series: Arc<Vec<Option<Series>>>,
        rates: Vec<f32>,
        paces: Vec<f32>,
    ) -> Self {
        Self { time, tick, files, series, rates, paces, totals: OnceLock::new(), top: OnceLock::new() }
    }

    /// The series that there are, with their ids.
    pub(crate) fn all_series(&self) -> impl Iterator<Item = (SeriesId, &Series)> {
        (0..).zip(self.series.iter()).filter_map(|(id, series)| Some((id, series.as_ref()?)))
    }

    /// The series `id`.
    pub(crate) fn one_series(&self, id: SeriesId) -> Option<&Series> {
        self.series.get(id as usize)?.as_ref()
    }

    /// The metrics of `file`: what each is, and its value.
    pub(crate) fn metrics<'a>(&'a self, file: &'a File) -> impl Iterator<Item = (&'a Field, &'a Held)> {
        let series = file.series.iter().map(|id| self.one_series(*id).map(|series| &*series.field));
        series.zip(file.values.iter()).filter_map(|(field, held)| Some((field?, held)))
    }

    /// What the series `id` comes to, over all its application's files.
    pub(crate) fn summary(&self, id: SeriesId) -> Option<&Summary> {
        self.totals.get_or_init(|| self.add_up()).get(id as usize)
    }

    /// The value of the series `id` over all files of its application, as far as it is known.
    pub(crate) fn outcome(&self, id: SeriesId) -> Option<Outcome> {
        self.summary(id)?.total.outcome().ok()
    }

    /// Whether some file has the series `id`.
    pub(crate) fn has_files(&self, id: SeriesId) -> bool {
        self.summary(id).is_some_and(|summary| summary.files > 0)
    }

    /// How fast the series `id` grows, smoothed, to sort by.
    pub(crate) fn pace(&self, id: SeriesId) -> f32 {
        self.paces.get(id as usize).copied().unwrap_or_default()
    }

    /// How fast the series `id` grows, by the second.
    pub(crate) fn rate(&self, id: SeriesId) -> Option<f32> {
        self.rates.get(id as usize).copied().filter(|rate| !rate.is_nan())
    }

    /// The series that grow fastest, smoothed: at most [`State::TOP`].
    pub(crate) fn top(&self) -> &[SeriesId] {
        self.top.get_or_init(|| {
            let mut ids: Vec<SeriesId> =
                (0..).take(self.paces.len()).filter(|id| self.pace(*id) > 0.0).collect();
            let by_pace = |a: &SeriesId, b: &SeriesId| self.pace(*b).total_cmp(&self.pace(*a)).then(a.cmp(b));
            if ids.len() > Self::TOP {
                ids.select_nth_unstable_by(Self::TOP, by_pace);
                ids.truncate(Self::TOP);
            }
            ids.sort_unstable_by(by_pace);
            ids
        })
    }

    /// Adds up all values. Only when somebody asks, and then once.
    fn add_up(&self) -> Vec<Summary> {
        let mut summaries: Vec<Summary> = Vec::new();
        summaries.resize_with(self.series.len(), Summary::default);
        for file in &self.files {
            let mut last = None;
            for (id, held) in file.series.iter().zip(file.values.iter()) {
                let Some(series) = self.one_series(*id) else { continue };
                let Some(summary) = summaries.get_mut(*id as usize) else { continue };
                // The threads' values of a field stand side by side.
                if last.replace(*id) != Some(*id) {
                    summary.files += 1;
                }
                if let Some(value) = held.value(&series.field) {
                    summary.total.add(value, series.field.description.rule(), || file.threads.max(1));
                    summary.total.bound(held.bound());
                }
            }
        }
        summaries
    }
}
