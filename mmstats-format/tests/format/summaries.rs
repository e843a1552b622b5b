//! What a summary says of values: an exact number is right, a bound holds, and all numbers fit together.

use mmstats_format::buckets::Buckets;
use mmstats_format::value::{AverageValue, Derived, HistogramValue};

use crate::support::Numbers;

/// The histogram of values, each of which came so many times.
fn histogram(buckets: Buckets, values: &[(u64, u64)]) -> HistogramValue {
    let sum = values.iter().fold(0_u64, |sum, (value, times)| sum.wrapping_add(value.wrapping_mul(*times)));
    HistogramValue::from_counts(
        buckets,
        sum,
        values.iter().map(|(value, times)| (buckets.index(*value), *times)),
    )
}

/// Values of all sizes, the largest and those at the ends of buckets among them.
fn any_value(numbers: &mut Numbers, buckets: Buckets) -> u64 {
    let index = numbers.below(buckets.count());
    match numbers.below(6) {
        0 => u64::MAX,
        1 => buckets.max(),
        2 => buckets.max().saturating_add(1),
        3 => buckets.bounds(index).unwrap().0,
        _ => numbers.any() >> numbers.below(64),
    }
}

/// Asserts of a number that is at most `truth` if it is a lower bound, that it is, and else that it is the
/// upper end of the bucket of `truth`.
fn assert_most(found: Derived<u64>, truth: u64, buckets: Buckets, what: &str) {
    if found.is_at_least() {
        assert!(found.number() <= truth, "{what}: at least {} for {truth} in {buckets:?}", found.number());
        assert!(buckets.is_open(buckets.index(truth)), "{what}: {truth} has bounds in {buckets:?}");
    } else {
        let (low, high) = buckets.bounds(buckets.index(truth)).unwrap();
        assert_eq!(found.number(), high, "{what}: of {low} to {high} in {buckets:?}");
        assert!(!buckets.is_open(buckets.index(truth)), "{what}: {truth} has no upper bound in {buckets:?}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
fn assert_sound(buckets: Buckets, values: &mut [(u64, u64)]) {
    values.sort_unstable();
    let histogram = histogram(buckets, values);
    let summary = histogram.summary();
    let count: u128 = values.iter().map(|(_, times)| u128::from(*times)).sum();
    let sum: u128 = values.iter().map(|(value, times)| u128::from(*value) * u128::from(*times)).sum();
    let (smallest, largest) = (values.first().unwrap().0, values.last().unwrap().0);

    match u64::try_from(count) {
        Ok(count) => assert_eq!(summary.count(), Derived::exact(count)),
        Err(_) => assert_eq!(summary.count(), Derived::at_least(u64::MAX)),
    }
    let found = summary.sum();
    if found.is_at_least() {
        assert!(found.number() <= sum, "{values:?} in {buckets:?}: {found:?}");
    } else {
        assert_eq!(found.number(), sum, "{values:?} in {buckets:?}");
    }
    let may_have_wrapped = {
        let high = |value: u64| buckets.bounds(buckets.index(value)).unwrap().1;
        let most: u128 =
            values.iter().map(|(value, times)| u128::from(high(*value)) * u128::from(*times)).sum();
        most >= 1 << 64
    };
    assert_eq!(found.is_at_least(), may_have_wrapped, "{values:?} in {buckets:?}");
    let mean = summary.mean().unwrap();
    let truth = sum as f64 / count as f64;
    assert_eq!(mean.is_at_least(), may_have_wrapped);
    if mean.is_at_least() {
        assert!(mean.number() <= truth * (1.0 + 1e-15), "{mean:?} for {truth}");
    } else {
        assert!((mean.number() - truth).abs() <= truth * 1e-15, "{mean:?} for {truth}");
    }

    let (min, max) = (summary.min().unwrap(), summary.max().unwrap());
    assert_eq!(min.number(), buckets.bounds(buckets.index(smallest)).unwrap().0);
    assert_eq!(min.is_at_least(), buckets.is_open(buckets.index(smallest)));
    assert_most(max, largest, buckets, "max");
    assert!(min.number() as f64 <= mean.number() && mean.number() <= max.number() as f64);
    let mut before = 0;
    for (q, rank) in [(0.0, 1), (0.25, count.div_ceil(4)), (0.5, count.div_ceil(2)), (1.0, count)] {
        let mut seen = 0;
        let truth = values.iter().find(|(_, times)| {
            seen += u128::from(*times);
            seen >= rank
        });
        let quantile = summary.quantile(q).unwrap();
        // Beyond 2^53 values a rank is an approximation, but for the first and the last.
        if count < 1 << 53 || [1, count].contains(&rank) {
            assert_most(quantile, truth.unwrap().0, buckets, "quantile");
        }
        assert!(min.number() <= quantile.number() && quantile.number() <= max.number());
        assert!(before <= quantile.number());
        before = quantile.number();
    }
}

#[test]
fn an_exact_number_is_the_truth_and_a_lower_bound_is_not_above_it() {
    let mut numbers = Numbers(21);
    for (precision, powers) in [(0, 1), (1, 16), (3, 64), (4, 42), (4, 64), (8, 64), (8, 48)] {
        let buckets = Buckets::new(precision, powers).unwrap();
        for round in 0..400_u64 {
            let values = 1 + numbers.below(6);
            let times = |numbers: &mut Numbers| match round % 4 {
                0 => 1,
                1 => 1 + numbers.below(1000) as u64,
                2 => 1 + (numbers.any() >> numbers.below(64) >> 1),
                _ => (numbers.any() >> numbers.below(8)).max(1),
            };
            // Each bucket has one value, so that no count saturates.
            let mut values: Vec<(u64, u64)> =
                (0..values).map(|_| (any_value(&mut numbers, buckets), times(&mut numbers))).collect();
            values.sort_unstable_by_key(|(value, _)| buckets.index(*value));
            values.dedup_by_key(|(value, _)| buckets.index(*value));
            assert_sound(buckets, &mut values);
        }
    }
}

#[test]
fn what_is_beyond_the_last_bucket_is_a_lower_bound_that_is_not_below_the_mean() {
    let buckets = Buckets::new(4, 42).unwrap();
    let two_hours = 7200 * 1_000_000_000;
    let summary = histogram(buckets, &[(two_hours, 10)]);
    let summary = summary.summary();
    let (low, _) = buckets.bounds(buckets.count() - 1).unwrap();
    assert_eq!(
        (summary.count(), summary.sum()),
        (Derived::exact(10), Derived::at_least(10 * u128::from(two_hours)))
    );
    assert_eq!(summary.mean(), Some(Derived::at_least(7.2e12)));
    assert_eq!(
        (summary.min(), summary.max()),
        (Some(Derived::at_least(low)), Some(Derived::at_least(two_hours)))
    );
    for q in [0.0, 0.5, 0.99] {
        assert_eq!(summary.quantile(q), Some(Derived::at_least(low)));
    }
    // Also a value that the last bucket would have had room for is there.
    let value = histogram(buckets, &[(low + 1, 1)]);
    assert_eq!(value.summary().quantile(1.0), Some(Derived::at_least(low)));
}

#[test]
fn all_of_u64_has_buckets_with_bounds() {
    let buckets = Buckets::new(4, 64).unwrap();
    let all = histogram(buckets, &[(u64::MAX, 3)]);
    assert_eq!(all.summary().max(), Some(Derived::exact(u64::MAX)));
    assert_eq!(all.summary().sum(), Derived::at_least(3 * u128::from(u64::MAX)));
}

#[test]
fn of_nothing_there_is_no_number_but_zero_values() {
    let nothing = HistogramValue::new(Buckets::new(4, 42).unwrap());
    let summary = nothing.summary();
    assert_eq!((summary.count(), summary.sum()), (Derived::exact(0), Derived::exact(0)));
    assert_eq!((summary.mean(), summary.min(), summary.max()), (None, None, None));
    assert_eq!(summary.quantile(0.5), None);
}

#[test]
fn counts_that_saturate_are_lower_bounds_and_hide_what_depends_on_them() {
    let buckets = Buckets::new(4, 42).unwrap();
    let mut merged = histogram(buckets, &[(5, u64::MAX), (100, 7)]);
    let before = merged.clone();
    assert_eq!(before.summary().count(), Derived::at_least(u64::MAX), "the sum of the counts does not fit");
    assert_eq!(before.summary().max(), Some(Derived::exact(buckets.bounds(buckets.index(100)).unwrap().1)));
    assert_eq!(before.summary().quantile(1.0), before.summary().max());
    merged.merge(&histogram(buckets, &[(5, 1)])).unwrap();
    assert!(merged.is_saturated());
    let summary = merged.summary();
    assert!(summary.count().is_at_least() && summary.sum().is_at_least());
    assert_eq!((summary.mean(), summary.quantile(0.5)), (None, None));
    assert_eq!((summary.min(), summary.max()), (Some(Derived::exact(5)), before.summary().max()));
    // Nobody knows how many came.
    let since = merged.since(&before).unwrap();
    assert!(since.summary().count().is_at_least());
}

#[test]
fn numbers_fit_together_also_where_a_sum_is_of_another_moment_than_the_buckets() {
    let mut numbers = Numbers(22);
    for (precision, powers) in [(1, 16), (4, 42), (4, 64)] {
        let buckets = Buckets::new(precision, powers).unwrap();
        for _ in 0..1000 {
            let counts: Vec<(usize, u64)> = (0..3)
                .map(|_| (buckets.index(any_value(&mut numbers, buckets)), numbers.below(5) as u64))
                .collect();
            let odd = HistogramValue::from_counts(buckets, numbers.any() >> numbers.below(64), counts);
            let summary = odd.summary();
            let (Some(min), Some(mean), Some(max)) = (summary.min(), summary.mean(), summary.max()) else {
                assert_eq!(summary.count(), Derived::exact(0));
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "both are rounded alike")]
            let (min, max) = (min.number() as f64, max.number() as f64);
            assert!(min <= mean.number() && mean.number() <= max, "{odd:?}: {min} {mean:?} {max}");
        }
    }
}

#[test]
fn a_mean_whose_sum_is_no_number_any_more_is_none() {
    let of = AverageValue::new;
    for sum in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!((of(2, sum).mean(), of(2, sum).known_sum()), (None, None));
    }
    let mut merged = of(1, f64::MAX);
    merged.merge(&of(1, f64::MAX));
    assert_eq!((merged.count(), merged.mean()), (2, None));
    assert_eq!(of(2, f64::MAX).since(&of(1, f64::MIN)).unwrap().mean(), None);
    assert_eq!(of(3, 10.0).since(&of(1, 4.0)).unwrap().mean(), Some(3.0));
    assert_eq!(of(1, 10.0).since(&of(3, 4.0)), None);
    // There may have been more.
    assert!(of(u64::MAX, 1.0).known_count().is_at_least());
    assert_eq!((of(u64::MAX, 1.0).mean(), of(u64::MAX, 1.0).since(&of(1, 1.0))), (None, None));
}
