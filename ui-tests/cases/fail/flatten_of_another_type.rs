//! What is flattened derives `MmStats`.

use mmstats::{Counter, MmStats};

struct DbStats {
    calls: Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(flatten)]
    db: DbStats,
}

fn main() {
    let _ = WebStats::create();
}
