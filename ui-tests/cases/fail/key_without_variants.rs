//! A family of nothing is a mistake.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
enum Method {}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<Method, Counter>,
}

fn main() {
    let _ = WebStats::create();
}
