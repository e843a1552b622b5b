//! A prefix leaves room for a label; it is one error, not one for each field.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
struct WebStats {
    hits: Counter,
    misses: Counter,
}

fn main() {
    let _ = WebStats::create();
}
