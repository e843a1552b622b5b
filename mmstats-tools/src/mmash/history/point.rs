//! A point of a series.

use crate::mmash::distribution::Distribution;

/// A series at a tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Point {
    /// No value: no process had it, or its change is unknown.
    None,
    /// Its change since the last tick, or its value.
    Number(f64),
    /// The numbers that were added since the last tick.
    Average {
        /// Their count.
        count: u64,
        /// Their sum.
        sum: f64,
    },
    /// The distribution of the values that were added since the last tick.
    Distribution(Box<Distribution>),
}
