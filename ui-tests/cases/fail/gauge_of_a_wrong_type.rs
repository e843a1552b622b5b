//! A gauge holds numbers and truth values.

use mmstats::{Gauge, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    name: Gauge<String>,
}

fn main() {
    let _ = WebStats::create();
}
