//! A key is an enum: it has finitely many values.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
struct Method {
    name: u8,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    requests: Family<Method, Counter>,
}

fn main() {
    let _ = WebStats::create();
}
