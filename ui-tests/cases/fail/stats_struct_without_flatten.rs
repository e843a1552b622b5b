//! A struct inside a struct needs `flatten`.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct DbStats {
    calls: Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    db: DbStats,
}

fn main() {
    let _ = WebStats::create();
}
