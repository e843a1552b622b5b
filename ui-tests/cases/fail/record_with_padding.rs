//! What a record publishes is its members, and no bytes between them.

use mmstats::{MmStats, Record, StatRecord};

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct LastRequest {
    status: u32,
    size: u64,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    last_request: Record<LastRequest>,
}

fn main() {
    let _ = WebStats::create();
}
