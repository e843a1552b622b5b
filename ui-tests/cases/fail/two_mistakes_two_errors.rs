//! Two mistakes are two errors, each where it stands, and no others.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(lable = "hit")]
    hits: Counter,
    #[mmstats(label = "")]
    misses: Counter,
}

fn main() {
    let stats = WebStats::create().unwrap();
    stats.hits.incr();
}
