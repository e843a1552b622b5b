//! What is known of a field: its value, and how fast it grows.

use std::collections::VecDeque;
use std::time::Duration;

use mmstats_reader::{AverageValue, Derived, HistogramValue, Kind, Number, Torn, Value};

use crate::changes::{Before, Change, Interval, is_count, per_second};

/// What is known of a field. There may be a hundred thousand of them.
#[derive(Debug, Default)]
pub struct Track {
    /// What it had counted when it was last read whole.
    count: Count,
    means: Means,
    /// Its value.
    pub content: Content,
    /// Only while it is on the screen.
    pub history: Option<Box<History>>,
}

/// The last whole count of a field. Counts are kept as values, which take less memory than numbers.
#[derive(Debug, Default)]
enum Count {
    /// The field did not exist.
    #[default]
    Absent,
    /// It does not count, or was never read whole.
    None,
    /// The count at the last reading.
    Whole(Value),
    /// The last whole count of a field that was torn at the last reading, and how much older it is than that.
    Aged(Box<(Value, Duration)>),
}

impl Count {
    fn new(count: Option<Number>) -> Self {
        count.map_or(Self::None, |count| Self::Whole(count.to_value()))
    }

    fn number(&self) -> Option<Number> {
        match self {
            Self::Absent | Self::None => None,
            Self::Whole(count) => Number::of(count),
            Self::Aged(aged) => Number::of(&aged.0),
        }
    }

    /// What is known of it before a reading.
    fn before(&self) -> Before<Number> {
        let age = if let Self::Aged(aged) = self { aged.1 } else { Duration::ZERO };
        match self.number() {
            Some(value) => Before::Value { value, age },
            None if matches!(self, Self::Absent) => Before::Absent,
            None => Before::Unknown,
        }
    }

    /// This count, after it was torn for a further `time`.
    fn aged(self, time: Duration) -> Self {
        match self {
            Self::Absent | Self::None => Self::None,
            Self::Whole(count) => Self::Aged(Box::new((count, time))),
            Self::Aged(mut aged) => {
                aged.1 = aged.1.saturating_add(time);
                Self::Aged(aged)
            }
        }
    }
}

/// What a field holds.
#[derive(Debug, Default)]
pub enum Content {
    /// Nothing that was read, or that there was room to keep.
    #[default]
    Unknown,
    /// It was being written each time that it was read.
    Torn,
    /// A value without parts, or a record.
    Value(Value),
    /// Numbers that were added up.
    Average(Box<Averages>),
    /// Values or durations by their size.
    Distribution(Box<Distribution>),
}

/// An average, and that of what came since the reading before.
#[derive(Debug)]
pub struct Averages {
    /// Of all numbers.
    pub all: AverageValue,
    /// The mean of those that came in the last interval, if any did.
    pub mean: Option<f64>,
}

/// A histogram, and what came since the reading before.
#[derive(Debug)]
pub struct Distribution {
    /// All values.
    pub all: HistogramValue,
    /// Those that came in the last interval.
    pub interval: Option<HistogramValue>,
    /// The last duration, if it is a timer and knows.
    pub last: Option<u64>,
}

/// What is drawn of a field while it is on the screen.
#[derive(Debug, Default)]
pub struct History {
    /// When it was read, in seconds, and its rate then, or the value of what has none; the newest at the end.
    pub samples: VecDeque<(f64, f64)>,
}

/// The time of a reading of a file in a poll of all files.
#[derive(Clone, Copy, Debug)]
pub struct Poll {
    /// The time of the reading.
    pub now: Duration,
    /// The time between this poll and the last one.
    pub time: Duration,
}

/// How many numbers came, if that is known; `None` in it if there are more than can be counted.
type Came = Option<Change<Option<Number>>>;

/// More samples than a screen has columns.
const MAX_SAMPLES: usize = 1024;

/// The rate now and on average, as varnishstat has it: a mean of all rates until there are enough for its
/// time, from when on older ones count less and less.
#[derive(Debug)]
struct Means {
    rate: f64,
    ten: f32,
    sixty: f32,
    /// Seconds of which there are rates.
    age: f32,
}

impl Default for Means {
    fn default() -> Self {
        Self { rate: f64::NAN, ten: f32::NAN, sixty: f32::NAN, age: 0.0 }
    }
}

// There may be a hundred thousand.
const _: () = assert!(size_of::<Track>() <= 80);

