//! A mistake that the macro finds does not hide one that the type checker finds.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(label = "")]
    hits: Counter,
    misses: u64,
}

fn main() {
    let _ = WebStats::create();
}
