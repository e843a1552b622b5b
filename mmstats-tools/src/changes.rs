//! How much a value changed between two readings of a file. This module decides it for all tools.
//!
//! | between the readings | the change |
//! |---|---|
//! | a value rose | the difference |
//! | a count wrapped at 2^64 | the difference modulo 2^64 |
//! | a count fell otherwise | the whole value, because it started again from zero |
//! | a level fell | the difference, which is negative |
//! | the file was created, or a field was added to it | the whole value |
//! | another run of the program resumed the file | of a count: as above; of a level: the whole value, because it started again from zero |
//! | a value was torn, or beyond the range of its type | unknown; the next whole value is compared with the last whole one, over the time between these two |
//! | the count of an average does not fit into 64 bits, before or now | unknown |
//! | the file existed before, but had not been read | unknown |
//!
//! A count only grows (see [`is_count`]); any other number is a level. This module reads no clock: an [`Interval`] has
//! the time between the readings.

mod amount;

use std::time::Duration;

use mmstats_reader::watch::Novelty;
use mmstats_reader::{Kind, Number};

pub use amount::Amount;

/// What is known about the time between a reading of a file and the reading before it.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    /// How long it was: since the last reading of this file, or, for a new file, since the last poll. Zero if this poll has read the
    /// file before: it reads a file once more before it goes, and then that of the program which resumed it.
    pub time: Duration,
    /// The time between this poll and the last one.
    poll: Duration,
    /// Whether values that were not there at the reading before started from zero since then.
    starts_from_zero: bool,
    /// Whether another run of the program resumed the file.
    is_resumed: bool,
}

impl Interval {
    /// The interval of length `time` before a reading of this `novelty`, in a poll that is `poll` after the last one.
    /// `was_whole`: all fields of the file could be read at the reading before. `is_resumed`: another run of the program has
    /// resumed the file since.
    pub fn new(time: Duration, poll: Duration, novelty: Novelty, was_whole: bool, is_resumed: bool) -> Self {
        let starts_from_zero = match novelty {
            Novelty::Made => true,
            Novelty::Found => false,
            Novelty::Known => was_whole,
        };
        Self { time, poll, starts_from_zero, is_resumed }
    }

    /// The time of a change whose earlier value is older than the reading before by `age`.
    fn since(&self, age: Duration) -> Duration {
        let time = self.time.saturating_add(age);
        // What a poll finds out in two readings came in the time of both.
        if self.time == Duration::ZERO { time.max(self.poll) } else { time }
    }

    /// Whether values that were not there at the reading before started from zero since then.
    pub fn starts_from_zero(&self) -> bool {
        self.starts_from_zero
    }
}

/// What is known about a value from the readings before this one.
#[derive(Clone, Copy, Debug)]
pub enum Before<V> {
    /// It did not exist.
    Absent,
    /// It existed, but was never read whole.
    Unknown,
    /// The last whole value.
    Value {
        /// The value.
        value: V,
        /// How much older it is than the reading before: zero, unless the value has been torn since.
        age: Duration,
    },
}

impl<V> Before<V> {
    /// The value at the reading before.
    pub fn value(value: V) -> Self {
        Self::Value { value, age: Duration::ZERO }
    }

    /// Converts to a reference to the value.
    pub fn as_ref(&self) -> Before<&V> {
        match self {
            Self::Absent => Before::Absent,
            Self::Unknown => Before::Unknown,
            Self::Value { value, age } => Before::Value { value, age: *age },
        }
    }

    /// Converts the value with `f`; unknown if `f` returns `None`.
    pub fn and_then<U>(self, f: impl FnOnce(V) -> Option<U>) -> Before<U> {
        match self {
            Self::Absent => Before::Absent,
            Self::Unknown => Before::Unknown,
            Self::Value { value, age } => match f(value) {
                Some(value) => Before::Value { value, age },
                None => Before::Unknown,
            },
        }
    }
}

/// How much a value changed, and in which time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change<V> {
    /// The change.
    pub amount: V,
    /// The time in which it happened.
    pub time: Duration,
}

impl<V: Amount> Change<V> {
    /// The change of a value from `before` to `now` over this `interval`; `None` if it is unknown. A count only grows:
    /// see [`is_count`].
    pub fn new(now: &V, before: Before<&V>, is_count: bool, interval: &Interval) -> Option<Self> {
        let Interval { starts_from_zero, is_resumed, .. } = *interval;
        let whole = || Self { amount: now.clone(), time: interval.since(Duration::ZERO) };
        match before {
            Before::Absent => starts_from_zero.then(whole),
            Before::Unknown => None,
            Before::Value { .. } if is_resumed && !is_count => Some(whole()),
            Before::Value { value, age } => {
                Some(Self { amount: now.came_since(value, is_count)?, time: interval.since(age) })
            }
        }
    }
}

impl<V> Change<V> {
    /// Converts the amount with `f`.
    pub fn map<U>(&self, f: impl FnOnce(&V) -> U) -> Change<U> {
        Change { amount: f(&self.amount), time: self.time }
    }
}

/// Whether a value of this `kind` only grows. Format 1 has no kinds: there any number may fall.
pub fn is_count(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::Counter | Kind::Average | Kind::Histogram | Kind::Timer))
}

