//! A static is shared between threads.

use mmstats::{Counter, MmStats, Stats};

use std::sync::LazyLock;

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    hits: Counter,
}

static STATS: LazyLock<Stats<WebStats>> = LazyLock::new(|| WebStats::create().unwrap());

fn main() {
    STATS.hits.incr();
}
