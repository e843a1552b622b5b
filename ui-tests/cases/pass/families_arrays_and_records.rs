//! Families of pairs and triples, of texts and records, arrays of them, and what is shared by threads.

use mmstats::{Counter, Family, Gauge, MmStats, Record, StatKey, StatRecord, Text, sync};

macro_rules! keys {
    ($($key:ident: $($variant:ident)*;)*) => {
        $(
            #[derive(Debug, StatKey)]
            enum $key {
                $($variant,)*
            }
        )*
    };
}

keys! {
    Method: Get Post;
    Status: Success Failure;
    Zone: Inside Outside;
}

#[derive(Clone, Copy, Debug, StatRecord)]
#[repr(C)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Debug, MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<(Method, Status), Counter>,
    #[mmstats(aggregate = "max")]
    load: Family<(Method, Status, Zone), Gauge<f64>>,
    phases: Family<Zone, Text<8>>,
    retries: Family<Method, [Counter; 3]>,
    points: [Record<Point>; 2],
    places: Family<Zone, Record<Point>>,
}

#[derive(MmStats)]
#[repr(C)]
struct SharedStats {
    requests: sync::Family<Method, sync::Counter>,
    queues: [sync::Counter; 2],
}

/// A function that is generic over keys.
fn total<K: StatKey>(family: &Family<K, Counter>) -> u64 {
    family.iter().map(|(_, counter)| counter.get()).sum()
}

mmstats::thread_local! {
    static LOCAL: LocalStats;
}

#[derive(MmStats)]
#[repr(C)]
struct LocalStats {
    requests: Family<Method, Counter>,
    place: Record<Point>,
}

fn is_sync<T: Sync>() {}
fn is_send<T: Send>() {}

fn main() {
    is_sync::<mmstats::Stats<SharedStats>>();
    is_send::<mmstats::Stats<WebStats>>();
    let _ = (total::<(Method, Status)>, &LOCAL, WebStats::create);
}
