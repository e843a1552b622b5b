//! Counters are added up: there is nothing to choose.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(aggregate = "max")]
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
