//! Only `repr(C)` fixes the layout that the file describes.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
struct WebStats {
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
