//! Averages, moving averages, histograms and timers.

use std::ops::RangeInclusive;

use mmstats_reader::{Aggregate, Kind, Metric, Reader, Value, in_unit};

use crate::fixture::{CONSTANT, Field, Fixture, NONE};
use crate::{Place, field_lines, value};

/// Threads 7 and 9; a slot that was given back between them.
const TIDS: [u32; 3] = [7, 0, 9];

/// A histogram with buckets of 0, 1, 2 to 3, and 4 and more.
fn histogram(words: &[&[u64]]) -> Field {
    Field::histogram("sizes", 3, words)
}

fn timer(words: &[&[u64]]) -> Field {
    Field::timer("latency", 3, words)
}

/// A reader of a file with these fields, of one slot for each of `tids`.
fn open(fields: impl IntoIterator<Item = Field>, tids: &[u32]) -> (Place, Reader) {
    let place = Place::new();
    Fixture::with_fields(fields).slots(tids).write(&place.path);
    let reader = Reader::open(&place.path).unwrap();
    (place, reader)
}

/// Buckets with values: bounds, and how many.
type Filled = Vec<(RangeInclusive<u64>, u64)>;

/// Count, sum and filled buckets of a metric that is a histogram or a timer, and the last duration.
fn taken_in(metric: &Metric<'_>) -> (u64, u64, Filled, Option<u64>) {
    let (histogram, last) = match metric.value().unwrap() {
        Value::Histogram(histogram) => (*histogram, None),
        Value::Timer(timer) => (timer.durations().clone(), timer.last()),
        other => panic!("expected a histogram or a timer, found {other:?}"),
    };
    (histogram.count(), histogram.sum(), histogram.buckets().collect(), last)
}

#[test]
fn each_kind_has_a_value_and_a_name_of_its_type() {
    let fields = [
        Field::average("average", &[(4, 10.0)]),
        Field::moving_average("moving", &[(2.5, 3)]),
        Field::moving_average("none_yet", &[(2.5, 0)]),
        histogram(&[&[9, 1, 0, 0, 2]]),
        timer(&[&[3, 5, 0, 0, 2, 0]]),
    ];
    let (_place, mut reader) = open(fields, &[7]);
    let snapshot = reader.snapshot().unwrap();
    let metrics: Vec<Metric<'_>> = snapshot.metrics().skip(5).collect();
    let kinds: Vec<_> = metrics.iter().map(|metric| (metric.kind().unwrap(), metric.type_name())).collect();
    assert_eq!(
        kinds,
        [
            (Kind::Average, "average"),
            (Kind::MovingAverage, "moving_average"),
            (Kind::MovingAverage, "moving_average"),
            (Kind::Histogram, "histogram"),
            (Kind::Timer, "timer"),
        ]
    );
    let Ok(Value::Average(average)) = metrics[0].value() else { panic!() };
    assert_eq!((average.count(), average.sum(), average.mean()), (4, 10.0, Some(2.5)));
    assert_eq!((metrics[1].value(), metrics[2].value()), (Ok(Value::F64(2.5)), Ok(Value::Nothing)));
    assert_eq!(taken_in(&metrics[3]), (3, 9, vec![(0..=0, 1), (4..=u64::MAX, 2)], None));
    assert_eq!(taken_in(&metrics[4]), (2, 5, vec![(2..=3, 2)], Some(3)));
    assert!(metrics.iter().all(|metric| metric.members().next().is_none()));
}

#[test]
fn units_are_applied_on_request() {
    let (_place, mut reader) = open([timer(&[&[3, 5, 0, 0, 2, 0]])], &[7]);
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().last().unwrap();
    assert_eq!((metric.unit(), metric.scale()), ("seconds", -9));
    let scaled = [1_500_000_000.0, 3.0].map(|number| in_unit(number, metric.scale()));
    assert_eq!((scaled, in_unit(2.5, 0), in_unit(2.5, 3)), ([1.5, 3e-9], 2.5, 2500.0));
}

