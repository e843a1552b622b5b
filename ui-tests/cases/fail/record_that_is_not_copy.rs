//! A record is copied into the file.

use mmstats::StatRecord;

#[derive(StatRecord)]
#[repr(C)]
struct LastRequest {
    size: u64,
}

fn main() {}
