//! Of two threads that update one single-writer field, one would lose its update.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    hits: Counter,
}

fn main() {
    let stats = WebStats::create().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| stats.hits.incr());
    });
}
