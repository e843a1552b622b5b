//! Functions that do nothing but one update each, for a test to disassemble.
#![expect(unsafe_code, reason = "names functions so that the disassembly can be searched for them")]

use mmstats::{Counter, Family, Gauge, Histogram, MmStats, StatKey, UpDown, sync};

#[derive(StatKey)]
#[repr(u8)]
enum Method {
    Get,
    Post,
    Put,
}

#[derive(StatKey)]
#[repr(u8)]
enum Status {
    Success,
    Failure,
}

#[derive(MmStats)]
#[repr(C)]
struct UpdateStats {
    counter: Counter,
    up_down: UpDown,
    #[mmstats(aggregate = "sum")]
    gauge_u64: Gauge<u64>,
    #[mmstats(aggregate = "mean")]
    gauge_f64: Gauge<f64>,
    #[mmstats(aggregate = "min")]
    gauge_i32: Gauge<i32>,
    #[mmstats(aggregate = "max")]
    gauge_f32: Gauge<f32>,
    #[mmstats(aggregate = "max")]
    gauge_u8: Gauge<u8>,
    #[mmstats(aggregate = "max")]
    gauge_bool: Gauge<bool>,
    sync_counter: sync::Counter,
    sync_up_down: sync::UpDown,
    #[mmstats(aggregate = "sum")]
    sync_gauge_u32: sync::Gauge<u32>,
    histogram: Histogram,
    histogram_of_32_powers: Histogram<4, 32>,
    sync_histogram: sync::Histogram,
    family: Family<Method, Counter>,
    family_of_pairs: Family<(Method, Status), Counter>,
}

mmstats::thread_local! {
    static UPDATES: UpdateStats;
}

// SAFETY: no other function of this program has this name.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn update_thread_local_counter_incr() {
    UPDATES.with(|stats| stats.counter.incr());
}

macro_rules! updates {
    ($($function:ident($($argument:ident: $type:ty)?) $field:ident.$update:ident;)*) => {
        $(
            // SAFETY: no other function of this program has this name.
            #[unsafe(no_mangle)]
            #[inline(never)]
            extern "C" fn $function(stats: &UpdateStats $(, $argument: $type)?) {
                stats.$field.$update($($argument)?);
            }
        )*
    };
}

updates! {
    update_counter_incr() counter.incr;
    update_counter_add(n: u64) counter.add;
    update_up_down_decr() up_down.decr;
    update_gauge_u64(value: u64) gauge_u64.set;
    update_gauge_f64(value: f64) gauge_f64.set;
    update_gauge_i32(value: i32) gauge_i32.set;
    update_gauge_f32(value: f32) gauge_f32.set;
    update_gauge_u8(value: u8) gauge_u8.set;
    update_gauge_bool(value: bool) gauge_bool.set;
    update_sync_counter_incr() sync_counter.incr;
    update_sync_counter_add(n: u64) sync_counter.add;
    update_sync_up_down_decr() sync_up_down.decr;
    update_sync_gauge_add(n: u32) sync_gauge_u32.add;
    update_histogram_record(value: u64) histogram.record;
    update_histogram_of_32_powers_record(value: u64) histogram_of_32_powers.record;
    update_sync_histogram_record(value: u64) sync_histogram.record;
}

// SAFETY: no other function of this program has this name.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn update_family_incr(stats: &UpdateStats, method: Method) {
    stats.family[method].incr();
}

// SAFETY: as above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn update_family_of_pairs_incr(stats: &UpdateStats, method: Method, outcome: Status) {
    stats.family_of_pairs[(method, outcome)].incr();
}

fn main() -> Result<(), mmstats::CreateError> {
    let stats = UpdateStats::create()?;
    update_counter_incr(&stats);
    update_counter_add(&stats, 2);
    update_up_down_decr(&stats);
    update_gauge_u64(&stats, 3);
    update_gauge_f64(&stats, 4.0);
    update_gauge_i32(&stats, 5);
    update_gauge_f32(&stats, 6.0);
    update_gauge_u8(&stats, 7);
    update_gauge_bool(&stats, true);
    update_sync_counter_incr(&stats);
    update_sync_counter_add(&stats, 8);
    update_sync_up_down_decr(&stats);
    update_sync_gauge_add(&stats, 9);
    update_histogram_record(&stats, 10);
    update_histogram_of_32_powers_record(&stats, 11);
    update_sync_histogram_record(&stats, 12);
    for method in [Method::Get, Method::Post, Method::Put] {
        update_family_incr(&stats, method);
    }
    for status in [Status::Success, Status::Failure] {
        update_family_of_pairs_incr(&stats, Method::Get, status);
    }
    update_thread_local_counter_incr();
    Ok(())
}
