//! An unknown aggregate is answered by the known ones.

use mmstats::{Gauge, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(aggregate = "average")]
    load: Gauge<f64>,
    #[mmstats(aggregate = "Max")]
    last_hit: Gauge<f64>,
}

fn main() {
    let _ = WebStats::create();
}
