//! What a histogram or a timer was given, a reader finds: in the right bucket, whatever the division; of all
//! threads, those that have ended too; and, where a program resumes, of the one before.

use std::path::Path;
use std::thread;
use std::time::Duration;

use mmstats::{Average, CoarseHistogram, FineHistogram, Histogram, MmStats, MovingAverage, Timer, sync};
use mmstats_format::value::{AverageValue, HistogramValue};
use mmstats_reader::{Reader, Value};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

fn value(path: &Path, label: &str) -> Value {
    let mut reader = Reader::open(path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().find(|metric| metric.label() == label).unwrap();
    metric.value().unwrap()
}

/// The histogram of a field, or that of its durations.
fn histogram(path: &Path, label: &str) -> HistogramValue {
    match value(path, label) {
        Value::Histogram(histogram) => *histogram,
        Value::Timer(timer) => timer.durations().clone(),
        other => panic!("{label}: {other:?}"),
    }
}

#[derive(MmStats)]
#[repr(C)]
struct Divisions {
    smallest: Histogram<1, 16>,
    coarse: CoarseHistogram,
    usual: Histogram,
    fine: FineHistogram,
    largest: Histogram<8, 64>,
    timer: Timer,
    shared: sync::Histogram<4, 42>,
    shared_timer: sync::Timer<5, 48>,
}

#[test]
fn the_smallest_and_the_largest_value_of_each_bucket() {
    let dir = directory();
    let stats = Divisions::options().dir(dir.path()).create().unwrap();
    let fields: [(&str, &dyn Fn(u64)); 8] = [
        ("smallest", &|value| stats.smallest.record(value)),
        ("coarse", &|value| stats.coarse.record(value)),
        ("usual", &|value| stats.usual.record(value)),
        ("fine", &|value| stats.fine.record(value)),
        ("largest", &|value| stats.largest.record(value)),
        ("timer", &|value| stats.timer.record(Duration::from_nanos(value))),
        ("shared", &|value| stats.shared.record(value)),
        ("shared_timer", &|value| stats.shared_timer.record(Duration::from_nanos(value))),
    ];
    for (label, record) in fields {
        let division = histogram(&stats.path(), label).division();
        let bounds = || (0..division.count()).map(|index| division.bounds(index).unwrap());
        let mut sum = 0_u64;
        for (low, high) in bounds() {
            record(low);
            record(high);
            sum = sum.wrapping_add(low).wrapping_add(high);
        }
        let histogram = histogram(&stats.path(), label);
        let expected: Vec<_> = bounds().map(|(low, high)| (low..=high, 2)).collect();
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), expected, "{label}");
        assert_eq!(histogram.sum(), sum, "{label}");
    }
}

#[derive(MmStats)]
#[repr(C)]
struct Totals {
    average: Average,
    moving: MovingAverage<4>,
    histogram: Histogram,
    timer: Timer,
    shared: sync::Timer,
}

impl Totals {
    fn record(&self, n: u32) {
        self.average.add(n.into());
        self.moving.add(n.into());
        self.histogram.record_n(n.into(), 2);
        self.timer.record(Duration::from_nanos(n.into()));
        self.shared.record(Duration::from_nanos(n.into()));
    }
}

/// Asserts that what counts on has counted `numbers` once (the histogram twice), whoever did.
fn assert_total(path: &Path, numbers: &[u32]) {
    let (count, sum) = (numbers.len() as u64, numbers.iter().sum::<u32>());
    let Value::Average(average) = value(path, "average") else { panic!("an average") };
    assert_eq!(average, AverageValue::new(count, sum.into()));
    for (label, times) in [("histogram", 2), ("timer", 1), ("shared", 1)] {
        let histogram = histogram(path, label);
        assert_eq!((histogram.count(), histogram.sum()), (times * count, times * u64::from(sum)), "{label}");
    }
}

mmstats::thread_local! {
    static TOTALS: Totals;
}

#[test]
fn the_values_of_threads_that_have_ended_count_on() {
    let dir = directory();
    TOTALS.init(Totals::options().dir(dir.path())).unwrap();
    TOTALS.with(|totals| totals.record(1));
    let path = TOTALS.path();
    for n in [20, 300] {
        thread::spawn(move || TOTALS.with(|totals| totals.record(n))).join().unwrap();
    }
    assert_total(&path, &[1, 20, 300]);
    let Value::Timer(timer) = value(&path, "timer") else { panic!("a timer") };
    assert_eq!(timer.last(), None, "of several threads nobody knows which was last");
    // A moving average is of one thread, and the next one starts anew.
    let of_a_new_thread = thread::spawn(|| TOTALS.with(|totals| totals.moving.get())).join().unwrap();
    assert_eq!(of_a_new_thread, None);
}

#[test]
fn a_program_that_resumes_counts_on_from_the_one_before() {
    let dir = directory();
    let options = || Totals::options().dir(dir.path()).file_name("totals.mmstats").keep(true);
    let before = options().create().unwrap();
    before.record(1);
    before.record(20);
    drop(before);
    let after = options().resume(true).create().unwrap();
    after.record(300);
    assert_total(&after.path(), &[1, 20, 300]);
    assert_eq!(after.moving.get(), Some(300.0));
    assert_eq!(after.timer.last(), Duration::from_nanos(300));
}
