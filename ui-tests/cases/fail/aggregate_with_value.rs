//! A constant is the same in all threads: there is nothing to combine.

use mmstats::{Gauge, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(aggregate = "max", value = 80)]
    port: Gauge<u16>,
}

fn main() {
    let _ = WebStats::create();
}
