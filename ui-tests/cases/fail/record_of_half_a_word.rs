//! A record is a number of whole words of four bytes.

use mmstats::StatRecord;

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

fn main() {}
