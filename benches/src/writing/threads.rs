//! Two threads at once: a run is as many operations of each.

use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use metriken::{ShardedCounterGroup, metric};
use prometheus_client::metrics;

use super::floor::words;
use super::group::{Group, Role};
use super::peers::{METER, RECORDER};
use super::subject::{Subject, THREADS};

#[metric(name = "bench_threads")]
static COUNTER: metriken::Counter = metriken::Counter::new();
#[metric(name = "bench_threads_sharded")]
static SHARDED: ShardedCounterGroup = ShardedCounterGroup::new(1);

/// With words of their own, and with one for both.
pub(crate) fn groups(subject: &Subject) -> Vec<Group<'_>> {
    LazyLock::force(&RECORDER);
    vec![own_slots(), shared(subject)]
}

/// Each thread in its own slot, beside the peers' counters that take updates of all threads.
fn own_slots() -> Group<'static> {
    let client = metrics::counter::Counter::<u64>::default();
    let prometheus =
        prometheus::IntCounter::new("counter", "What was counted").expect("the name is a good one");
    let measured = measured::Counter::new();
    let handle = ::metrics::counter!("bench_threads_handle");
    let opentelemetry = METER.u64_counter("bench.threads").build();
    Group::new("counter, two threads: add 1")
        .of_several_threads()
        .at_most_floors(1.15)
        .at_least_faster(4.0)
        .add(Role::Floor, "one thread, in its slot", count_in_slot)
        .add(Role::Ours, "ThreadStats: Counter::incr", at_once(count_in_slot))
        .add(Role::Peer, "prometheus-client: Counter::inc", at_once(times(move || client.inc())))
        .add(Role::Peer, "prometheus: IntCounter::inc", at_once(times(move || prometheus.inc())))
        .add(Role::Peer, "measured: Counter::inc", at_once(times(move || measured.inc())))
        .add(Role::Peer, "metriken: Counter::increment", at_once(times(|| COUNTER.increment())))
        .add(Role::Peer, "metriken: ShardedCounterGroup::increment", at_once(times(|| SHARDED.increment(0))))
        .add(Role::Peer, "metrics: Counter::increment, kept", at_once(times(move || handle.increment(1))))
        .add(
            Role::Peer,
            "metrics: counter!, increment",
            at_once(times(|| ::metrics::counter!("bench_threads").increment(1))),
        )
        .add(Role::Peer, "opentelemetry: Counter::add", at_once(times(move || opentelemetry.add(1, &[]))))
}

/// Both threads on one word.
fn shared(subject: &Subject) -> Group<'_> {
    let (shared, word) = (&*subject.shared, &words(&subject.shared.by_hand)[0]);
    Group::new("shared counter, two threads: add 1")
        .of_several_threads()
        .at_most_floors(1.1)
        .add(Role::Floor, "relaxed fetch_add", at_once(times(move || word.fetch_add(1, Relaxed))))
        .add(Role::Ours, "sync::Counter::incr", at_once(times(|| shared.counter.incr())))
}

fn count_in_slot(count: u32) {
    let stats = THREADS.handle();
    for _ in 0..count {
        stats.counter.incr();
        black_box(());
    }
}

/// Does `operation` as many times as it is told.
fn times<R>(operation: impl Fn() -> R + Sync) -> impl Fn(u32) + Sync {
    move |count| {
        for _ in 0..count {
            operation();
            // As in `repeat`.
            black_box(());
        }
    }
}

/// Lets another thread and this one `run` at once.
fn at_once(run: impl Fn(u32) + Sync) -> impl FnMut(u32) {
    move |count| {
        thread::scope(|scope| {
            scope.spawn(|| run(count));
            run(count);
        });
    }
}
