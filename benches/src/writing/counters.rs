//! Single words: counters and gauges.

use std::array;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;

use metriken::{ShardedCounterGroup, metric};
use prometheus_client::metrics;

use super::floor::{add, words};
use super::group::Group;
use super::peers::{METER, RECORDER};
use super::subject::{Subject, THREADS, chance, pick};

#[metric(name = "bench_counter")]
static COUNTER: metriken::Counter = metriken::Counter::new();
#[metric(name = "bench_sharded")]
static SHARDED: ShardedCounterGroup = ShardedCounterGroup::new(1);
#[metric(name = "bench_many")]
static MANY: ShardedCounterGroup = ShardedCounterGroup::new(1024);
#[metric(name = "bench_gauge")]
static GAUGE: metriken::Gauge = metriken::Gauge::new();

/// Adding to one, setting one, and adding to many by turns.
pub(crate) fn groups(subject: &Subject) -> Vec<Group<'_>> {
    LazyLock::force(&RECORDER);
    vec![counter(subject), gauge(subject), shared(subject), through_thread_local(subject), many(subject)]
}

fn counter(subject: &Subject) -> Group<'_> {
    let (own, word) = (&*subject.own, &words(&subject.own.by_hand)[0]);
    let group = Group::new("counter: add 1")
        .at_most_floors(1.1)
        .at_least_faster(4.0)
        .floor("relaxed load, add, store", move |_| add(word, 1))
        .ours("Counter::incr", |_| own.counter.incr());
    with_peers(group)
}

/// The peers' counters, which all threads share.
fn with_peers(group: Group<'_>) -> Group<'_> {
    let client = metrics::counter::Counter::<u64>::default();
    let prometheus =
        prometheus::IntCounter::new("counter", "What was counted").expect("the name is a good one");
    let measured = measured::Counter::new();
    let handle = ::metrics::counter!("bench_counter_handle");
    let opentelemetry = METER.u64_counter("bench.counter").build();
    group
        .peer("prometheus-client: Counter::inc", move |_| {
            client.inc();
        })
        .peer("prometheus: IntCounter::inc", move |_| prometheus.inc())
        .peer("measured: Counter::inc", move |_| measured.inc())
        .peer("metriken: Counter::increment", |_| {
            COUNTER.increment();
        })
        .peer("metriken: ShardedCounterGroup::increment", |_| {
            SHARDED.increment(0);
        })
        .peer("metrics: Counter::increment, kept", move |_| handle.increment(1))
        .peer("metrics: counter!, increment", |_| ::metrics::counter!("bench_counter").increment(1))
        .peer("opentelemetry: Counter::add", move |_| opentelemetry.add(1, &[]))
}

fn gauge(subject: &Subject) -> Group<'_> {
    let (own, word) = (&*subject.own, &words(&subject.own.by_hand)[0]);
    let client = metrics::gauge::Gauge::<i64>::default();
    let prometheus = prometheus::IntGauge::new("gauge", "What was set").expect("the name is a good one");
    let measured = measured::Gauge::new();
    let opentelemetry = METER.u64_gauge("bench.gauge").build();
    Group::new("gauge: set")
        .at_most_floors(1.1)
        .floor("relaxed store", move |index| word.store(index as u64, Relaxed))
        .ours("Gauge::set", |index| own.level.set(index as u64))
        .peer("prometheus-client: Gauge::set", move |index| {
            client.set(signed(index));
        })
        .peer("prometheus: IntGauge::set", move |index| prometheus.set(signed(index)))
        .peer("measured: Gauge::set", move |index| measured.set(signed(index)))
        .peer("metriken: Gauge::set", |index| {
            GAUGE.set(signed(index));
        })
        .peer("metrics: gauge!, set", |index| ::metrics::gauge!("bench_gauge").set(float(index)))
        .peer("opentelemetry: Gauge::record", move |index| opentelemetry.record(index as u64, &[]))
}

fn shared(subject: &Subject) -> Group<'_> {
    let (shared, word) = (&*subject.shared, &words(&subject.shared.by_hand)[0]);
    Group::new("shared counter, one thread: add 1")
        .at_most_floors(1.1)
        .floor("relaxed fetch_add", move |_| {
            word.fetch_add(1, Relaxed);
        })
        .ours("sync::Counter::incr", |_| shared.counter.incr())
}

fn through_thread_local(subject: &Subject) -> Group<'_> {
    let word = &words(&subject.own.by_hand)[0];
    Group::new("counter of this thread: add 1")
        .at_most_floors(2.2)
        .at_most_instructions(8.0)
        .floor("relaxed load, add, store, by reference", move |_| add(word, 1))
        .ours("ThreadLocal::with, Counter::incr", |_| THREADS.with(|stats| stats.counter.incr()))
}

fn many(subject: &Subject) -> Group<'_> {
    let counters = &subject.own.counters;
    let by_hand = words(&subject.own.by_hand);
    let order = pick(chance().map(|number| (number >> 32) as usize % 1024));
    let next = move |index: usize| order[index % 1024] % 1024;
    let client: [metrics::counter::Counter; 1024] = array::from_fn(|_| metrics::counter::Counter::default());
    Group::new("1,024 counters by chance: add 1")
        .at_most_floors(1.2)
        .floor("relaxed load, add, store of raw words", move |index| add(&by_hand[next(index)], 1))
        .ours("[Counter; 1024], Counter::incr", move |index| counters[next(index)].incr())
        .peer("prometheus-client: [Counter; 1024], inc", {
            move |index| {
                client[next(index)].inc();
            }
        })
        .peer("metriken: ShardedCounterGroup::increment", move |index| {
            MANY.increment(next(index));
        })
}

fn signed(index: usize) -> i64 {
    index.cast_signed() as i64
}

#[expect(clippy::cast_precision_loss, reason = "any number will do")]
fn float(index: usize) -> f64 {
    index as f64
}
