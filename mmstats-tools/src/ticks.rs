//! The times of polls.

use std::time::Duration;

/// Times at equal distances, by a clock that cannot be set. A missed tick is skipped: a late poll does not delay the
/// next one, and missed polls are not made up for.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    start: Duration,
    delay: Duration,
    /// The last one that was waited for; the start is the 0th.
    last: u128,
}

/// What lies between now and the next tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long it is.
    pub time: Duration,
    /// How many ticks were missed since the last one.
    pub missed: u128,
}

impl Ticks {
    /// Ticks from `start` on, one each `delay`, which is longer than nothing.
    pub fn new(start: Duration, delay: Duration) -> Self {
        Self { start, delay, last: 0 }
    }

    /// Goes on to the next tick after `now`.
    pub fn next(&mut self, now: Duration) -> Wait {
        let elapsed = now.saturating_sub(self.start).as_nanos();
        let delay = self.delay.as_nanos().max(1);
        let next = (elapsed / delay).max(self.last).saturating_add(1);
        let missed = next.saturating_sub(self.last).saturating_sub(1);
        self.last = next;
        let time = next.saturating_mul(delay).saturating_sub(elapsed);
        // Longer than 584 years is as good as these.
        Wait { time: Duration::from_nanos(u64::try_from(time).unwrap_or(u64::MAX)), missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn ticks_do_not_drift() {
        let start = 5 * SECOND;
        let mut ticks = Ticks::new(start, SECOND / 4);
        let mut now = start;
        for tick in 1..1000 {
            // Work takes a while, and waking up is late.
            let Wait { time, missed } = ticks.next(now + Duration::from_millis(20));
            now += Duration::from_millis(20) + time + Duration::from_micros(100);
            assert_eq!(
                (now.saturating_sub(start), missed),
                (tick * SECOND / 4 + Duration::from_micros(100), 0)
            );
            now -= Duration::from_micros(100);
        }
    }

    #[test]
    fn ticks_that_are_missed_are_left_out() {
        let start = 5 * SECOND;
        let mut ticks = Ticks::new(start, SECOND);
        assert_eq!(ticks.next(start), Wait { time: SECOND, missed: 0 });
        assert_eq!(ticks.next(start + SECOND * 7 / 2), Wait { time: SECOND / 2, missed: 2 });
        assert_eq!(ticks.next(start + SECOND * 4), Wait { time: SECOND, missed: 0 });
        // On the very instant of a tick that one is over.
        assert_eq!(ticks.next(start + SECOND * 6), Wait { time: SECOND, missed: 1 });
    }

    #[test]
    fn no_delay_is_too_short_or_too_long() {
        let start = 5 * SECOND;
        let mut ticks = Ticks::new(start, Duration::from_nanos(1));
        assert_eq!(ticks.next(start + SECOND).time, Duration::from_nanos(1));
        let mut ticks = Ticks::new(start, Duration::MAX);
        assert_eq!(ticks.next(start).time, Duration::from_nanos(u64::MAX));
    }
}
