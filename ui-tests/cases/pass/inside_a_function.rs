//! Structs inside a function are in no module that the expansion could name.

use mmstats::{Counter, MmStats};

fn main() {
    #[derive(MmStats)]
    #[repr(C)]
    struct DbStats {
        calls: Counter,
    }

    #[derive(MmStats)]
    #[repr(C)]
    struct WebStats {
        #[mmstats(value = START)]
        hits: Counter,
        #[mmstats(flatten)]
        db: DbStats,
    }

    const START: u64 = 5;
    let _ = WebStats::create;
}
