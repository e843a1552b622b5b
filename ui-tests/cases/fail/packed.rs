//! Values are updated atomically, so that they are aligned.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C, packed)]
struct WebStats {
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
