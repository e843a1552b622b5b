//! What is updated.

use std::array;
use std::error::Error;
use std::path::Path;

use mmstats::{
    Counter, Family, Gauge, Histogram, MmStats, Record, StatKey, StatRecord, Stats, Text, Timer, sync,
};
use tempfile::TempDir;

/// Which method a request has: picks a member of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, StatKey)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Two words that belong together.
#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
pub(crate) struct Pair {
    pub(crate) first: u64,
    pub(crate) second: u64,
}

/// What one thread updates.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "bench.")]
pub(crate) struct OwnStats {
    pub(crate) counter: Counter,
    #[mmstats(aggregate = "max")]
    pub(crate) level: Gauge<u64>,
    pub(crate) histogram: Histogram,
    pub(crate) timer: Timer,
    pub(crate) requests: Family<Method, Counter>,
    pub(crate) pair: Record<Pair>,
    pub(crate) phase: Text<16>,
    pub(crate) counters: [Counter; 1024],
    /// Memory for what is done by hand.
    pub(crate) by_hand: [Counter; 1024],
}

/// What several threads update.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "bench.shared.")]
pub(crate) struct SharedStats {
    pub(crate) counter: sync::Counter,
    pub(crate) histogram: sync::Histogram,
    /// Memory for what is done by hand.
    pub(crate) by_hand: [sync::Counter; 1024],
}

/// What each of several threads updates for itself.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "bench.threads.")]
pub(crate) struct ThreadsStats {
    pub(crate) counter: Counter,
}

mmstats::thread_local! {
    pub(crate) static THREADS: ThreadsStats;
}

/// All of it, published in a directory that goes away with it.
pub(crate) struct Subject {
    pub(crate) own: Stats<OwnStats>,
    pub(crate) shared: Stats<SharedStats>,
    _dir: TempDir,
}

impl Subject {
    /// # Errors
    /// If it cannot be published, or is already.
    pub(crate) fn publish() -> Result<Self, Box<dyn Error>> {
        let dir = directory()?;
        THREADS.init(ThreadsStats::options().dir(dir.path()))?;
        Ok(Self {
            own: OwnStats::options().dir(dir.path()).create()?,
            shared: SharedStats::options().dir(dir.path()).create()?,
            _dir: dir,
        })
    }
}

/// A directory for files, in memory where there is one.
pub(crate) fn directory() -> std::io::Result<TempDir> {
    let shared_memory = Path::new("/dev/shm");
    if shared_memory.is_dir() { tempfile::tempdir_in(shared_memory) } else { tempfile::tempdir() }
}

impl Method {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// Numbers that look like chance and are the same in each run.
pub(crate) fn chance() -> impl Iterator<Item = u64> {
    let xorshift = |state: &u64| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    };
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15), xorshift)
}

/// As many as an operation picks from, by the low bits of its number.
pub(crate) fn pick<T>(mut of: impl Iterator<Item = T>) -> [T; 1024] {
    array::from_fn(|_| of.next().expect("there is no end of them"))
}
