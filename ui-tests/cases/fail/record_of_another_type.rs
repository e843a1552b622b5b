//! The members of a record are numbers: every value of their bytes is one.

use mmstats::StatRecord;

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct LastRequest {
    size: u64,
    is_secure: bool,
    reserved: [u8; 7],
}

fn main() {}
