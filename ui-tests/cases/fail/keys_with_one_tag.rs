//! The fields of a family are told apart by their tags.

use mmstats::{Counter, Family, MmStats, StatKey};

#[derive(StatKey)]
enum Zone {
    Inside,
    Outside,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    moves: Family<(Zone, Zone), Counter>,
}

fn main() {
    let _ = WebStats::create();
}
