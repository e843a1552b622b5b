//! A lint that is allowed on the struct or a field does not come back through the expansion.
#![deny(warnings, unused_qualifications)]

use mmstats::{Counter, Family, MmStats, Record, StatKey, StatRecord};

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

#[derive(StatKey)]
#[deprecated]
pub enum OldKey {
    #[deprecated]
    Old,
    New,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
#[deprecated]
pub struct OldRecord {
    #[deprecated]
    size: u64,
}

#[derive(MmStats)]
#[repr(C)]
#[allow(deprecated)]
pub struct MoreStats {
    requests: Family<OldKey, Counter>,
    last: Record<OldRecord>,
}

fn main() {
    let _ = (WebStats::create, MoreStats::create);
}
