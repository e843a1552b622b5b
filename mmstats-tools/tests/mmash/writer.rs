//! What the programs count that mmash is shown.

use std::path::Path;

use mmstats::{Average, Counter, Gauge, Histogram, MmStats, Stats, Text, Timer};

use crate::fixture::{Built, Fixture};
use crate::support::Place;

/// Fields of many kinds.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
pub(crate) struct WebStats {
    /// Requests that came in.
    #[mmstats(unit = "requests")]
    pub(crate) hits: Counter,
    /// Work to do.
    #[mmstats(aggregate = "sum")]
    pub(crate) queue: Gauge<u32>,
    /// Time to answer.
    pub(crate) latency: Timer,
    /// Bytes of an answer.
    #[mmstats(unit = "bytes")]
    pub(crate) sizes: Histogram,
    /// Of the answers.
    pub(crate) quality: Average,
    /// What it does.
    pub(crate) phase: Text<32>,
}

/// A file of them in `place` that everybody can read.
pub(crate) fn publish(place: &Place, file_name: &str) -> Stats<WebStats> {
    publish_in(place.dir(), file_name, 0o644)
}

/// A file of them in `dir`, of this mode.
pub(crate) fn publish_in(dir: &Path, file_name: &str, mode: u32) -> Stats<WebStats> {
    WebStats::options().dir(dir).file_name(file_name).mode(mode).create().unwrap()
}

/// Writes the file `file_name` in `place`, of whose writer nobody knows whether it lives.
pub(crate) fn put(place: &Place, file_name: &str, fixture: Fixture) -> Built {
    Fixture { flags: 0, ..fixture }.write(&place.path(file_name))
}
