//! An attribute is given once, also over several `#[mmstats(...)]`.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.", prefix = "http.")]
struct WebStats {
    #[mmstats(label = "hit", unit = "hits")]
    #[mmstats(label = "hits")]
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
