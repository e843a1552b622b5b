//! The expansion's `unsafe impl` is the macro's promise, not the user's: lints do not see it.
#![forbid(unsafe_code, unused_qualifications, deprecated, missing_docs)]
#![deny(warnings)]

use mmstats::{Counter, Family, MmStats, Record, StatKey, StatRecord, Text, UpDown};

/// A struct that is private in part.
#[derive(MmStats)]
#[repr(C, align(128))]
pub(crate) struct DbStats {
    in_flight: UpDown,
}

/// A struct with everything.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
pub struct WebStats {
    hits: Counter,
    #[mmstats(value = concat!("v", env!("CARGO_PKG_VERSION")))]
    version: Text<32>,
    #[mmstats(flatten, prefix = "db.")]
    db: DbStats,
    requests: Family<Method, Counter>,
    last: Record<Last>,
}

/// A key.
#[derive(StatKey)]
#[mmstats(tag = "request.method")]
pub enum Method {
    /// A variant that is never made.
    #[mmstats(value = "GET")]
    Get,
}

/// A record.
#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
pub struct Last {
    #[mmstats(unit = "bytes")]
    size: u64,
    time: f64,
}

/// A struct without fields.
#[derive(MmStats)]
#[repr(C)]
pub struct NoStats {}

fn main() {
    let _ = (WebStats::create, NoStats::create);
}
