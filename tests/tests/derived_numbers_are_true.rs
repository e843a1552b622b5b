//! What a reader derives from a file is held against the values that the program recorded: a number that is
//! not said to be a bound is right, as exactly as the buckets are narrow, and a bound holds.

use std::path::Path;
use std::time::Duration;

use mmstats::{Average, CoarseHistogram, FineHistogram, Histogram, MmStats, MovingAverage, Timer, sync};
use mmstats_reader::{Derived, HistogramValue, Reader, Value};

#[derive(MmStats)]
#[repr(C)]
struct Fields {
    smallest: Histogram<1, 16>,
    coarse: CoarseHistogram,
    usual: Histogram,
    fine: FineHistogram,
    largest: Histogram<8, 64>,
    timer: Timer,
    shared: sync::Histogram<4, 42>,
    shared_timer: sync::Timer<5, 48>,
}

fn value(path: &Path, label: &str) -> Value {
    let mut reader = Reader::open(path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().find(|metric| metric.label() == label).unwrap();
    metric.value().unwrap()
}

fn histogram(path: &Path, label: &str) -> HistogramValue {
    match value(path, label) {
        Value::Histogram(histogram) => *histogram,
        Value::Timer(timer) => timer.durations().clone(),
        other => panic!("{label}: {other:?}"),
    }
}

/// Numbers that look like any.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A value of any size, the largest and the smallest among them.
    fn value(&mut self) -> u64 {
        let (shape, size) = (self.next() % 8, self.next() % 64);
        match shape {
            0 => u64::MAX,
            1 => 0,
            2 => 1 << size,
            3 => (1 << size) - 1,
            _ => self.next() >> size,
        }
    }
}

/// Asserts that `found` is the upper end of the bucket of `truth`, or a bound that holds.
fn assert_most(found: Option<Derived<u64>>, truth: u64, histogram: &HistogramValue, what: &str) {
    let found = found.unwrap();
    if found.is_at_least() {
        assert!(found.number() <= truth, "{what}: {found:?} for {truth}");
        return;
    }
    let (precision, number) = (histogram.division().precision(), found.number());
    assert!(truth <= number && number - truth <= truth >> precision, "{what}: {found:?} for {truth}");
}

#[expect(clippy::cast_precision_loss, reason = "a mean is an approximation")]
fn assert_true(histogram: &HistogramValue, values: &mut [u64], what: &str) {
    values.sort_unstable();
    let summary = histogram.summary();
    let sum: u128 = values.iter().map(|value| u128::from(*value)).sum();
    assert_eq!(summary.count(), Derived::exact(values.len() as u64), "{what}");
    if summary.sum().is_at_least() {
        assert!(summary.sum().number() <= sum, "{what}: {:?} for {sum}", summary.sum());
    } else {
        assert_eq!(summary.sum().number(), sum, "{what}");
    }
    let (mean, truth) = (summary.mean().unwrap(), sum as f64 / values.len() as f64);
    assert!(mean.number() <= truth * (1.0 + 1e-14), "{what}: {mean:?} for {truth}");
    assert!(mean.is_at_least() || mean.number() >= truth * (1.0 - 1e-14), "{what}: {mean:?} for {truth}");
    let (smallest, largest) = (values[0], values[values.len() - 1]);
    let (min, max) = (summary.min().unwrap(), summary.max().unwrap());
    assert!(min.number() <= smallest, "{what}: {min:?} for {smallest}");
    assert_most(Some(max), largest, histogram, what);
    assert!(min.number() as f64 <= mean.number() && mean.number() <= max.number() as f64, "{what}");
    for percent in [0, 1, 25, 50, 75, 100] {
        let rank = (values.len() * percent).div_ceil(100).max(1);
        let quantile = summary.quantile(percent as f64 / 100.0);
        assert_most(quantile, values[rank - 1], histogram, what);
        let number = quantile.unwrap().number();
        assert!(min.number() <= number && number <= max.number(), "{what}: {quantile:?}");
    }
}

#[test]
fn of_random_values_every_number_is_right_or_a_bound_that_holds() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..60 {
        let stats = Fields::options().dir(dir.path()).create().unwrap();
        // Few values, whose sum an integer of 64 bits holds, and many, whose sum it does not; some rounds
        // without the largest ones.
        let shift = if round % 3 == 0 { 0 } else { random.next() % 64 };
        let mut values: Vec<u64> = (0..=random.next() % 100).map(|_| random.value() >> shift).collect();
        for value in &values {
            let duration = Duration::from_nanos(*value);
            stats.smallest.record(*value);
            stats.coarse.record(*value);
            stats.usual.record(*value);
            stats.fine.record(*value);
            stats.largest.record(*value);
            stats.timer.record(duration);
            stats.shared.record(*value);
            stats.shared_timer.record(duration);
        }
        for label in ["smallest", "coarse", "usual", "fine", "largest", "timer", "shared", "shared_timer"] {
            assert_true(&histogram(&stats.path(), label), &mut values, label);
        }
    }
}

#[test]
fn what_came_between_two_readings_is_as_true() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let stats = Fields::options().dir(dir.path()).create().unwrap();
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..40 {
        let before = histogram(&stats.path(), "timer");
        let mut values: Vec<u64> = (0..=random.next() % 50).map(|_| random.value()).collect();
        for value in &values {
            stats.timer.record(Duration::from_nanos(*value));
        }
        let came = histogram(&stats.path(), "timer").since(&before).unwrap();
        assert_true(&came, &mut values, "timer");
    }
}

#[derive(MmStats)]
#[repr(C)]
struct Floats {
    average: Average,
    shared: sync::Average,
    moving: MovingAverage<4>,
}

/// Finite floats of all sizes, the largest among them.
fn any_float(random: &mut Random) -> f64 {
    let float = f64::from_bits(random.next());
    match random.next() % 4 {
        0 => f64::MAX,
        1 => f64::MIN,
        _ if float.is_finite() => float,
        _ => 1.5,
    }
}

#[test]
fn the_mean_of_finite_numbers_is_finite_or_none() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut random = Random(0xfeed_f00d_dead_beef);
    let mut unknown = 0;
    for _ in 0..200 {
        let stats = Floats::options().dir(dir.path()).create().unwrap();
        for _ in 0..=random.next() % 6 {
            let number = any_float(&mut random);
            stats.average.add(number);
            stats.shared.add(number);
            stats.moving.add(number);
        }
        for label in ["average", "shared"] {
            let Value::Average(average) = value(&stats.path(), label) else { panic!("{label}") };
            assert!(average.mean().is_none_or(f64::is_finite), "{average:?}");
            unknown += u32::from(average.mean().is_none());
        }
        assert!(
            stats.average.get().is_none_or(f64::is_finite) && stats.moving.get().is_none_or(f64::is_finite)
        );
        match value(&stats.path(), "moving") {
            Value::Nothing => unknown += 1,
            Value::F64(mean) => assert!(mean.is_finite(), "{mean}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(unknown > 0, "sums that are too large were tried");
}