/// The rate of `amount` over `time`, per second; `None` if it is not a finite number.
pub fn per_second(amount: Number, time: Duration) -> Option<Number> {
    let amount = Number::Float(amount.to_f64());
    let is_known = time > Duration::ZERO && amount.to_f64().is_finite();
    is_known.then(|| amount.over(time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use mmstats_reader::{AverageValue, Buckets, HistogramValue};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn known() -> Interval {
        Interval::new(SECOND, SECOND, Novelty::Known, true, false)
    }

    fn whole(
        now: i128,
        before: Before<&Number>,
        is_count: bool,
        interval: &Interval,
    ) -> Option<(i128, Duration)> {
        let change = Change::new(&Number::Whole(now), before, is_count, interval)?;
        let Number::Whole(amount) = change.amount else { panic!("{change:?}") };
        Some((amount, change.time))
    }

    #[test]
    fn a_count_that_fell_started_again_unless_it_wrapped() {
        let most = i128::from(u64::MAX);
        for (before, now, came) in
            [(5, 7, 2), (5, 3, 3), (most - 5, 10, 16), (most, 0, 1), (1 << 60, (1 << 60) - 1, (1 << 60) - 1)]
        {
            let found = whole(now, Before::value(&Number::Whole(before)), true, &known());
            assert_eq!(found, Some((came, SECOND)), "{before} to {now}");
        }
        assert_eq!(Number::Float(1.5).came_since(&Number::Float(2.5), true), Some(Number::Float(1.5)));
    }

    #[test]
    fn a_level_may_fall_and_starts_again_if_its_file_is_resumed() {
        let five = Number::Whole(5);
        assert_eq!(whole(3, Before::value(&five), false, &known()), Some((-2, SECOND)));
        let resumed = Interval::new(SECOND, SECOND, Novelty::Known, true, true);
        assert_eq!(whole(3, Before::value(&five), false, &resumed), Some((3, SECOND)));
        assert_eq!(whole(7, Before::value(&five), true, &resumed), Some((2, SECOND)));
    }

    #[test]
    fn what_was_not_there_started_from_zero_if_that_is_known() {
        for (novelty, was_whole, came) in [
            (Novelty::Made, false, Some((7, SECOND))),
            (Novelty::Known, true, Some((7, SECOND))),
            (Novelty::Known, false, None),
            (Novelty::Found, true, None),
        ] {
            let interval = Interval::new(SECOND, SECOND, novelty, was_whole, false);
            assert_eq!(whole(7, Before::Absent, true, &interval), came, "{novelty:?}");
            assert_eq!(whole(7, Before::Unknown, true, &interval), None);
        }
    }

    #[test]
    fn after_a_torn_value_comes_what_came_in_both_intervals() {
        let before = Before::Value { value: &Number::Whole(10), age: 2 * SECOND };
        assert_eq!(whole(16, before, true, &known()), Some((6, 3 * SECOND)));
        assert_eq!(per_second(Number::Whole(6), 3 * SECOND), Some(Number::Float(2.0)));
    }

    #[test]
    fn what_a_poll_reads_again_came_in_its_time() {
        let again = Interval::new(Duration::ZERO, SECOND, Novelty::Known, true, true);
        for (age, time) in [(0, 1), (1, 1), (3, 3)] {
            let before = Before::Value { value: &Number::Whole(10), age: age * SECOND };
            assert_eq!(whole(16, before, true, &again), Some((6, time * SECOND)), "{age}");
        }
    }

    #[test]
    fn no_rate_is_infinite() {
        assert_eq!(per_second(Number::Whole(6), Duration::ZERO), None);
        assert_eq!(per_second(Number::Float(f64::INFINITY), SECOND), None);
        assert_eq!(per_second(Number::Float(f64::NAN), SECOND), None);
        assert_eq!(per_second(Number::Float(f64::MAX), SECOND / 2), Some(Number::Float(f64::MAX)));
    }

    #[test]
    fn averages_and_distributions_that_fell_started_again() {
        let average = AverageValue::new(2, 3.0);
        assert_eq!(average.came_since(&AverageValue::new(1, 1.0), true), Some(AverageValue::new(1, 2.0)));
        assert_eq!(average.came_since(&AverageValue::new(3, 1.0), true), Some(average));
        // Of more numbers than can be counted nobody knows how many came, nor how many come after them.
        let many = AverageValue::new(u64::MAX, 1.0);
        assert_eq!((many.came_since(&average, true), average.came_since(&many, true)), (None, None));

        let buckets = Buckets::new(3, 20).unwrap();
        let histogram =
            |counts: &[(usize, u64)]| HistogramValue::from_counts(buckets, 9, counts.iter().copied());
        let now = histogram(&[(1, 1), (2, 5)]);
        let came = now.came_since(&histogram(&[(2, 3)]), true).unwrap();
        assert_eq!(came.count(), 3);
        // It has more values than before in all, but fewer in one bucket.
        assert_eq!(now.came_since(&histogram(&[(1, 2)]), true), Some(now.clone()));
        let others = HistogramValue::new(Buckets::new(2, 20).unwrap());
        assert_eq!(now.came_since(&others, true), None);
    }
}
