//! An array, or a family, is one of fields.

use mmstats::{Family, MmStats, StatKey};

#[derive(StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    queues: [u64; 4],
    requests: Family<Method, u64>,
}

fn main() {
    let _ = WebStats::create();
}
