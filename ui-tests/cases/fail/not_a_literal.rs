//! The macro must know texts, so that they are literals.

use mmstats::{Counter, Gauge, MmStats, Text};

const LABEL: &str = "hits";

#[derive(MmStats)]
#[repr(C)]
#[mmstats(crate = "mmstats", prefix = 5)]
struct WebStats {
    #[mmstats(label = LABEL)]
    hits: Counter,
    #[mmstats(unit = concat!("by", "tes"))]
    sent: Counter,
    #[mmstats(aggregate = max)]
    last_hit: Gauge<f64>,
    #[mmstats(value)]
    version: Text<8>,
    #[mmstats(flatten = true)]
    requests: Counter,
}

fn main() {
    let _ = WebStats::create();
}
