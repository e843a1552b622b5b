//! [`Timer`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;
use std::time::Duration;

use super::layout_of_namesake;
use crate::clock::{RecordNs, TimerGuard, whole_ns};
use crate::field::{Distribution, Division, Field, FieldLayout, Word};

/// A [`Timer`](crate::Timer) that several threads update at once.
///
/// ```
/// use mmstats::{MmStats, sync};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     latency: sync::Timer,
/// }
///
/// # fn respond() {}
/// let stats = WebStats::create()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.latency.time(|| respond()));
///     scope.spawn(|| {
///         let _timing = stats.latency.start();
///         respond();
///     });
/// });
/// assert_eq!(stats.latency.count(), 2);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct Timer<const PRECISION: u32 = 4, const POWERS: u32 = 42>
where
    (): Division<PRECISION, POWERS>,
{
    last: Word,
    durations: Distribution<PRECISION, POWERS>,
}

impl<const PRECISION: u32, const POWERS: u32> Timer<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    /// Starts to time, until the guard is dropped, on whichever thread.
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

    /// The duration that one of the threads recorded last, to the nanosecond; zero before the first.
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

impl<const PRECISION: u32, const POWERS: u32> RecordNs for Timer<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    #[inline]
    fn record_ns(&self, ns: u64) {
        self.last.set(ns);
        self.durations.record_duration(ns, Word::add_shared);
    }
}

// SAFETY: words, which are atomics, laid out as the timer of one writer.
#[diagnostic::do_not_recommend]
unsafe impl<const PRECISION: u32, const POWERS: u32> Field for Timer<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    const LAYOUT: FieldLayout = layout_of_namesake::<Self, crate::Timer<PRECISION, POWERS>>();

    fn reset(&self) {}
}

impl<const PRECISION: u32, const POWERS: u32> fmt::Debug for Timer<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, sum, last) = (self.count(), self.sum(), self.last());
        f.debug_struct("Timer").field("count", &count).field("sum", &sum).field("last", &last).finish()
    }
}
