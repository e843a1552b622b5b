//! Several keys are a pair or a triple, not a family in a family.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(StatKey)]
enum Status {
    Success,
    Failure,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<Method, Family<Status, Counter>>,
}

fn main() {
    let _ = WebStats::create();
}
