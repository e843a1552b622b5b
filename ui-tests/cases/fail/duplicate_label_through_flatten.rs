//! A label names one field, also after prefixes and through flattened structs.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct PoolStats {
    made: Counter,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "db.")]
struct DbStats {
    calls: Counter,
    #[mmstats(flatten, prefix = "pool.")]
    pool: PoolStats,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct WebStats {
    #[mmstats(label = "db.pool.made")]
    connections: Counter,
    #[mmstats(flatten)]
    db: DbStats,
}

fn main() {
    let _ = WebStats::create();
}
