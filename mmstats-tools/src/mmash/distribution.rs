//! What a histogram or a timer holds, without the buckets that hold nothing.

use mmstats_reader::{Buckets, HistogramValue, Summary};

use crate::changes::Amount;

/// How often values of each size came. Of a thousand buckets a few dozen are used, and only they take room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// How values are divided into buckets.
    pub(crate) division: Buckets,
    /// The sum of all values, modulo 2^64.
    pub(crate) sum: u64,
    /// The buckets that have values, by index, and how many they have.
    pub(crate) counts: Vec<(u32, u64)>,
    /// Whether some bucket had more values than its count can say.
    pub(crate) is_saturated: bool,
}

impl Distribution {
    /// One of no values.
    pub(crate) fn new(division: Buckets) -> Self {
        Self { division, sum: 0, counts: Vec::new(), is_saturated: false }
    }

    /// What `value` holds.
    pub(crate) fn of(value: &HistogramValue) -> Self {
        let division = value.division();
        let index = |low| u32::try_from(division.index(low)).unwrap_or(u32::MAX);
        let mut counts: Vec<_> =
            value.buckets().map(|(bounds, count)| (index(*bounds.start()), count)).collect();
        counts.shrink_to_fit();
        Self { division, sum: value.sum(), counts, is_saturated: value.is_saturated() }
    }

    /// The numbers that can be derived from it.
    pub(crate) fn summary(&self) -> Summary<impl DoubleEndedIterator<Item = (usize, u64)> + Clone> {
        let counts = self.counts.iter().map(|(index, count)| (*index as usize, *count));
        Summary::new(self.division, self.sum, counts, self.is_saturated)
    }

    /// How many values there were, unless there were more than can be counted.
    pub(crate) fn count(&self) -> Option<u64> {
        let count = self.summary().count();
        Some(count.number()).filter(|_| !count.is_at_least())
    }

    /// Takes in the values of `other`, if it is divided into the same buckets.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.division != self.division {
            return;
        }
        self.sum = self.sum.wrapping_add(other.sum);
        self.is_saturated |= other.is_saturated;
        for (index, more) in &other.counts {
            match self.counts.binary_search_by_key(index, |(index, _)| *index) {
                Ok(place) => {
                    if let Some((_, count)) = self.counts.get_mut(place) {
                        self.is_saturated |= count.checked_add(*more).is_none();
                        *count = count.saturating_add(*more);
                    }
                }
                Err(place) => self.counts.insert(place, (*index, *more)),
            }
        }
    }

    /// The same with all its buckets, which knows what can be said of values.
    pub(crate) fn expand(&self) -> HistogramValue {
        HistogramValue::from_counts(
            self.division,
            self.sum,
            self.counts.iter().map(|(index, count)| (*index as usize, *count)),
        )
        .saturated(self.is_saturated)
    }
}

impl Amount for Distribution {
    fn came_since(&self, earlier: &Self, _: bool) -> Option<Self> {
        if self.division != earlier.division {
            return None;
        }
        let mut before = earlier.counts.iter().copied().peekable();
        let mut counts = Vec::new();
        for (index, count) in &self.counts {
            let then = before.next_if(|(other, _)| other == index).map_or(0, |(_, count)| count);
            match count.checked_sub(then) {
                Some(0) => {}
                Some(more) => counts.push((*index, more)),
                None => return Some(self.clone()),
            }
        }
        // A bucket that lost all its values.
        if before.next().is_some() {
            return Some(self.clone());
        }
        let is_saturated = self.is_saturated || earlier.is_saturated;
        Some(Self { division: self.division, sum: self.sum.wrapping_sub(earlier.sum), counts, is_saturated })
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
            distribution.merge(&Distribution {
                sum: *value,
                counts: vec![(index, 1)],
                ..Distribution::new(division)
            });
        }
        distribution
    }

    fn came(now: &Distribution, before: &Distribution) -> Distribution {
        now.came_since(before, true).unwrap()
    }

    #[test]
    fn it_holds_what_a_histogram_does() {
        let values = distribution(&[1, 20, 21, 500_000]);
        assert_eq!(Distribution::of(&values.expand()), values);
        assert_eq!((values.count(), values.expand().count()), (Some(4), 4));
        for q in [0.0, 0.25, 0.5, 0.9, 1.0] {
            assert_eq!(values.summary().quantile(q), values.expand().summary().quantile(q), "{q}");
        }
    }

    #[test]
    fn of_more_values_than_can_be_counted_nobody_says_how_many() {
        let mut many = distribution(&[20]);
        many.counts = vec![(20, u64::MAX)];
        let before = many.clone();
        assert_eq!(many.count(), Some(u64::MAX));
        many.merge(&distribution(&[1]));
        assert_eq!((many.count(), many.is_saturated), (None, false));
        many.merge(&distribution(&[20]));
        many.merge(&before);
        assert!(many.is_saturated && came(&many, &before).is_saturated && many.expand().is_saturated());
    }

    #[test]
    fn what_came_between_two_is_their_difference() {
        let (then, now) = (distribution(&[1, 20]), distribution(&[1, 7, 20, 20, 300]));
        assert_eq!(came(&now, &then), distribution(&[7, 20, 300]));
        assert_eq!(came(&now, &Distribution::new(now.division)), now);
        let mut merged = then.clone();
        merged.merge(&came(&now, &then));
        assert_eq!(merged, now);
    }
}