#[test]
fn what_was_taken_in_is_merged_over_all_slots() {
    let fields = [
        Field::average("average", &[(1, 0.5), (2, 8.0), (1, -0.5)]),
        histogram(&[&[9, 1, 0, 0, 2], &[1, 0, 1, 0, 0], &[u64::MAX, 0, 0, 0, 1]]),
        timer(&[&[3, 3, 0, 0, 1, 0], &[1, 1, 0, 1, 0, 0], &[0, 0, 1, 0, 0, 0]]),
    ];
    for tids in [TIDS, [0, 0, 0]] {
        let (_place, mut reader) = open(fields.clone(), &tids);
        let snapshot = reader.snapshot().unwrap();
        let metrics: Vec<Metric<'_>> = snapshot.metrics().skip(4).collect();
        assert_eq!(metrics.len(), 3);
        assert!(metrics.iter().all(|metric| metric.aggregate() == Aggregate::Sum));
        let Ok(Value::Average(average)) = metrics[0].value() else { panic!() };
        assert_eq!((average.count(), average.sum()), (4, 8.0));
        // Sums wrap.
        assert_eq!(taken_in(&metrics[1]), (5, 9, vec![(0..=0, 1), (1..=1, 1), (4..=u64::MAX, 3)], None));
        // Nobody knows whose duration was the last one.
        assert_eq!(taken_in(&metrics[2]), (3, 4, vec![(0..=0, 1), (1..=1, 1), (2..=3, 1)], None));
    }
}

#[test]
fn before_the_first_slot_nothing_was_taken_in() {
    let place = Place::new();
    let fields = [
        Field::average("average", &[(1, 2.0); 2]),
        histogram(&[&[1; 5], &[1; 5]]),
        timer(&[&[1; 6], &[1; 6]]),
    ];
    Fixture { tids: Vec::new(), capacity: 2, ..Fixture::with_fields(fields) }.write(&place.path);
    let mut reader = Reader::open(&place.path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let metrics: Vec<Metric<'_>> = snapshot.metrics().skip(4).collect();
    let Ok(Value::Average(average)) = metrics[0].value() else { panic!() };
    assert_eq!((average.count(), average.mean()), (0, None));
    for metric in &metrics[1..] {
        assert_eq!(taken_in(metric), (0, 0, Vec::new(), None));
    }
}

#[test]
fn a_threads_values_are_its_own() {
    let fields = [
        Field::average("average", &[(1, 0.5), (2, 8.0), (1, -0.5)]),
        Field::moving_average("moving", &[(1.5, 1), (2.5, 1), (0.0, 0)]),
        histogram(&[&[9, 1, 0, 0, 2], &[1, 0, 1, 0, 0], &[4, 0, 0, 0, 1]]),
        timer(&[&[3, 3, 0, 0, 1, 0], &[1, 1, 0, 1, 0, 0], &[0, 0, 1, 0, 0, 0]]),
    ];
    let (_place, mut reader) = open(fields, &TIDS);
    let snapshot = reader.snapshot().unwrap();
    let last = snapshot.threads().last().unwrap();
    let metrics: Vec<Metric<'_>> = last.metrics().skip(1).collect();
    let Ok(Value::Average(average)) = metrics[0].value() else { panic!() };
    assert_eq!((average.count(), average.sum()), (1, -0.5));
    assert_eq!(metrics[1].value(), Ok(Value::Nothing));
    assert_eq!(taken_in(&metrics[2]), (1, 4, vec![(4..=u64::MAX, 1)], None));
    assert_eq!(taken_in(&metrics[3]), (1, 0, vec![(0..=0, 1)], None));
}

#[test]
fn moving_averages_are_shown_thread_by_thread() {
    let values = [(1.5, 1), (2.5, 1), (0.0, 0)];
    let (_place, mut reader) = open([Field::moving_average("moving", &values)], &TIDS);
    assert_eq!(field_lines(&mut reader), ["moving{tid=7} F64(1.5)", "moving{tid=9} Nothing"]);
}

#[test]
fn a_moving_average_whose_mean_is_not_finite_has_none() {
    for mean in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let (_place, mut reader) = open([Field::moving_average("moving", &[(mean, 3)])], &[7]);
        assert_eq!(field_lines(&mut reader), ["moving Nothing"]);
    }
}

#[test]
fn counts_that_are_too_many_together_are_a_lower_bound() {
    let (_place, mut reader) = open([histogram(&[&[0, u64::MAX, 0, 0, 0], &[1, 1, 1, 0, 0]])], &[7, 9]);
    let Value::Histogram(histogram) = value(&mut reader, "sizes") else { panic!() };
    assert!(histogram.summary().count().is_at_least());
    assert_eq!(histogram.summary().mean(), None);
}

#[test]
fn a_finite_number_is_finite_in_its_unit() {
    assert_eq!(in_unit(f64::MAX, 127).to_bits(), f64::MAX.to_bits());
    assert_eq!(in_unit(f64::MIN, 3).to_bits(), f64::MIN.to_bits());
    assert!(in_unit(f64::INFINITY, -9).is_infinite());
    assert!(in_unit(f64::NAN, 3).is_nan());
}

