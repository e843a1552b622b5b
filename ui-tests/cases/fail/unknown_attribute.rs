//! An unknown attribute is answered by the known ones.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(perfix = "web.")]
#[mmstats(label = "web")]
struct WebStats {
    #[mmstats(lable = "hit")]
    hits: Counter,
    #[mmstats(help = "Requests")]
    requests: Counter,
    #[mmstats(crate = mmstats)]
    errors: Counter,
}

fn main() {
    let _ = WebStats::create();
}
