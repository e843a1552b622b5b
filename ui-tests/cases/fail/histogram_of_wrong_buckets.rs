//! Which divisions into buckets there are is known when the program is compiled.

use mmstats::{Histogram, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    sizes: Histogram<4, 63>,
}

fn main() {
    let _ = WebStats::create();
}
