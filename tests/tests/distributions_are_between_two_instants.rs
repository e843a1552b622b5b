//! Averages, histograms and timers that are read while they are recorded to: each number is whole, and between
//! what it was before the read and what it was after it. Once the writers rest, all are exact.

use std::process::Command;
use std::time::{Duration, Instant};

use mmstats_format::value::{AverageValue, HistogramValue};
use mmstats_reader::{Reader, Value};
use mmstats_tests::recorder::{VALUES, turn};
use mmstats_tests::subject::Subject;

const READS: u32 = 10_000;
const STEPS: u64 = 1_000_000;

#[test]
fn of_one_writer() {
    read_while_recording("alone");
}

#[test]
fn of_several_writers() {
    read_while_recording("shared");
}

fn read_while_recording(mode: &str) {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut recorder = Subject::spawn(Command::new(env!("CARGO_BIN_EXE_recorder")).arg(mode));
    let path = recorder.create(dir.path(), "recorder.mmstats");
    let mut reader = Reader::open(&path).unwrap();
    let begin = Instant::now();
    let (mut before, mut between) = (View::read(&mut reader), View::read(&mut reader));
    for read in 1.. {
        let after = View::read(&mut reader);
        between.assert_between(&before.finished, &after.started);
        (before, between) = (between, after);
        let steps: u64 = before.finished.iter().sum();
        if read >= READS && steps >= STEPS {
            println!("{read} reads of {steps} steps");
            break;
        }
        assert!(begin.elapsed() < Duration::from_mins(4), "{steps} steps after {read} reads");
    }
    assert_eq!(recorder.ask("stop"), "done");
    let rest = View::read(&mut reader);
    assert_eq!(rest.started, rest.finished);
    rest.assert_between(&rest.finished, &rest.started);
}

/// What a snapshot shows.
#[derive(Default)]
struct View {
    /// Steps that each thread had started.
    started: Vec<u64>,
    /// Steps that each thread had finished.
    finished: Vec<u64>,
    average: AverageValue,
    histograms: Vec<HistogramValue>,
    last: Option<u64>,
}

impl View {
    fn read(reader: &mut Reader) -> Self {
        let mut view = Self::default();
        for metric in reader.snapshot().unwrap().metrics() {
            match (metric.label(), metric.value().unwrap()) {
                ("started", Value::U64(steps)) => view.started.push(steps),
                ("finished", Value::U64(steps)) => view.finished.push(steps),
                ("average", Value::Average(average)) => view.average = average,
                ("values", Value::Histogram(histogram)) => view.histograms.push(*histogram),
                ("durations", Value::Timer(timer)) => {
                    view.last = timer.last();
                    view.histograms.push(timer.durations().clone());
                }
                _ => {}
            }
        }
        assert_eq!(view.histograms.len(), 2);
        view
    }

    /// Asserts that each number is at least that of the steps `finished`, and at most that of the steps
    /// `started`.
    fn assert_between(&self, finished: &[u64], started: &[u64]) {
        let (least, most) = (Totals::of(finished), Totals::of(started));
        let assert_between = |what: &str, least: u64, found: u64, most: u64| {
            assert!((least..=most).contains(&found), "{what} is {found}, steps {finished:?} to {started:?}");
        };
        assert_between("the average's count", least.steps(), self.average.count(), most.steps());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a sum of small integers"
        )]
        let sum = self.average.sum() as u64;
        assert_between("the average's sum", least.turns, sum, most.turns);
        for histogram in &self.histograms {
            assert_between("a sum", least.sum, histogram.sum(), most.sum);
            assert!(histogram.buckets().count() <= VALUES.len(), "{histogram:?}");
            for (index, value) in VALUES.into_iter().enumerate() {
                let bucket = histogram.buckets().find(|(bounds, _)| bounds.contains(&value));
                let count = bucket.map_or(0, |(_, count)| count);
                assert_between("a bucket", least.counts[index], count, most.counts[index]);
            }
        }
        let is_whole = |last| last == 0 || VALUES.contains(&last);
        assert!(self.last.is_none_or(is_whole), "{:?}", self.last);
    }
}

/// What has to be recorded after so many steps of each thread.
struct Totals {
    counts: [u64; VALUES.len()],
    sum: u64,
    turns: u64,
}

impl Totals {
    fn of(steps: &[u64]) -> Self {
        let mut totals = Self { counts: [0; VALUES.len()], sum: 0, turns: 0 };
        for (index, value) in (0..).zip(VALUES) {
            // Steps of this turn among the first `steps`.
            let count: u64 = steps.iter().map(|steps| (steps + 7 - index) / 8).sum();
            totals.counts[usize::from(turn(index))] = count;
            totals.sum += count * value;
            totals.turns += count * index;
        }
        totals
    }

    fn steps(&self) -> u64 {
        self.counts.iter().sum()
    }
}
