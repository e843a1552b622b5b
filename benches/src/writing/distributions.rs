//! Histograms and timers.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use histogram::AtomicHistogram;
use measured::metric::histogram::Thresholds;
use metriken::{AtomicCounterHistogram, ShardedCounterHistogram, metric};
use prometheus::HistogramOpts;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use quanta::Clock;

use super::floor::{self, words};
use super::group::Group;
use super::peers::{BUCKETS, METER, RECORDER};
use super::subject::{Subject, chance, pick};

/// As ours: 16 buckets in a power of two, over all of u64.
#[metric(name = "bench_histogram")]
static HISTOGRAM: AtomicCounterHistogram = AtomicCounterHistogram::new(4, 64);
#[metric(name = "bench_sharded_histogram")]
static SHARDED: ShardedCounterHistogram = ShardedCounterHistogram::new(4, 64);
#[metric(name = "bench_timer")]
static TIMES: AtomicCounterHistogram = AtomicCounterHistogram::new(4, 64);

/// Histograms of one thread and of several, and a timer.
pub(crate) fn groups(subject: &Subject) -> Vec<Group<'_>> {
    vec![histogram(subject), shared(subject), timer(subject)]
}

/// From one to a thousand million, each size as likely as another.
fn values() -> impl Fn(usize) -> u64 + Copy {
    let values = pick(chance().map(|number| (number >> 32 & 0x3fff_ffff) >> (number % 30) | 1));
    move |index| values[index % 1024]
}

fn histogram(subject: &Subject) -> Group<'_> {
    let (own, by_hand) = (&*subject.own, floor::Histogram::new(words(&subject.own.by_hand)));
    let value = values();
    let atomic = AtomicHistogram::new(4, 64).expect("it is a good division");
    let group = Group::new("histogram: record a value")
        .at_most_floors(1.3)
        .at_least_faster(1.5)
        .floor("log-linear by hand", move |index| by_hand.record(value(index)))
        .ours("Histogram::record", move |index| own.histogram.record(value(index)))
        .peer("histogram: AtomicHistogram::increment", move |index| {
            atomic.increment(value(index)).expect("it takes all of u64");
        })
        .peer("metriken: AtomicCounterHistogram::increment", move |index| {
            HISTOGRAM.increment(value(index)).expect("it takes all of u64");
        })
        .peer("metriken: ShardedCounterHistogram::increment", move |index| {
            SHARDED.increment(value(index)).expect("it takes all of u64");
        });
    with_peers_of_floats(group, move |index| float(value(index)))
}

/// The peers that want to be told the bounds of buckets, and take floats.
fn with_peers_of_floats<'a>(group: Group<'a>, value: impl Fn(usize) -> f64 + Copy + 'a) -> Group<'a> {
    let bounds = || exponential_buckets(1.0, 2.0, u16::try_from(BUCKETS).expect("ten"));
    let client = Histogram::new(bounds());
    let options = HistogramOpts::new("histogram", "What was recorded").buckets(bounds().collect());
    let prometheus = prometheus::Histogram::with_opts(options).expect("the name is a good one");
    let measured = measured::Histogram::with_metadata(Thresholds::<BUCKETS>::exponential_buckets(1.0, 2.0));
    let opentelemetry = METER.f64_histogram("bench.histogram").build();
    group
        .peer("prometheus-client: Histogram::observe", move |index| client.observe(value(index)))
        .peer("prometheus: Histogram::observe", move |index| prometheus.observe(value(index)))
        .peer("measured: Histogram::observe", move |index| measured.observe(value(index)))
        .peer("metrics: histogram!, record", move |index| {
            metrics::histogram!("bench_histogram").record(value(index));
        })
        .resting(|| RECORDER.run_upkeep())
        .peer("opentelemetry: Histogram::record", move |index| opentelemetry.record(value(index), &[]))
}

fn shared(subject: &Subject) -> Group<'_> {
    let (shared, by_hand) = (&*subject.shared, floor::Histogram::new(words(&subject.shared.by_hand)));
    let value = values();
    Group::new("shared histogram, one thread: record a value")
        .floor("log-linear by hand, two fetch_add", move |index| by_hand.record_shared(value(index)))
        .ours("sync::Histogram::record", move |index| shared.histogram.record(value(index)))
}

fn timer(subject: &Subject) -> Group<'_> {
    let (own, clock) = (&*subject.own, Clock::new());
    let memory = words(&subject.own.by_hand);
    let by_hand = floor::Histogram::new(memory);
    let [.., last] = memory;
    let client = Histogram::new(exponential_buckets(1e-9, 2.0, 10));
    let prometheus = prometheus::Histogram::with_opts(HistogramOpts::new("timer", "How long it took"))
        .expect("the name is a good one");
    let measured = measured::Histogram::with_metadata(Thresholds::<BUCKETS>::exponential_buckets(1e-9, 2.0));
    let opentelemetry = METER.f64_histogram("bench.timer").build();
    Group::new("timer: start to stop")
        .at_most_floors(1.1)
        .at_least_faster(1.8)
        .floor("two clock reads, and log-linear by hand", move |_| {
            let start = clock.raw();
            let elapsed = clock.delta_as_nanos(start, clock.raw());
            by_hand.record(elapsed);
            last.store(elapsed, Relaxed);
        })
        .ours("Timer::start, dropped", |_| drop(own.timer.start()))
        .peer("metriken: Instant, AtomicCounterHistogram::increment", |_| {
            let start = Instant::now();
            let elapsed = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            TIMES.increment(elapsed).expect("it takes all of u64");
        })
        .peer("prometheus-client: Instant, Histogram::observe", move |_| {
            let start = Instant::now();
            client.observe(start.elapsed().as_secs_f64());
        })
        .peer("prometheus: Histogram::start_timer, dropped", move |_| drop(prometheus.start_timer()))
        .peer("measured: Histogram::start_timer, dropped", move |_| drop(measured.start_timer()))
        .peer("metrics: Instant, histogram!, record", |_| {
            let start = Instant::now();
            metrics::histogram!("bench_timer").record(start.elapsed());
        })
        .resting(|| RECORDER.run_upkeep())
        .peer("opentelemetry: Instant, Histogram::record", move |_| {
            let start = Instant::now();
            opentelemetry.record(start.elapsed().as_secs_f64(), &[]);
        })
}

#[expect(clippy::cast_precision_loss, reason = "any number will do")]
fn float(value: u64) -> f64 {
    value as f64
}
