//! Several statics in one macro, public ones, in a function, and in a crate that forbids unsafe code.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused)]

use mmstats::{Counter, MmStats};

/// What is counted.
#[derive(MmStats)]
#[repr(C)]
pub struct WebStats {
    /// Requests.
    pub requests: Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct PoolStats {
    jobs: Counter,
}

mmstats::thread_local! {
    /// All threads' requests.
    pub static WEB: WebStats;
    static POOL: PoolStats;
    static OTHER_POOL: PoolStats
}

fn main() {
    mmstats::thread_local! { static LOCAL: PoolStats; }
    WEB.with(|web| web.requests.incr());
    POOL.with(|pool| pool.jobs.incr());
    OTHER_POOL.with(|pool| pool.jobs.add(2));
    let handle = LOCAL.handle();
    handle.jobs.add(3);
    let counts = [&POOL, &OTHER_POOL, &LOCAL].map(|pool| pool.with(|pool| pool.jobs.get()));
    assert_eq!(counts, [1, 2, 3]);
    assert_ne!(POOL.path(), OTHER_POOL.path());
}
