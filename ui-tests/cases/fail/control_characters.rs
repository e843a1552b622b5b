//! No text has control characters: they would reach a reader's terminal.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct PoolStats {
    made: Counter,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web\n")]
struct WebStats {
    #[mmstats(label = "hits\u{1b}[2J")]
    hits: Counter,
    #[mmstats(unit = "bytes\t")]
    sent: Counter,
    #[doc = "Requests\u{7f}"]
    requests: Counter,
    #[mmstats(flatten, prefix = "pool\0")]
    pool: PoolStats,
}

fn main() {
    let _ = WebStats::create();
}
