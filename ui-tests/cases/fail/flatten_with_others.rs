//! The fields of a flattened struct have labels, units and values of their own.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct DbStats {
    calls: Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(flatten, label = "db", unit = "calls", aggregate = "sum", value = 5)]
    db: DbStats,
}

fn main() {
    let _ = WebStats::create();
}
