//! A label names one field of a struct.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct WebStats {
    hits: Counter,
    #[mmstats(label = "hits")]
    requests: Counter,
}

fn main() {
    let _ = WebStats::create();
}
