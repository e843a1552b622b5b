//! Derives where there is no `::mmstats`, in a crate that is linted as strictly as it gets.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused_qualifications, clippy::pedantic)]

use renamed::{Counter, CreateError, Family, Gauge, MmStats, Record, StatKey, StatRecord, Stats, Text};

/// What a pool does.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(crate = renamed)]
pub struct PoolStats {
    /// Connections made.
    pub made: Counter,
}

/// What is asked of a database.
#[derive(StatKey)]
#[mmstats(crate = renamed)]
pub enum Statement {
    /// For rows.
    Select,
    /// To keep rows.
    Insert,
}

/// A call.
#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
#[mmstats(crate = renamed)]
pub struct Call {
    /// When it was made.
    #[mmstats(unit = "seconds")]
    pub time: f64,
    /// Rows that came back.
    pub rows: u64,
}

/// What a database client does.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(crate = renamed, prefix = "db.")]
pub struct DbStats {
    /// Calls made.
    pub calls: Counter,
    /// The slowest call.
    #[mmstats(unit = "seconds", aggregate = "max")]
    pub slowest: Gauge<f64>,
    /// The library's version.
    #[mmstats(value = env!("CARGO_PKG_VERSION"))]
    pub version: Text<16>,
    /// Statements made.
    pub statements: Family<Statement, Counter>,
    /// The last call.
    pub last_call: Record<Call>,
    /// The pool's part.
    #[mmstats(flatten, prefix = "pool.")]
    pub pool: PoolStats,
}

/// Publishes a client's statistics.
///
/// # Errors
/// If there is no place for the file.
pub fn create() -> Result<Stats<DbStats>, CreateError> {
    DbStats::create()
}
