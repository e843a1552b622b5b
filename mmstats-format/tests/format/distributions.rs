//! What averages, histograms and timers say of the values that they took in.

use core::ops::RangeInclusive;

use mmstats_format::buckets::Buckets;
use mmstats_format::descriptor::Type;
use mmstats_format::tagged::Torn;
use mmstats_format::value::{AverageValue, HistogramValue, TimerValue, Value};

use crate::support::Numbers;

/// The bytes of a histogram of `values`, as a writer leaves them.
fn histogram_bytes(buckets: Buckets, values: &[u64]) -> Vec<u8> {
    let mut words = vec![0_u64; 1 + buckets.count()];
    for value in values {
        words[0] = words[0].wrapping_add(*value);
        words[1 + buckets.index(*value)] += 1;
    }
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

fn histogram(buckets: Buckets, values: &[u64]) -> HistogramValue {
    HistogramValue::decode(buckets, &histogram_bytes(buckets, values)).unwrap()
}

/// The bytes of a timer that took in `durations`.
fn timer_bytes(buckets: Buckets, durations: &[u64]) -> Vec<u8> {
    let last = durations.last().copied().unwrap_or_default();
    [last.to_le_bytes().to_vec(), histogram_bytes(buckets, durations)].concat()
}

fn timer(buckets: Buckets, durations: &[u64]) -> TimerValue {
    TimerValue::decode(buckets, &timer_bytes(buckets, durations)).unwrap()
}

fn buckets(precision: u32, powers: u32) -> Buckets {
    Buckets::new(precision, powers).unwrap()
}

/// Any values, of all sizes alike.
fn any_values(numbers: &mut Numbers, count: usize) -> Vec<u64> {
    (0..count).map(|_| numbers.any() >> numbers.below(64)).collect()
}

#[test]
fn an_average_is_a_count_and_a_sum() {
    let bytes = [4_u64.to_le_bytes(), 10.0_f64.to_le_bytes()].concat();
    let Ok(Value::Average(mut average)) = Value::decode(Type::Average, &bytes) else { panic!() };
    assert_eq!((average.count(), average.sum(), average.mean()), (4, 10.0, Some(2.5)));
    average.merge(&AverageValue::new(1, -10.0));
    assert_eq!(average, AverageValue::new(5, 0.0));
    assert_eq!(AverageValue::new(0, 7.0).mean(), None, "of no numbers");
    average.merge(&AverageValue::new(u64::MAX, 0.0));
    assert_eq!(average.count(), u64::MAX);
}

#[test]
fn a_moving_average_is_its_mean_or_nothing_yet() {
    let decode = |count: u64| {
        let rest = [0xff; 24];
        let bytes = [&1.5_f64.to_le_bytes()[..], &count.to_le_bytes(), &rest].concat();
        Value::decode(Type::MovingAverage, &bytes)
    };
    assert_eq!((decode(3), decode(0)), (Ok(Value::F64(1.5)), Ok(Value::Nothing)));
}

#[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
fn mean(sum: u128, count: usize) -> f64 {
    sum as f64 / count as f64
}

#[test]
fn a_histogram_of_nothing_has_no_mean_and_no_quantiles() {
    let empty = histogram(buckets(4, 64), &[]);
    assert_eq!(empty, HistogramValue::new(buckets(4, 64)));
    assert_eq!((empty.count(), empty.sum(), empty.mean()), (0, 0, None));
    assert_eq!((empty.min(), empty.max(), empty.quantile(0.5)), (None, None, None));
    assert_eq!(empty.buckets().count(), 0);
}

#[test]
fn count_sum_and_mean_are_exact() {
    let mut numbers = Numbers(5);
    for (precision, powers) in [(0, 1), (3, 64), (4, 42), (4, 64), (7, 64), (8, 16)] {
        let values = any_values(&mut numbers, 500);
        let histogram = histogram(buckets(precision, powers), &values);
        let sum = values.iter().fold(0, |sum: u64, value| sum.wrapping_add(*value));
        assert_eq!((histogram.count(), histogram.sum()), (500, sum));
        // Where the buckets tell how often the sum has wrapped.
        if precision >= 3 && powers == 64 {
            let sum: u128 = values.iter().map(|value| u128::from(*value)).sum();
            assert!((histogram.mean().unwrap() / mean(sum, 500) - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn every_quantile_lies_within_its_bounds_which_are_narrow() {
    let mut numbers = Numbers(6);
    for precision in [3, 4, 7] {
        for count in [1, 2, 3, 10, 1000] {
            let mut values = any_values(&mut numbers, count);
            let histogram = histogram(buckets(precision, 64), &values);
            values.sort_unstable();
            for rank in 1..=count {
                #[expect(clippy::cast_precision_loss, reason = "there are few values")]
                let quantile = (rank as f64 - 0.5) / count as f64;
                let bounds = histogram.quantile(quantile).unwrap();
                let exact = values[rank - 1];
                assert!(bounds.contains(&exact), "{exact} is not in {bounds:?}");
                assert!(bounds.end() - bounds.start() <= bounds.start() >> precision, "{bounds:?} is wide");
            }
            assert!(histogram.min().unwrap().contains(&values[0]));
            assert!(histogram.max().unwrap().contains(&values[count - 1]));
        }
    }
}

#[test]
fn a_quantile_beyond_all_values_is_that_of_the_last_or_the_first() {
    let histogram = histogram(buckets(3, 10), &[5, 6, 7]);
    for (quantile, value) in
        [(0.0, 5), (-1.0, 5), (f64::NAN, 5), (1.0, 7), (2.0, 7), (f64::INFINITY, 7), (f64::NEG_INFINITY, 5)]
    {
        assert_eq!(histogram.quantile(quantile), Some(value..=value), "{quantile}");
    }
}

#[test]
fn values_too_large_for_the_buckets_are_in_the_last_one_which_has_no_end() {
    let histogram = histogram(buckets(1, 4), &[3, 16, u64::MAX]);
    assert_eq!(histogram.max(), Some(12..=u64::MAX));
    let buckets: Vec<(RangeInclusive<u64>, u64)> = histogram.buckets().collect();
    assert_eq!(buckets, [(3..=3, 1), (12..=u64::MAX, 2)]);
}

#[test]
fn merged_histograms_are_that_of_all_values() {
    let mut numbers = Numbers(7);
    let (first, second) = (any_values(&mut numbers, 300), any_values(&mut numbers, 200));
    let mut merged = histogram(buckets(4, 42), &first);
    merged.merge(&histogram(buckets(4, 42), &second)).unwrap();
    assert_eq!(merged, histogram(buckets(4, 42), &[first, second].concat()));
}

#[test]
fn what_came_after_an_earlier_histogram_is_that_of_the_values_since() {
    let mut numbers = Numbers(8);
    let (first, second) = (any_values(&mut numbers, 300), any_values(&mut numbers, 200));
    let before = histogram(buckets(4, 42), &first);
    let after = histogram(buckets(4, 42), &[first, second.clone()].concat());
    assert_eq!(after.since(&before), Ok(histogram(buckets(4, 42), &second)));
    // A later one than this is as good as this.
    assert_eq!(before.since(&after).unwrap().count(), 0);
    assert!(before.since(&histogram(buckets(3, 64), &[3])).is_err());
}

#[test]
fn what_is_divided_differently_is_not_merged() {
    let mut merged = histogram(buckets(4, 42), &[1, 2]);
    let before = merged.clone();
    let error = merged.merge(&histogram(buckets(3, 64), &[3])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a histogram of precision 4 and 42 powers, found one of precision 3 and 64 powers"
    );
    assert_eq!(merged, before);
    assert!(timer(buckets(4, 42), &[1]).merge(&timer(buckets(4, 64), &[1])).is_err());
}

#[test]
fn a_mean_is_right_though_the_sum_has_wrapped() {
    let large = u64::MAX - 3;
    for values in [vec![large; 7], vec![large, large, 1], vec![1 << 63; 5], vec![5, 6, 7]] {
        let exact = mean(values.iter().map(|value| u128::from(*value)).sum(), values.len());
        let found = histogram(buckets(4, 64), &values).mean().unwrap();
        assert!((found / exact - 1.0).abs() < 1e-12, "{found} for {exact}");
    }
    // What is too large for the last bucket is in the sum, and counts.
    assert_eq!(histogram(buckets(4, 42), &[1 << 50; 9]).mean(), Some(2_f64.powi(50)));
    // Between a value's bucket and its sum, a reader finds the one without the other.
    let mut bytes = vec![0; buckets(4, 42).histogram_len()];
    bytes[8 + 8 * 20] = 1;
    assert_eq!(HistogramValue::decode(buckets(4, 42), &bytes).unwrap().mean(), Some(0.0));
}

#[test]
fn counts_that_no_writer_comes_to_are_no_panic() {
    let all: Vec<u8> = vec![0xff; buckets(4, 64).histogram_len()];
    let mut histogram = HistogramValue::decode(buckets(4, 64), &all).unwrap();
    histogram.merge(&histogram.clone()).unwrap();
    assert_eq!((histogram.count(), histogram.sum()), (u64::MAX, u64::MAX - 1));
    assert!(histogram.quantile(0.999).is_some() && histogram.mean().is_some());
}

#[test]
fn a_timer_is_a_histogram_and_the_last_duration() {
    let timer = timer(buckets(4, 42), &[30, 0, 20]);
    assert_eq!(timer.last(), Some(20));
    assert_eq!(timer.durations(), &histogram(buckets(4, 42), &[30, 0, 20]));
    assert_eq!(self::timer(buckets(4, 42), &[]).last(), None);
    // As after a resumption: what is counted is from another run.
    assert_eq!(self::timer(buckets(4, 42), &[0]).last(), None);
}

#[test]
fn of_merged_timers_nobody_knows_the_last_duration() {
    let mut merged = timer(buckets(4, 42), &[30, 20]);
    merged.merge(&timer(buckets(4, 42), &[10])).unwrap();
    assert_eq!((merged.last(), merged.durations().count()), (None, 3));
}

#[test]
fn too_few_bytes_are_read_again() {
    let division = buckets(2, 5);
    let bytes = timer_bytes(division, &[7]);
    for len in 0..bytes.len() {
        assert_eq!(TimerValue::decode(division, &bytes[..len]), Err(Torn), "{len} bytes");
    }
    let bytes = histogram_bytes(division, &[7]);
    for len in 0..bytes.len() {
        assert_eq!(HistogramValue::decode(division, &bytes[..len]), Err(Torn), "{len} bytes");
    }
}

#[test]
fn only_buckets_with_values_are_printed() {
    let shown = format!("{:?}", histogram(buckets(4, 64), &[1, 1, 40]));
    let division = "Buckets { precision: 4, powers: 64 }";
    let expected =
        format!("HistogramValue {{ division: {division}, sum: 42, buckets: {{1..=1: 2, 40..=41: 1}} }}");
    assert_eq!(shown, expected);
}
