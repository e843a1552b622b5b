//! A field of mmstats is not flattened: it has no fields.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(flatten)]
    requests: Family<Method, Counter>,
}

fn main() {
    let _ = WebStats::create();
}
