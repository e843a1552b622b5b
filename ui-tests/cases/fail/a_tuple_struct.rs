//! A label comes from the field's name.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats(Counter);

fn main() {
    let _ = WebStats::create();
}
