//! A constant is one value.

use mmstats::{Counter, Family, Gauge, MmStats, Record, StatKey, StatRecord};

#[derive(StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Limits {
    size: u64,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(value = 5)]
    requests: Family<Method, Counter>,
    #[mmstats(value = Limits { size: 4096 })]
    limits: Record<Limits>,
    #[mmstats(value = 1)]
    queues: [Gauge<u32>; 4],
}

fn main() {
    let _ = WebStats::create();
}
