//! A `value` has the type of its field, and the error stands at the value.

use mmstats::{Gauge, MmStats, Text};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(value = 5)]
    version: Text<32>,
    #[mmstats(value = "80")]
    port: Gauge<u16>,
}

fn main() {
    let _ = WebStats::create();
}
