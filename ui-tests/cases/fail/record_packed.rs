//! Members in order do without padding, `packed` is not needed.

use mmstats::StatRecord;

#[derive(Clone, Copy, StatRecord)]
#[repr(C, packed)]
struct LastRequest {
    status: u32,
    size: u64,
}

#[derive(Clone, Copy, StatRecord)]
struct LastResponse {
    size: u64,
}

fn main() {}