impl Track {
    /// Notes that so long a `time` has passed in which the file was not read, because it does not change.
    pub fn skip(&mut self, time: Duration) {
        if let Count::Aged(aged) = &mut self.count {
            aged.1 = aged.1.saturating_add(time);
        }
    }

    /// Stores the `value` of a field of this `kind`, which was read an `interval` after the last reading. `keeps`: a
    /// distribution may be kept.
    pub fn read(
        &mut self,
        value: Result<Value, Torn>,
        kind: Option<Kind>,
        interval: &Interval,
        poll: Poll,
        keeps: bool,
    ) {
        let Ok(value) = value else {
            self.count = std::mem::take(&mut self.count).aged(interval.time);
            self.means.add(None);
            self.content = Content::Torn;
            return self.remember(poll.now);
        };
        let count = counted(&value, kind);
        let before = self.count.before();
        let was_absent = matches!(before, Before::Absent);
        let mut came = count.and_then(|count| Change::new(&count, before.as_ref(), is_count(kind), interval));
        self.count = Count::new(count);
        let values;
        (self.content, values) = match value {
            Value::Average(all) => self.average(all, was_absent, interval),
            Value::Histogram(_) | Value::Timer(_) if !keeps => (Content::Unknown, None),
            Value::Histogram(all) => self.distribution(*all, None, was_absent, interval),
            Value::Timer(timer) => {
                self.distribution(timer.durations().clone(), timer.last(), was_absent, interval)
            }
            value => (Content::Value(value), None),
        };
        if let Some(values) = values {
            // The buckets show a restart that the count alone hides, because the count may have grown all the same.
            came = values.amount.map(|amount| Change { amount, time: values.time });
        }
        let is_again = interval.time == Duration::ZERO;
        match (count, came) {
            (None, None) => self.stop(),
            (_, Some(came)) if is_again => {
                self.means.add_more(per_second(came.amount, came.time), poll.time);
            }
            (_, came) => {
                self.means.add(came.and_then(|came| Some((per_second(came.amount, came.time)?, came.time))));
            }
        }
        self.remember(poll.now);
    }

    /// The content for the average `all`, and the count of the numbers that were added since the last reading, if it is
    /// known.
    fn average(&self, all: AverageValue, was_absent: bool, interval: &Interval) -> (Content, Came) {
        let before = match &self.content {
            Content::Average(before) => Before::value(&before.all),
            _ if was_absent => Before::Absent,
            _ => Before::Unknown,
        };
        let came = Change::new(&all, before, true, interval);
        let mean = came.as_ref().and_then(|came| came.amount.mean());
        let count = came.map(|came| came.map(|came| known(came.known_count())));
        (Content::Average(Box::new(Averages { all, mean })), count)
    }

    /// The distribution of `all`, and how many values came to it if what came is known.
    fn distribution(
        &self,
        all: HistogramValue,
        last: Option<u64>,
        was_absent: bool,
        interval: &Interval,
    ) -> (Content, Came) {
        let before = match &self.content {
            Content::Distribution(before) => Before::value(&before.all),
            _ if was_absent => Before::Absent,
            _ => Before::Unknown,
        };
        let came = Change::new(&all, before, true, interval);
        let count = came.as_ref().map(|came| came.map(|came| known(came.summary().count())));
        let interval = came.map(|came| came.amount);
        (Content::Distribution(Box::new(Distribution { all, interval, last })), count)
    }

    /// Adds a sample to the history, if there is one.
    fn remember(&mut self, now: Duration) {
        if self.history.is_none() {
            return;
        }
        let Some(sample) = self.sample().filter(|sample| sample.is_finite()) else { return };
        if let Some(history) = &mut self.history {
            if history.samples.len() == MAX_SAMPLES {
                history.samples.pop_front();
            }
            history.samples.push_back((now.as_secs_f64(), sample));
        }
    }

    /// What its history shows: the rate, or the value of what has none.
    fn sample(&self) -> Option<f64> {
        if self.is_counted() { self.rate() } else { self.number() }
    }

    /// Its value, if that is a number; not in its unit yet.
    pub fn number(&self) -> Option<f64> {
        match &self.content {
            Content::Value(value) => Number::of(value).map(Number::to_f64),
            Content::Average(average) => average.mean,
            Content::Distribution(distribution) => {
                let interval = distribution.interval.as_ref()?;
                #[expect(clippy::cast_precision_loss, reason = "buckets are wider")]
                interval.summary().quantile(0.5).map(|median| median.number() as f64)
            }
            Content::Unknown | Content::Torn => None,
        }
    }

