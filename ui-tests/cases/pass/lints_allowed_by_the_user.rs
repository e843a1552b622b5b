//! A lint that is allowed on the struct or a field does not come back through the expansion.
#![deny(warnings, unused_qualifications)]

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[deprecated]
pub struct OldStats {
    #[deprecated]
    #[mmstats(value = 5)]
    hits: Counter,
}

#[derive(MmStats)]
#[repr(C)]
#[expect(unused_qualifications, reason = "to try it")]
pub struct WebStats {
    misses: mmstats::Counter,
    #[allow(deprecated)]
    #[mmstats(flatten)]
    old: OldStats,
}

fn main() {
    let _ = WebStats::create;
}
