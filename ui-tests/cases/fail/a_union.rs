//! Readers find values at places of their own: a union's are shared.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
union WebStats {
    hits: std::mem::ManuallyDrop<Counter>,
}

fn main() {
    let _ = WebStats::create();
}
