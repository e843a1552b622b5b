//! The expansion names everything by its full path.

#[no_implicit_prelude]
mod without_prelude {
    use ::mmstats::{Counter, Family, Gauge, MmStats, Record, StatKey, StatRecord, Text};
    use ::std::clone::Clone;
    use ::std::marker::Copy;

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
        requests: Family<Method, Counter>,
        last: Record<Last>,
        queues: [Counter; 2],
    }

    #[derive(StatKey)]
    pub enum Method {
        Get,
        Post,
    }

    #[derive(Clone, Copy, StatRecord)]
    #[repr(C)]
    pub struct Last {
        size: u64,
    }
}

fn main() {
    let _ = <without_prelude::WebStats as mmstats::MmStats>::create;
}