    /// Whether it counts something, so that it may have a rate.
    pub fn is_counted(&self) -> bool {
        matches!(self.count, Count::Whole(_) | Count::Aged(_))
    }

    /// What it has counted.
    pub fn count(&self) -> Option<f64> {
        self.count.number().map(Number::to_f64)
    }

    /// How many came a second, in the last interval.
    pub fn rate(&self) -> Option<f64> {
        Some(self.means.rate).filter(|rate| !rate.is_nan())
    }

    /// The same, over the last 10 seconds.
    pub fn ten(&self) -> Option<f64> {
        Some(f64::from(self.means.ten)).filter(|rate| !rate.is_nan())
    }

    /// The same, over the last 60 seconds.
    pub fn sixty(&self) -> Option<f64> {
        Some(f64::from(self.means.sixty)).filter(|rate| !rate.is_nan())
    }

    /// Whether it is zero, or empty, and never was anything else as far as it counts.
    pub fn is_zero(&self) -> bool {
        match (&self.content, self.count()) {
            (_, Some(count)) => count == 0.0,
            (Content::Value(Value::Text(text)), _) => text.is_empty(),
            (Content::Value(Value::Nothing), _) => true,
            (Content::Value(Value::Record(numbers)), _) => numbers.iter().all(is_zero),
            (Content::Value(value), _) => is_zero(value),
            _ => false,
        }
    }

    /// Forgets how fast it grows, for whoever no longer does.
    pub fn stop(&mut self) {
        self.means = Means::default();
    }
}

impl Means {
    /// Adds a rate and the time that it was taken over; `None` if it is unknown.
    #[expect(clippy::cast_possible_truncation, reason = "means are shown with three digits")]
    fn add(&mut self, rate: Option<(Number, Duration)>) {
        let Some((rate, time)) = rate else {
            self.rate = f64::NAN;
            return;
        };
        self.rate = rate.to_f64();
        let seconds = time.as_secs_f64();
        self.age += seconds as f32;
        self.ten = self.mean(self.ten, 10.0, seconds as f32);
        self.sixty = self.mean(self.sixty, 60.0, seconds as f32);
    }

    /// Adds a second `rate` over the same `time`. That happens in a poll that reads a file for the last time, and then the
    /// file of the run that resumed it.
    #[expect(clippy::cast_possible_truncation, reason = "as above")]
    fn add_more(&mut self, rate: Option<Number>, time: Duration) {
        let Some(rate) = rate.map(Number::to_f64) else { return };
        if self.rate.is_nan() {
            return self.add(Some((Number::Float(rate), time)));
        }
        self.rate += rate;
        let more =
            |mean: f32, span: f32| mean + rate as f32 * (time.as_secs_f32() / self.age.min(span)).min(1.0);
        (self.ten, self.sixty) = (more(self.ten, 10.0), more(self.sixty, 60.0));
    }

    #[expect(clippy::cast_possible_truncation, reason = "as above")]
    fn mean(&self, mean: f32, time: f32, seconds: f32) -> f32 {
        let rate = self.rate as f32;
        if mean.is_nan() {
            return rate;
        }
        mean + (rate - mean) * (seconds / self.age.min(time)).min(1.0)
    }
}

/// What a value of this kind has counted; nothing if it does not count. Format 1 does not say what is
/// a count: there any number may be one.
fn counted(value: &Value, kind: Option<Kind>) -> Option<Number> {
    match (value, kind) {
        (Value::Average(average), _) => known(average.known_count()),
        (Value::Histogram(histogram), _) => known(histogram.summary().count()),
        (Value::Timer(timer), _) => known(timer.durations().summary().count()),
        (Value::Bool(_), _) => None,
        (value, Some(Kind::Counter) | None) => Number::of(value),
        _ => None,
    }
}

/// A count, unless it is only a lower bound: of that there is no rate.
fn known(count: Derived<u64>) -> Option<Number> {
    Some(Number::Whole(count.number().into())).filter(|_| !count.is_at_least())
}

fn is_zero(value: &Value) -> bool {
    Number::of(value).is_some_and(|number| number.to_f64() == 0.0)
}

#[cfg(test)]
mod tests {
    use mmstats_reader::watch::Novelty;

    use super::*;

    const COUNTER: Option<Kind> = Some(Kind::Counter);

