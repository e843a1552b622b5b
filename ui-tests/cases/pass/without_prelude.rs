//! The expansion names everything by its full path.

#[no_implicit_prelude]
mod without_prelude {
    use ::mmstats::{Counter, Gauge, MmStats, Text};

    #[derive(MmStats)]
    #[repr(C)]
    pub struct DbStats {
        calls: Counter,
    }

    #[derive(MmStats)]
    #[repr(C)]
    pub struct WebStats {
        #[mmstats(aggregate = "min")]
        last_hit: Gauge<f64>,
        load: Gauge<f32>,
        #[mmstats(value = "1.2")]
        version: Text<8>,
        #[mmstats(flatten)]
        db: DbStats,
    }
}

fn main() {
    let _ = <without_prelude::WebStats as mmstats::MmStats>::create;
}
