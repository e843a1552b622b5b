//! [`Timer`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;
use std::time::Duration;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

use super::distribution::{Distribution, Division};
use super::word::{OneWriter, Word, Writers};
use super::{Field, FieldLayout, Resumed};
use crate::clock::{RecordNs, TimerGuard, whole_ns};

/// How long things took: a histogram of nanoseconds, and the last duration.
///
/// One thread updates it, or several at once if it is a [`sync::Timer`](crate::sync::Timer); readers are
/// other programs. Readers add up the buckets of a process's threads.
///
/// [`Histogram`](crate::Histogram) says what the precision and the powers are. Unless they are said,
/// readers tell durations below 71 minutes with an error of at most 6.25 %. Longer ones share the last
/// bucket, and readers show their quantiles as a lower bound. It takes 5,008 bytes of the file.
///
/// Time is the processor's own counter, where that runs evenly, else the system's monotonic clock; it
/// stands still while the system is suspended. The first start in a process measures how fast the
/// counter runs, which takes about a millisecond, at worst 200.
///
/// ```
/// use std::time::Duration;
///
/// use mmstats::{MmStats, Timer};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     /// Time from request to response.
///     latency: Timer,
/// }
///
/// # fn respond() -> u32 { 200 }
/// let stats = WebStats::create()?;
/// {
///     let _timing = stats.latency.start();
///     respond();
/// }
/// let status = stats.latency.time(|| respond());
/// stats.latency.record(Duration::from_millis(250));
/// assert_eq!(stats.latency.count(), 3);
/// assert_eq!(stats.latency.last(), Duration::from_millis(250));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Timer<const PRECISION: u32 = 4, const POWERS: u32 = 42, W: Writers = OneWriter>
where
    (): Division<PRECISION, POWERS>,
{
    last: Word,
    durations: Distribution<PRECISION, POWERS>,
    marker: W::Marker<Self>,
}

impl<const PRECISION: u32, const POWERS: u32, W: Writers> Timer<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    /// Starts to time. The duration is recorded when the guard is dropped, also by `?` or a panic, and if
    /// threads share the timer also on another thread.
    /// Guards of one timer may nest or overlap: each records a duration of its own.
    #[inline]
    pub fn start(&self) -> TimerGuard<'_, Self> {
        TimerGuard::new(self)
    }

    /// Times `work`, and returns what it returns.
    #[inline]
    pub fn time<R>(&self, work: impl FnOnce() -> R) -> R {
        let _guard = self.start();
        work()
    }

    /// Records a duration that was measured elsewhere.
    #[inline]
    pub fn record(&self, duration: Duration) {
        self.record_ns(whole_ns(duration));
    }

    /// The duration that was recorded last, to the nanosecond; zero before the first.
    #[inline]
    pub fn last(&self) -> Duration {
        Duration::from_nanos(self.last.get())
    }

    /// How many durations there were: adds up all buckets.
    pub fn count(&self) -> u64 {
        self.durations.count()
    }

    /// The sum of the durations, to the nanosecond.
    #[inline]
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.durations.sum())
    }
}

impl<const PRECISION: u32, const POWERS: u32, W: Writers> RecordNs for Timer<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    #[inline]
    fn record_ns(&self, ns: u64) {
        self.last.set(ns);
        self.durations.record_duration(ns, W::add);
    }
}

// SAFETY: words, which are atomics, and a marker without a size, laid out as a timer.
#[diagnostic::do_not_recommend]
unsafe impl<const PRECISION: u32, const POWERS: u32, W: Writers> Field for Timer<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    const LAYOUT: FieldLayout = FieldLayout {
        aggregate: Aggregate::Sum,
        unit: "seconds",
        scale: -9,
        parameters: Distribution::<PRECISION, POWERS>::PARAMETERS,
        // The last duration is of the process that ended.
        resumed: Resumed::Words { first: 1, count: Distribution::<PRECISION, POWERS>::WORDS },
        ..FieldLayout::of::<Self>(Kind::Timer, Type::Timer)
    };

    fn reset(&self) {}
}

impl<const PRECISION: u32, const POWERS: u32, W: Writers> fmt::Debug for Timer<PRECISION, POWERS, W>
where
    (): Division<PRECISION, POWERS>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, sum, last) = (self.count(), self.sum(), self.last());
        f.debug_struct("Timer").field("count", &count).field("sum", &sum).field("last", &last).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::{Duration, Instant};

    use crate::{MmStats, Stopwatch, Timer, sync};

    #[derive(MmStats)]
    #[repr(C)]
    struct TimerStats {
        timer: Timer,
        shared: sync::Timer,
    }

    #[test]
    fn a_guard_records_when_it_is_dropped_unless_it_is_discarded() {
        let stats = TimerStats::create().unwrap();
        {
            let _outer = stats.timer.start();
            let _inner = stats.timer.start();
            assert_eq!(stats.timer.count(), 0);
        }
        assert_eq!(stats.timer.count(), 2);
        stats.timer.start().discard();
        assert_eq!(stats.timer.count(), 2);
        let panics = AssertUnwindSafe(|| stats.timer.time(|| resume_unwind(Box::new("a panic"))));
        assert!(catch_unwind(panics).is_err());
        assert_eq!(stats.timer.count(), 3);
    }

    #[test]
    fn durations_are_recorded_to_the_nanosecond_and_as_long_as_they_can_be() {
        let stats = TimerStats::create().unwrap();
        for (duration, recorded) in [
            (Duration::ZERO, Duration::ZERO),
            (Duration::new(3, 141_592_653), Duration::new(3, 141_592_653)),
            (Duration::MAX, Duration::from_nanos(u64::MAX)),
        ] {
            stats.timer.record(duration);
            stats.shared.record(duration);
            assert_eq!((stats.timer.last(), stats.shared.last()), (recorded, recorded));
        }
        // The sum wraps.
        assert_eq!(stats.timer.sum(), Duration::new(3, 141_592_652));
        assert_eq!((stats.timer.count(), stats.shared.count()), (3, 3));
    }

    /// Both clocks run while the other is read, so each is bounded by the other; a part in a thousand is
    /// for the measurement of how fast the processor's counter runs.
    #[test]
    fn time_is_that_of_the_monotonic_clock() {
        let stats = TimerStats::create().unwrap();
        // The first measures the speed.
        stats.timer.start().discard();
        let before = Instant::now();
        let timing = stats.timer.start();
        let after = Instant::now();
        while after.elapsed() < Duration::from_millis(50) {}
        let at_least = after.elapsed();
        drop(timing);
        let (timed, at_most) = (stats.timer.last(), before.elapsed());
        let tolerance = at_most / 1000;
        assert!(timed + tolerance >= at_least && timed <= at_most + tolerance, "{timed:?} of {at_most:?}");
    }

    #[test]
    fn a_stopwatch_records_on_another_thread_and_more_than_once() {
        let stats = TimerStats::create().unwrap();
        let (stopwatch, shared) = (Stopwatch::start(), &stats.shared);
        std::thread::scope(|scope| {
            scope.spawn(|| stopwatch.record(shared));
        });
        stopwatch.record(shared);
        stopwatch.record(&stats.timer);
        assert_eq!((stats.shared.count(), stats.timer.count()), (2, 1));
    }
}
