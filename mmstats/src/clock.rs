//! What timers measure by: the clock, and what has been started.

use std::sync::LazyLock;
use std::time::Duration;

use quanta::Clock;

pub(crate) use sealed::RecordNs;

/// Reads the processor's counter, where that runs evenly, else the system's monotonic clock. Measures how
/// fast the counter runs when it is first used.
static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);

/// What a [`TimerGuard`] and a [`Stopwatch`] record to: a [`Timer`](crate::Timer) or a
/// [`sync::Timer`](crate::sync::Timer).
pub trait RecordTime: RecordNs {}

impl<T: RecordNs> RecordTime for T {}

mod sealed {
    /// Takes durations in nanoseconds.
    pub trait RecordNs {
        /// Records one.
        fn record_ns(&self, ns: u64);
    }
}

/// The nanoseconds of `duration`, or as many as a u64 can hold: those of 584 years.
#[inline]
pub(crate) fn whole_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A point in time from which a duration is measured, wherever that ends.
///
/// For what starts on one thread and ends on another, or starts where the timer is not at hand: a
/// [`TimerGuard`] borrows its timer, a stopwatch is a number.
///
/// ```
/// use mmstats::{MmStats, Stopwatch, Timer};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct QueueStats {
///     /// From being put in to being taken out.
///     waited: Timer,
/// }
///
/// let stats = QueueStats::create()?;
/// let (queue, jobs) = std::sync::mpsc::channel();
/// std::thread::spawn(move || queue.send(Stopwatch::start()));
/// for put_in in jobs {
///     put_in.record(&stats.waited);
/// }
/// assert_eq!(stats.waited.count(), 1);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[must_use = "it records nothing by itself: `record` does"]
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    start: u64,
}

impl Stopwatch {
    /// Starts it.
    #[inline]
    pub fn start() -> Self {
        Self { start: CLOCK.raw() }
    }

    /// The time since the start. It is zero rather than negative, should the counter of another core lag
    /// behind.
    #[inline]
    pub fn elapsed(self) -> Duration {
        Duration::from_nanos(self.elapsed_ns())
    }

    /// Records the time since the start. It goes on, and may record again.
    #[inline]
    pub fn record(self, timer: &impl RecordTime) {
        timer.record_ns(self.elapsed_ns());
    }

    #[inline]
    fn elapsed_ns(self) -> u64 {
        let clock = LazyLock::force(&CLOCK);
        clock.delta_as_nanos(self.start, clock.raw())
    }
}

/// A duration that is being timed; from [`Timer::start`](crate::Timer::start). Dropping it records the
/// duration.
///
/// ```
/// # use mmstats::{MmStats, Timer};
/// # #[derive(MmStats)]
/// # #[repr(C)]
/// # struct CacheStats { miss: Timer }
/// # fn look_up(key: u32) -> Option<u32> { Some(key) }
/// # let stats = CacheStats::create()?;
/// let timing = stats.miss.start();
/// if look_up(42).is_some() {
///     // A hit: its time is not wanted.
///     timing.discard();
/// }
/// assert_eq!(stats.miss.count(), 0);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[must_use = "dropping it records the duration at once: keep it until the end, as `let _timing = …`"]
#[derive(Debug)]
pub struct TimerGuard<'a, T: RecordTime> {
    timer: &'a T,
    stopwatch: Stopwatch,
}

impl<'a, T: RecordTime> TimerGuard<'a, T> {
    #[inline]
    pub(crate) fn new(timer: &'a T) -> Self {
        Self { timer, stopwatch: Stopwatch::start() }
    }

    /// The time since the start.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// Ends it without a record.
    #[inline]
    pub fn discard(self) {
        std::mem::forget(self);
    }
}

impl<T: RecordTime> Drop for TimerGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.stopwatch.record(self.timer);
    }
}
