//! What fields were over time: the last hour, of those that changed last.
//!
//! | module | what it does |
//! |---|---|
//! | [`ring`] | the points of one series |
//! | [`codec`] | points in few bytes |
//! | [`point`] | the value or change of a series at a tick |
//!
//! Time is counted in ticks: looks at the files, an interval apart. How many fields are kept, how long,
//! and in how many bytes is bounded. If the bytes do not suffice, as of distributions of many buckets, the
//! series that takes most of them loses its oldest points.

mod codec;
mod point;
mod ring;

use std::collections::HashMap;

use super::field::Track;
use super::state::SeriesId;
pub(crate) use point::Point;
use ring::Ring;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Series.
    pub(crate) series: usize,
    /// Points of each.
    pub(crate) points: u64,
}

/// The points of the series that are kept.
#[derive(Debug)]
pub(crate) struct History {
    limits: Limits,
    rings: HashMap<SeriesId, Ring>,
    /// Of which series there is one, by id: asked of all series at each tick.
    is_kept: Vec<bool>,
    /// Bytes of all points, and how many they may be.
    bytes: usize,
    max_bytes: usize,
}

/// Bytes of a point that there is room for, on average. A number that does not change takes 1, a count
/// some 3, any other number 9 at most.
const BYTES_PER_POINT: usize = 6;

/// Ticks for which a series is kept that changed once, before another may take its place: else those that
/// change now and then would take turns, and none would have a past.
const MIN_REST: u64 = 5;

impl History {
    /// Keeps nothing yet.
    pub(crate) fn new(limits: Limits) -> Self {
        let points = usize::try_from(limits.points).unwrap_or(usize::MAX);
        let max_bytes = limits.series.saturating_mul(points).saturating_mul(BYTES_PER_POINT);
        Self { limits, rings: HashMap::new(), is_kept: Vec::new(), bytes: 0, max_bytes }
    }

    /// Whether the series `id` is kept.
    pub(crate) fn has(&self, id: SeriesId) -> bool {
        self.is_kept.get(id as usize) == Some(&true)
    }

    /// Notes whether the series `id` is kept.
    fn mark(&mut self, id: SeriesId, is_kept: bool) {
        let place = id as usize;
        if self.is_kept.len() <= place {
            self.is_kept.resize(place + 1, false);
        }
        if let Some(mark) = self.is_kept.get_mut(place) {
            *mark = is_kept;
        }
    }

    /// Whether another series could be kept, without one that has to go.
    pub(crate) fn has_room(&self) -> bool {
        self.rings.len() < self.limits.series
    }

    /// How many series are kept.
    pub(crate) fn count(&self) -> usize {
        self.rings.len()
    }

    /// Series that are kept at most.
    pub(crate) fn series_kept(&self) -> usize {
        self.limits.series
    }

    /// Points of each series that are kept at most.
    pub(crate) fn points_kept(&self) -> u64 {
        self.limits.points
    }

    /// Appends what the series `id`, which is kept, was at `tick`, and whether that `is_change`. If the
    /// ticks before it were missed, growth was as fast in all of them.
    pub(crate) fn push(&mut self, id: SeriesId, tick: u64, point: &Point, is_change: bool) {
        let Some(ring) = self.rings.get_mut(&id) else { return };
        let missed = tick.saturating_sub(ring.end());
        if missed > self.limits.points {
            // All that is known is too old.
            self.bytes -= ring.len();
            *ring = Ring::new(ring.track, tick);
            return self.push(id, tick, point, is_change);
        }
        #[expect(clippy::cast_precision_loss, reason = "few ticks are missed")]
        let (filling, point) = match point {
            Point::Number(growth) if ring.track == Track::Growth && missed > 0 => {
                let share = Point::Number(growth / (missed + 1) as f64);
                (share.clone(), share)
            }
            point => (Point::None, point.clone()),
        };
        for _ in 0..missed {
            self.bytes += ring.push(&filling);
        }
        self.bytes += ring.push(&point);
        if is_change {
            ring.changed = tick;
        }
        self.bytes -= ring.forget_before((tick + 1).saturating_sub(self.limits.points));
        self.keep_within_bytes();
    }

    fn keep_within_bytes(&mut self) {
        while self.bytes > self.max_bytes {
            let Some(largest) = self.rings.values_mut().max_by_key(|ring| ring.len()) else { return };
            let freed = largest.forget_oldest();
            self.bytes -= freed;
            if freed == 0 {
                return;
            }
        }
    }

