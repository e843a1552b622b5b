//! A label has at least one byte.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(label = "")]
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
