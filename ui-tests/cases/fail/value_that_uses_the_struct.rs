//! A `value` is computed before the struct has any.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(value = self.misses.get())]
    hits: Counter,
    misses: Counter,
}

fn main() {
    let _ = WebStats::create();
}
