//! A field's prefix is for the fields of a flattened struct.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(prefix = "web.")]
    hits: Counter,
}

fn main() {
    let _ = WebStats::create();
}