#[test]
fn a_torn_value_is_an_error_that_says_what_to_do() {
    fn read(reader: &mut Reader) -> Result<Value, Box<dyn std::error::Error>> {
        let snapshot = reader.snapshot()?;
        let metric = snapshot.metrics().last().ok_or("no metric")?;
        Ok(metric.value()?)
    }
    let torn = crate::fixture::torn_text(8);
    let (_place, mut reader) = open([Field::text("text", NONE, &[torn])], &[7]);
    let error = read(&mut reader).unwrap_err();
    assert_eq!(error.to_string(), "the value was being written, or is damaged; read it again");
}

#[test]
fn elements_of_an_array_are_merged_one_by_one() {
    let words: [&[u64]; 2] = [&[9, 1, 0, 0, 2, 1, 0, 1, 0, 0], &[2, 0, 0, 1, 0, 4, 0, 0, 0, 1]];
    let (_place, mut reader) = open([histogram(&words).array(2)], &[7, 9]);
    let snapshot = reader.snapshot().unwrap();
    let taken_in: Vec<_> = snapshot.metrics().skip(4).map(|metric| taken_in(&metric)).collect();
    assert_eq!(taken_in[0], (4, 11, vec![(0..=0, 1), (2..=3, 1), (4..=u64::MAX, 2)], None));
    assert_eq!(taken_in[1], (2, 5, vec![(1..=1, 1), (4..=u64::MAX, 1)], None));
}

#[test]
fn a_constant_is_that_of_the_first_leased_slot() {
    let mut constant = histogram(&[&[9, 1, 0, 0, 2], &[1, 0, 1, 0, 0]]);
    constant.aggregate = CONSTANT;
    let (_place, mut reader) = open([constant], &[0, 9]);
    let Value::Histogram(histogram) = value(&mut reader, "sizes") else { panic!() };
    assert_eq!(histogram.count(), 1);
}

#[test]
fn a_division_that_does_not_fit_its_size_is_passed_over() {
    let all = u32::MAX;
    for parameters in [[0, 4, 0], [1, 3, 0], [0, 0, 0], [17, 64, 0], [all, all, all], [0, all, 0]] {
        let (mut histogram, mut timer) = (histogram(&[&[1; 5]]), timer(&[&[1; 6]]));
        (histogram.parameters, timer.parameters) = (parameters, parameters);
        let (_place, mut reader) = open([histogram, timer, Field::counter("last", &[2])], &[7]);
        assert_eq!((reader.skipped(), reader.problem()), (2, None), "{parameters:?}");
        assert_eq!(field_lines(&mut reader), ["last U64(2)"]);
    }
    // The third one is reserved.
    let mut odd = histogram(&[&[0, 1, 0, 0, 0]]);
    odd.parameters[2] = all;
    let (_place, mut reader) = open([odd], &[7]);
    assert_eq!((reader.skipped(), field_lines(&mut reader).len()), (0, 1));
}

#[test]
fn sizes_that_their_types_do_not_have_are_passed_over() {
    let sized = |mut field: Field, len: usize| {
        field.size = len;
        field.values[0].resize(len, 0);
        field
    };
    let moving = || Field::moving_average("m", &[(1.0, 1)]);
    let fields = [
        sized(Field::average("a", &[(1, 1.0)]), 8),
        sized(Field::average("a", &[(1, 1.0)]), 24),
        sized(moving(), 8),
        sized(moving(), 20),
        sized(moving(), 16),
        sized(histogram(&[&[1; 5]]), 32),
        sized(histogram(&[&[1; 5]]), 48),
        sized(timer(&[&[1; 6]]), 40),
    ];
    let (_place, mut reader) = open(fields, &[7]);
    assert_eq!((reader.skipped(), reader.problem()), (7, None));
    assert_eq!(field_lines(&mut reader), ["m F64(1.0)"]);
}

#[test]
fn a_division_of_the_finest_sort_is_read() {
    // 49 * 2^16 buckets.
    let mut words = vec![0; 1 + (49 << 16)];
    (words[0], words[1 + 70_000]) = (70_000, 1);
    let field = Field { parameters: [16, 64, 0], ..Field::histogram("fine", 64, &[&words]) };
    let (_place, mut reader) = open([field], &[7]);
    let Value::Histogram(histogram) = value(&mut reader, "fine") else { panic!() };
    assert_eq!((histogram.count(), histogram.min()), (1, Some(70_000..=70_000)));
}
