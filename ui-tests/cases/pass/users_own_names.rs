//! The user's own names stand for the user's own things.

use mmstats::{Family, MmStats, Record, StatRecord};

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
    pub struct TagSpec;
    pub struct MemberSpec;
    pub trait StatKey {}
}
#[allow(unused_imports)]
use mmstats_names::*;

/// The user's own counter.
type Counter = mmstats::Gauge<u64>;

#[allow(non_camel_case_types, dead_code)]
struct usize;

#[derive(mmstats::StatKey)]
enum Choice {
    Some,
    None,
    r#Self_,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Record_ {
    r#type: u64,
}

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
    choices: Family<Choice, Counter>,
    record: Record<Record_>,
}

fn main() {
    let _ = WebStats::create;
}
