//! Readers find values at fixed places: an enum has none.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
enum WebStats {
    Hits(Counter),
}

fn main() {
    let _ = WebStats::create();
}