    /// Stores a reading that was `seconds` after the last one.
    fn take(
        track: &mut Track,
        value: Result<Value, Torn>,
        kind: Option<Kind>,
        seconds: u64,
        novelty: Novelty,
    ) {
        let time = Duration::from_secs(seconds);
        let interval = Interval::new(time, time, novelty, false, false);
        let poll = Poll { now: Duration::ZERO, time: interval.time };
        track.read(value, kind, &interval, poll, true);
    }

    fn read(track: &mut Track, value: u64, seconds: u64) {
        take(track, Ok(Value::U64(value)), COUNTER, seconds, Novelty::Known);
    }

    fn rates(track: &Track) -> [Option<f64>; 3] {
        [track.rate(), track.ten(), track.sixty()]
    }

    #[test]
    fn the_first_reading_is_where_rates_start_from() {
        let mut track = Track::default();
        read(&mut track, 1000, 1);
        assert_eq!(rates(&track), [None; 3]);
        read(&mut track, 1006, 2);
        assert_eq!(rates(&track), [Some(3.0); 3]);
    }

    #[test]
    fn what_a_new_writer_counted_came_since_the_last_reading() {
        let mut track = Track::default();
        take(&mut track, Ok(Value::U64(10)), COUNTER, 2, Novelty::Made);
        assert_eq!(track.rate(), Some(5.0));
    }

    #[test]
    fn means_start_as_means_of_all_and_decay_when_their_time_is_over() {
        let mut track = Track::default();
        read(&mut track, 0, 1);
        read(&mut track, 100, 1);
        read(&mut track, 100, 1);
        assert_eq!(rates(&track), [Some(0.0), Some(50.0), Some(50.0)]);
        let mut count = 100;
        for _ in 0..600 {
            count += 8;
            read(&mut track, count, 1);
        }
        assert!(track.ten().is_some_and(|ten| (ten - 8.0).abs() < 0.01), "{track:?}");
        assert!(track.sixty().is_some_and(|sixty| (sixty - 8.0).abs() < 0.1), "{track:?}");
        read(&mut track, count, 60);
        assert_eq!(rates(&track), [Some(0.0); 3]);
    }

    #[test]
    fn a_counter_that_went_back_started_again_from_zero() {
        let mut track = Track::default();
        read(&mut track, 1000, 1);
        read(&mut track, 10, 1);
        assert_eq!(rates(&track), [Some(10.0); 3]);
        read(&mut track, 12, 1);
        assert_eq!(track.rate(), Some(2.0));
    }

    #[test]
    fn a_counter_that_went_beyond_its_largest_value_goes_on() {
        let mut track = Track::default();
        read(&mut track, u64::MAX - 5, 1);
        read(&mut track, 4, 2);
        assert_eq!(track.rate(), Some(5.0));
    }

    #[test]
    fn what_an_average_cannot_say_is_nothing() {
        let mut track = Track::default();
        let mean = |track: &mut Track, count, sum| {
            let value = Value::Average(AverageValue::new(count, sum));
            take(track, Ok(value), Some(Kind::Average), 1, Novelty::Known);
            track.number()
        };
        assert_eq!(mean(&mut track, 1, f64::MIN), None);
        assert_eq!(mean(&mut track, 2, 0.0), Some(f64::MAX));
        assert_eq!(mean(&mut track, 3, f64::MAX), Some(f64::MAX));
        assert_eq!(mean(&mut track, 4, f64::INFINITY), None);
        assert_eq!(mean(&mut track, 5, f64::INFINITY), None);
    }

    #[test]
    fn a_torn_value_is_counted_over_the_time_of_both_readings() {
        let mut track = Track::default();
        read(&mut track, 0, 1);
        take(&mut track, Err(Torn), COUNTER, 1, Novelty::Known);
        assert!(matches!(track.content, Content::Torn));
        read(&mut track, 10, 1);
        assert_eq!(track.rate(), Some(5.0));
    }

    #[test]
    fn gauges_have_no_rate_and_numbers_without_a_kind_may_fall() {
        let [mut gauge, mut number] = [Track::default(), Track::default()];
        for value in [5.0, 3.0] {
            take(&mut gauge, Ok(Value::F64(value)), Some(Kind::Gauge), 1, Novelty::Known);
            take(&mut number, Ok(Value::F64(value)), None, 1, Novelty::Known);
        }
        assert_eq!((gauge.rate(), number.rate()), (None, Some(-2.0)));
    }
}
