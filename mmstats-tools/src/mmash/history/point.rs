//! A point of a series.

use crate::mmash::distribution::Distribution;

/// What a series was at a tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Point {
    /// Nothing: no process had it, or it is not known how much it grew.
    None,
    /// How much it grew since the last tick, or what it was.
    Number(f64),
    /// The numbers that came since the last tick.
    Average {
        /// How many.
        count: u64,
        /// Their sum.
        sum: f64,
    },
    /// The values that came since the last tick.
    Distribution(Box<Distribution>),
}
