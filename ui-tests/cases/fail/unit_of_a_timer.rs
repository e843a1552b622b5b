//! A timer is in seconds.

use mmstats::{MmStats, Timer};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(unit = "seconds")]
    latency: Timer,
    #[mmstats(unit = "milliseconds")]
    delay: Timer,
}

fn main() {}
