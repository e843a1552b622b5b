//! Functions that do nothing but one update each, for a test to disassemble.
#![expect(unsafe_code, reason = "names functions so that the disassembly can be searched for them")]

use mmstats::{Counter, Gauge, MmStats, UpDown};

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
    update_thread_local_counter_incr();
    Ok(())
}
