use mmstats::{Counter, Gauge, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "pool.")]
struct PoolStats {
    jobs: Counter,
    idle: Gauge<u32>,
}

mmstats::thread_local! {
    static POOL: PoolStats;
}

fn main() {
    POOL.with(|pool| pool.idle.set(1));
}