    /// Keeps the series in `wanted` from `tick` on, as far as there is room: of those that have not
    /// changed yet and those that just did, the latter. Returns those that had to go.
    pub(crate) fn admit(
        &mut self,
        tick: u64,
        unchanged: &[(SeriesId, Track)],
        changed: &[(SeriesId, Track)],
    ) -> Vec<SeriesId> {
        let mut gone = Vec::new();
        let mut room = self.limits.series.saturating_sub(self.rings.len());
        if changed.len() > room {
            let rests = |ring: &Ring| ring.changed == 0 || ring.changed + MIN_REST < tick;
            let mut resting: Vec<(u64, SeriesId)> = self
                .rings
                .iter()
                .filter(|(_, ring)| rests(ring))
                .map(|(id, ring)| (ring.changed, *id))
                .collect();
            resting.sort_unstable();
            for (_, id) in resting.into_iter().take(changed.len() - room) {
                self.forget(id);
                gone.push(id);
                room += 1;
            }
        }
        for (id, track) in changed.iter().chain(unchanged).take(room) {
            self.rings.insert(*id, Ring::new(*track, tick));
            self.mark(*id, true);
        }
        gone
    }

    /// Forgets the series `id`.
    pub(crate) fn forget(&mut self, id: SeriesId) {
        if let Some(ring) = self.rings.remove(&id) {
            self.mark(id, false);
            self.bytes -= ring.len();
        }
    }

    /// Whether nothing is known of the series `id` any more but that it is not there.
    pub(crate) fn is_over(&self, id: SeriesId, tick: u64) -> bool {
        self.rings.get(&id).is_none_or(|ring| ring.newest_value + self.limits.points < tick)
    }

    /// The points of the series `id`, if it is kept, of the ticks from `start` to before `end`.
    pub(crate) fn points(
        &self,
        id: SeriesId,
        start: u64,
        end: u64,
    ) -> Option<(Track, impl Iterator<Item = (u64, Point)>)> {
        let ring = self.rings.get(&id)?;
        Some((ring.track, ring.points(start, end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(series: usize, points: u64) -> History {
        History::new(Limits { series, points })
    }

    fn numbers(history: &History, id: SeriesId) -> Vec<Option<f64>> {
        let number = |point| if let Point::Number(number) = point { Some(number) } else { None };
        history.points(id, 0, u64::MAX).unwrap().1.map(|(_, point)| number(point)).collect()
    }

    #[test]
    fn those_that_changed_last_are_kept() {
        let mut history = history(2, 100);
        let level = |id| (id, Track::Level);
        assert!(history.admit(1, &[level(1), level(2), level(3)], &[]).is_empty());
        assert!(history.has(1) && history.has(2) && !history.has(3));
        // 1 changes, 2 never does: it goes.
        history.push(1, 1, &Point::Number(1.0), true);
        history.push(2, 1, &Point::Number(1.0), false);
        assert_eq!(history.admit(2, &[], &[level(3)]), [2]);
        history.push(3, 2, &Point::Number(1.0), true);
        // Both have just changed: they stay.
        assert!(history.admit(3, &[], &[level(4)]).is_empty());
        assert!(!history.has(4));
        // 1 has changed longer ago than 3.
        assert_eq!(history.admit(3 + MIN_REST, &[], &[level(4)]), [1]);
    }

    #[test]
    fn growth_over_missed_ticks_is_shared_among_them() {
        let mut history = history(1, 100);
        history.admit(5, &[(7, Track::Growth)], &[]);
        history.push(7, 5, &Point::Number(3.0), true);
        history.push(7, 8, &Point::Number(9.0), true);
        assert_eq!(numbers(&history, 7), [Some(3.0), Some(3.0), Some(3.0), Some(3.0)]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut history = history(2, 1000);
        history.admit(0, &[(1, Track::Level), (2, Track::Level)], &[]);
        for tick in 0..5000_u32 {
            // Nothing in common with the last one.
            let noise = f64::from_bits(u64::from(tick).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            history.push(1, tick.into(), &Point::Number(noise), true);
            history.push(2, tick.into(), &Point::Number(1.0), false);
        }
        assert!(history.bytes <= history.max_bytes);
        assert_eq!(history.bytes, history.rings.values().map(Ring::len).sum::<usize>());
        // Who takes little keeps all.
        assert!(numbers(&history, 2).len() >= 1000);
        assert!((500..1200).contains(&numbers(&history, 1).len()));
    }
}
