//! What a record holds derives `StatRecord`.

use mmstats::{MmStats, Record};

#[derive(Clone, Copy)]
#[repr(C)]
struct LastRequest {
    size: u64,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    last_request: Record<LastRequest>,
    last_size: Record<u64>,
}

fn main() {
    let _ = WebStats::create();
}
