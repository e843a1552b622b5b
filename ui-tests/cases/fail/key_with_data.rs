//! A family has a field for each variant, so variants hold nothing.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
enum Method {
    Get,
    Post { body: bool },
    Other(String),
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<Method, Counter>,
}

fn main() {
    let stats = WebStats::create().unwrap();
    stats.requests[Method::Get].incr();
}
