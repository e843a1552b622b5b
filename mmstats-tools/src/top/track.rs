//! What is known of a field: its value, and how fast it grows.

use std::collections::VecDeque;
use std::time::Duration;

use mmstats_reader::{AverageValue, Derived, HistogramValue, Kind, Number, Torn, Value};

use crate::combining::total::growth;

/// What is known of a field. There may be a hundred thousand of them.
#[derive(Debug, Default)]
pub struct Track {
    /// What it had counted when it was last read whole.
    count: Option<Number>,
    /// Seconds since then.
    elapsed: f32,
    means: Means,
    /// Its value.
    pub content: Content,
    /// Only while it is on the screen.
    pub history: Option<Box<History>>,
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

/// More samples than any screen is wide.
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

/// What a reading is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    /// Since the reading before.
    pub time: Duration,
    /// When that was over.
    pub now: Duration,
    /// Whether the file did not exist then, so that all that it counts came since.
    pub is_new: bool,
}

impl Track {
    /// Takes in what was read of a field of this kind. `keeps` is whether a distribution may stay.
    pub fn read(&mut self, value: Result<Value, Torn>, kind: Option<Kind>, interval: Interval, keeps: bool) {
        self.elapsed += interval.time.as_secs_f32();
        let Ok(value) = value else {
            // Its count is that of the next whole reading, over all the time until then.
            self.content = Content::Torn;
            return self.remember(interval.now);
        };
        let count = counted(&value, kind);
        if let Some(count) = count {
            let before = if interval.is_new { Some(Number::Whole(0)) } else { self.count };
            if let Some(before) = before {
                self.means.add(growth_since(count, before, kind), f64::from(self.elapsed));
            }
        } else {
            self.stop();
        }
        self.count = count;
        self.elapsed = 0.0;
        self.content = match value {
            Value::Average(all) => self.average(all, interval),
            Value::Histogram(all) => self.distribution(*all, None, interval, keeps),
            Value::Timer(timer) => {
                self.distribution(timer.durations().clone(), timer.last(), interval, keeps)
            }
            value => Content::Value(value),
        };
        self.remember(interval.now);
    }

    fn average(&mut self, all: AverageValue, interval: Interval) -> Content {
        let before = match &self.content {
            Content::Average(before) => Some(before.all),
            _ if interval.is_new => Some(AverageValue::default()),
            _ => None,
        };
        let mean = before.and_then(|before| all.since(&before)?.mean());
        Content::Average(Box::new(Averages { all, mean }))
    }

    fn distribution(
        &mut self,
        all: HistogramValue,
        last: Option<u64>,
        interval: Interval,
        keeps: bool,
    ) -> Content {
        if !keeps {
            return Content::Unknown;
        }
        let came = match &self.content {
            Content::Distribution(before) => all.since(&before.all).ok(),
            _ if interval.is_new => Some(all.clone()),
            _ => None,
        };
        Content::Distribution(Box::new(Distribution { all, interval: came, last }))
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
        if self.count.is_some() { self.rate() } else { self.number() }
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
        self.count.is_some()
    }

    /// What it has counted.
    pub fn count(&self) -> Option<f64> {
        self.count.map(Number::to_f64)
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
        match (&self.content, self.count) {
            (_, Some(count)) => count.to_f64() == 0.0,
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
    /// Takes in that `came` so many in so many seconds; nothing if nobody can say.
    #[expect(clippy::cast_possible_truncation, reason = "means are shown with three digits")]
    fn add(&mut self, came: Option<f64>, seconds: f64) {
        let Some(came) = came.filter(|_| seconds > 0.0) else {
            self.rate = f64::NAN;
            return;
        };
        self.rate = came / seconds;
        self.age += seconds as f32;
        self.ten = self.mean(self.ten, 10.0, seconds as f32);
        self.sixty = self.mean(self.sixty, 60.0, seconds as f32);
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

/// How many came after `earlier`. `None` if a counter fell and did not wrap at 2^64: then it is another counter,
/// and the number is not known.
#[expect(clippy::cast_precision_loss, reason = "rates are shown with a few digits")]
fn growth_since(now: Number, earlier: Number, kind: Option<Kind>) -> Option<f64> {
    match (now, earlier) {
        (Number::Whole(now), Number::Whole(earlier)) if kind.is_some() => {
            growth(now.try_into().ok()?, earlier.try_into().ok()?).map(|came| came as f64)
        }
        (now, earlier) => Some(now.minus(earlier).to_f64()).filter(|came| came.is_finite()),
    }
}

fn is_zero(value: &Value) -> bool {
    Number::of(value).is_some_and(|number| number.to_f64() == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTER: Option<Kind> = Some(Kind::Counter);

    fn interval(seconds: u64, is_new: bool) -> Interval {
        Interval { time: Duration::from_secs(seconds), now: Duration::ZERO, is_new }
    }

    fn read(track: &mut Track, value: u64, seconds: u64) {
        track.read(Ok(Value::U64(value)), COUNTER, interval(seconds, false), true);
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
        let interval = interval(2, true);
        track.read(Ok(Value::U64(10)), COUNTER, interval, true);
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
    fn a_counter_that_went_back_has_no_rate_until_it_grows_again() {
        let mut track = Track::default();
        read(&mut track, 1000, 1);
        read(&mut track, 10, 1);
        assert_eq!(rates(&track), [None; 3]);
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
            track.read(Ok(value), Some(Kind::Average), interval(1, false), true);
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
        let interval = interval(1, false);
        let mut track = Track::default();
        read(&mut track, 0, 1);
        track.read(Err(Torn), COUNTER, interval, true);
        assert!(matches!(track.content, Content::Torn));
        read(&mut track, 10, 1);
        assert_eq!(track.rate(), Some(5.0));
    }

    #[test]
    fn gauges_have_no_rate_and_numbers_without_a_kind_may_fall() {
        let interval = interval(1, false);
        let [mut gauge, mut number] = [Track::default(), Track::default()];
        for value in [5.0, 3.0] {
            gauge.read(Ok(Value::F64(value)), Some(Kind::Gauge), interval, true);
            number.read(Ok(Value::F64(value)), None, interval, true);
        }
        assert_eq!((gauge.rate(), number.rate()), (None, Some(-2.0)));
    }
}
