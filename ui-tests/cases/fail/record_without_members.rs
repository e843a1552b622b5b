//! A record of nothing is a mistake, and one of the attributes of fields is not for members.

use mmstats::StatRecord;

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Nothing {}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct LastRequest {
    #[mmstats(unit = "bytes", aggregate = "max")]
    size: u64,
}

fn main() {}
