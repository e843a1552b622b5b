//! A `value` does not make a wrong type two errors.

use mmstats::{MmStats};

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(value = 80)]
    port: u16,
    #[mmstats(value = env!("CARGO_PKG_VERSION"))]
    version: &'static str,
}

fn main() {
    let _ = WebStats::create();
}
