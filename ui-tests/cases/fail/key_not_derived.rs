//! A key derives `StatKey`.

use mmstats::{Counter, Family, MmStats};

enum Method {
    Get,
    Post,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<Method, Counter>,
}

fn main() {
    let _ = WebStats::create();
}
