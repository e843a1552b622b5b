//! What a histogram or a timer holds, without the buckets that hold nothing.

use mmstats_reader::{Buckets, HistogramValue, bucket_of_quantile};

/// How often values of each size came. Of a thousand buckets a few dozen are used, and only they take room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// How values are divided into buckets.
    pub(crate) division: Buckets,
    /// The sum of all values, modulo 2^64.
    pub(crate) sum: u64,
    /// The buckets that have values, by index, and how many they have.
    pub(crate) counts: Vec<(u32, u64)>,
}

impl Distribution {
    /// One of no values.
    pub(crate) fn new(division: Buckets) -> Self {
        Self { division, sum: 0, counts: Vec::new() }
    }

    /// What `value` holds.
    pub(crate) fn of(value: &HistogramValue) -> Self {
        let division = value.division();
        let index = |low| u32::try_from(division.index(low)).unwrap_or(u32::MAX);
        let mut counts: Vec<_> =
            value.buckets().map(|(bounds, count)| (index(*bounds.start()), count)).collect();
        counts.shrink_to_fit();
        Self { division, sum: value.sum(), counts }
    }

    /// How many values there were.
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// The values that came after `earlier`, an earlier one of the same histogram.
    #[must_use]
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut before = earlier.counts.iter().peekable();
        let counts = self.counts.iter().filter_map(|(index, count)| {
            while before.next_if(|(other, _)| other < index).is_some() {}
            let then = before.next_if(|(other, _)| other == index).map_or(0, |(_, count)| *count);
            count.checked_sub(then).filter(|more| *more > 0).map(|more| (*index, more))
        });
        let counts = counts.collect();
        Self { division: self.division, sum: self.sum.wrapping_sub(earlier.sum), counts }
    }

    /// Takes in the values of `other`, if it is divided into the same buckets.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.division != self.division {
            return;
        }
        self.sum = self.sum.wrapping_add(other.sum);
        for (index, more) in &other.counts {
            match self.counts.binary_search_by_key(index, |(index, _)| *index) {
                Ok(place) => {
                    if let Some((_, count)) = self.counts.get_mut(place) {
                        *count = count.saturating_add(*more);
                    }
                }
                Err(place) => self.counts.insert(place, (*index, *more)),
            }
        }
    }

    /// The most that the quantile `q` can be, or, if it is beyond what the buckets tell apart, the most that
    /// they do.
    pub(crate) fn quantile(&self, q: f64) -> Option<u64> {
        let index = bucket_of_quantile(self.counts.iter().copied(), self.count(), q)?;
        let (_, high) = self.division.bounds(index as usize)?;
        Some(high.min(self.division.max()))
    }

    /// The same with all its buckets, which knows what can be said of values.
    pub(crate) fn expand(&self) -> HistogramValue {
        HistogramValue::from_counts(
            self.division,
            self.sum,
            self.counts.iter().map(|(index, count)| (*index as usize, *count)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(values: &[u64]) -> Distribution {
        let division = Buckets::new(3, 20).unwrap();
        let mut distribution = Distribution::new(division);
        for value in values {
            let index = u32::try_from(division.index(*value)).unwrap();
            distribution.merge(&Distribution { division, sum: *value, counts: vec![(index, 1)] });
        }
        distribution
    }

    #[test]
    fn it_holds_what_a_histogram_does() {
        let values = distribution(&[1, 20, 21, 500_000]);
        assert_eq!(Distribution::of(&values.expand()), values);
        assert_eq!((values.count(), values.expand().count()), (4, 4));
        for q in [0.0, 0.25, 0.5, 0.9, 1.0] {
            assert_eq!(values.quantile(q), values.expand().quantile(q).map(|bounds| *bounds.end()), "{q}");
        }
    }

    #[test]
    fn what_came_between_two_is_their_difference() {
        let (then, now) = (distribution(&[1, 20]), distribution(&[1, 7, 20, 20, 300]));
        assert_eq!(now.since(&then), distribution(&[7, 20, 300]));
        assert_eq!(now.since(&Distribution::new(now.division)), now);
        let mut merged = then.clone();
        merged.merge(&now.since(&then));
        assert_eq!(merged, now);
    }
}
