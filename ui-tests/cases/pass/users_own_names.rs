//! The user's own names stand for the user's own things.

use mmstats::MmStats;

mod core {}
#[allow(dead_code)]
mod mmstats_names {
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Field;
    pub struct FieldSpec;
    pub struct Label;
    pub struct StructSpec;
    pub struct Aggregate;
    pub struct Setter;
    pub trait NoSetter {}
}
#[allow(unused_imports)]
use mmstats_names::*;

/// The user's own counter.
type Counter = mmstats::Gauge<u64>;

#[derive(MmStats)]
#[repr(C)]
struct DbStats {
    calls: mmstats::Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct WebStats {
    #[mmstats(aggregate = "max")]
    hits: Counter,
    #[mmstats(value = 5)]
    r#type: Counter,
    #[mmstats(flatten)]
    self_: DbStats,
}

fn main() {
    let _ = WebStats::create;
}
