//! A field has a type that readers know; the message says which to use.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    hits: u64,
    name: String,
    errors: Counter,
}

fn main() {
    let _ = WebStats::create();
}
