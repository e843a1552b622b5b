//! A counter that is picked by an enum.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;

use measured::label::StaticLabelSet;
use measured::{CounterVec, FixedCardinalityLabel};
use metriken::{CounterGroup, metric};
use opentelemetry::KeyValue;
use prometheus::{IntCounterVec, Opts};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::floor::{add, words};
use super::group::Group;
use super::peers::{METER, RECORDER};
use super::subject::{Method, Subject, chance, pick};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: Verb,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue, FixedCardinalityLabel)]
#[label(singleton = "method")]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

#[metric(name = "bench_requests")]
static REQUESTS: CounterGroup = CounterGroup::new(4);

/// A counter for each of four methods, which come by chance.
pub(crate) fn groups(subject: &Subject) -> Vec<Group<'_>> {
    let own = &*subject.own;
    let requests: &[AtomicU64; 4] = words(&own.by_hand).first_chunk().expect("there are 1,024");

    let methods = pick(chance().map(|number| Method::ALL[(number >> 32) as usize % 4]));
    let verbs = methods.map(|method| match method {
        Method::Get => Verb::Get,
        Method::Post => Verb::Post,
        Method::Put => Verb::Put,
        Method::Delete => Verb::Delete,
    });
    let of = move |index: usize| methods[index % 1024];
    let verb_of = move |index: usize| verbs[index % 1024];

    let client = Family::<Labels, Counter>::default();
    let prometheus = IntCounterVec::new(Opts::new("requests", "Requests that came in"), &["method"])
        .expect("the name is a good one");
    let measured = CounterVec::with_label_set(StaticLabelSet::<Verb>::new());
    let opentelemetry = METER.u64_counter("bench.requests").build();
    LazyLock::force(&RECORDER);

    vec![
        Group::new("counter picked by an enum of four")
            .at_most_floors(1.3)
            .at_least_faster(3.0)
            .floor("array by enum by hand", move |index| add(&requests[of(index) as usize], 1))
            .ours("Family::index, Counter::incr", move |index| own.requests[of(index)].incr())
            .peer("measured: CounterVec::inc", move |index| measured.inc(verb_of(index)))
            .peer("metriken: CounterGroup::increment", move |index| {
                REQUESTS.increment(of(index) as usize);
            })
            .peer("prometheus-client: Family::get_or_create, inc", move |index| {
                client.get_or_create(&Labels { method: verb_of(index) }).inc();
            })
            .peer("prometheus: with_label_values, inc", move |index| {
                prometheus.with_label_values(&[of(index).name()]).inc();
            })
            .peer("metrics: counter!, increment", move |index| {
                metrics::counter!("bench_requests", "method" => of(index).name()).increment(1);
            })
            .peer("opentelemetry: Counter::add", move |index| {
                opentelemetry.add(1, &[KeyValue::new("method", of(index).name())]);
            }),
    ]
}
