//! An element of an array is told apart by one index.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct GridStats {
    cells: [[Counter; 3]; 4],
}

fn main() {
    let _ = GridStats::create();
}
