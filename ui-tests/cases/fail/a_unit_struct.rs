//! A struct without fields is written with braces.

use mmstats::{MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats;

fn main() {
    let _ = WebStats::create();
}
