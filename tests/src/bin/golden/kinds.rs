//! Fields of each kind, in one slot.

use std::time::Duration;

use mmstats::{
    Average, CoarseHistogram, Counter, FineHistogram, Gauge, Histogram, MmStats, MovingAverage, Text, Timer,
    UpDown, sync,
};

use crate::{Golden, Result, golden};

#[derive(MmStats)]
#[repr(C)]
struct Counters {
    /// Never counted.
    zero: Counter,
    /// Counted once, and five more.
    #[mmstats(unit = "requests")]
    some: Counter,
    /// The largest number.
    largest: Counter,
    /// One more than the largest number.
    wrapped: Counter,
    /// Several threads may count.
    shared: sync::Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct UpDowns {
    zero: UpDown,
    #[mmstats(unit = "connections")]
    up: UpDown,
    down: UpDown,
    largest: UpDown,
    smallest: UpDown,
    shared: sync::UpDown,
}

/// A struct of three gauges of each type: at its smallest and largest value, and in between.
macro_rules! gauges {
    ($($type:ident $smallest:ident $largest:ident $between:ident: $value:expr,)*) => {
        #[derive(MmStats)]
        #[repr(C)]
        struct Gauges {
            $($smallest: Gauge<$type>, $largest: Gauge<$type>, $between: Gauge<$type>,)*
            no: Gauge<bool>,
            yes: Gauge<bool>,
        }

        fn set_gauges(gauges: &Gauges) {
            $(
                gauges.$smallest.set($type::MIN);
                gauges.$largest.set($type::MAX);
                gauges.$between.set($value);
            )*
            gauges.yes.set(true);
        }
    };
}

gauges! {
    u8 u8_min u8_max u8_some: 200,
    u16 u16_min u16_max u16_some: 60_000,
    u32 u32_min u32_max u32_some: 4_000_000_000,
    u64 u64_min u64_max u64_some: 9_007_199_254_740_993,
    i8 i8_min i8_max i8_some: -5,
    i16 i16_min i16_max i16_some: -500,
    i32 i32_min i32_max i32_some: -50_000,
    i64 i64_min i64_max i64_some: -9_007_199_254_740_993,
    f32 f32_min f32_max f32_some: 0.1,
    f64 f64_min f64_max f64_some: 0.1,
}

#[derive(MmStats)]
#[repr(C)]
struct OddFloats {
    infinite: Gauge<f64>,
    minus_infinite: Gauge<f64>,
    not_a_number: Gauge<f64>,
    minus_zero: Gauge<f64>,
    least: Gauge<f64>,
    infinite_f32: Gauge<f32>,
    not_a_number_f32: Gauge<f32>,
    third_f32: Gauge<f32>,
}

#[derive(MmStats)]
#[repr(C)]
struct SharedGauges {
    level: sync::Gauge<i32>,
    highest: sync::Gauge<u64>,
    lowest: sync::Gauge<i64>,
    load: sync::Gauge<f64>,
    open: sync::Gauge<bool>,
}

#[derive(MmStats)]
#[repr(C)]
struct Texts {
    never_set: Text<8>,
    emptied: Text<8>,
    exact: Text<8>,
    /// Cut at a whole character.
    cut: Text<8>,
    /// The later of two texts, in the second copy.
    later: Text<16>,
    hostile: Text<64>,
    spaces: Text<32>,
    long: Text<300>,
}

#[derive(MmStats)]
#[repr(C)]
struct Averages {
    none: Average,
    #[mmstats(unit = "bytes")]
    some: Average,
    negative: Average,
    /// Their sum is larger than a float can hold.
    unknown: Average,
    shared: sync::Average,
}

#[derive(MmStats)]
#[repr(C)]
struct MovingAverages {
    none: MovingAverage<3>,
    filling: MovingAverage<3>,
    full: MovingAverage<3>,
    one: MovingAverage<1>,
    unknown: MovingAverage<2>,
    #[mmstats(unit = "seconds")]
    hundred: MovingAverage,
}

#[derive(MmStats)]
#[repr(C)]
struct Histograms {
    none: Histogram<2, 16>,
    #[mmstats(unit = "bytes")]
    usual: Histogram,
    coarse: CoarseHistogram,
    fine: FineHistogram,
    /// Its largest value is in the last bucket, which has no upper end.
    open: Histogram<2, 16>,
    /// Their sum is larger than 64 bits can hold.
    wrapped: CoarseHistogram,
    shared: sync::Histogram,
}

#[derive(MmStats)]
#[repr(C)]
struct Timers {
    none: Timer,
    once: Timer,
    many: Timer,
    long: Timer,
    shared: sync::Timer,
}

pub(crate) fn write(golden: &Golden) -> Result<()> {
    golden!(golden, "counter", Counters, |counters| {
        counters.some.incr();
        counters.some.add(5);
        counters.largest.add(u64::MAX);
        counters.wrapped.add(u64::MAX);
        counters.wrapped.incr();
        counters.shared.add(7);
    });
    golden!(golden, "updown", UpDowns, |updowns| {
        updowns.up.add(5);
        updowns.up.decr();
        updowns.down.sub(5);
        updowns.largest.add(i64::MAX);
        updowns.smallest.add(i64::MIN);
        updowns.shared.sub(2);
    });
    golden!(golden, "gauge", Gauges, set_gauges);
    golden!(golden, "gauge_odd_floats", OddFloats, |floats| {
        floats.infinite.set(f64::INFINITY);
        floats.minus_infinite.set(f64::NEG_INFINITY);
        floats.not_a_number.set(f64::NAN);
        floats.minus_zero.set(-0.0);
        floats.least.set(f64::from_bits(1));
        floats.infinite_f32.set(f32::INFINITY);
        floats.not_a_number_f32.set(f32::NAN);
        floats.third_f32.set(1.0 / 3.0);
    });
    golden!(golden, "gauge_shared", SharedGauges, |gauges| {
        gauges.level.set(7);
        gauges.level.sub(12);
        gauges.highest.max(40);
        gauges.highest.max(30);
        gauges.lowest.min(-4);
        gauges.load.add(0.75);
        gauges.open.set(true);
    });
    golden!(golden, "text", Texts, set_texts);
    golden!(golden, "average", Averages, |averages| {
        for size in [512.0, 1024.0, 0.5] {
            averages.some.add(size);
            averages.negative.add(-size);
            averages.shared.add(size);
        }
        averages.unknown.add(f64::MAX);
        averages.unknown.add(f64::MAX);
    });
    golden!(golden, "moving_average", MovingAverages, |averages| {
        averages.filling.add(1.5);
        averages.unknown.add(f64::MAX);
        averages.unknown.add(f64::MAX);
        for number in [1.0, 2.0, 3.0, 5.0] {
            averages.full.add(number);
            averages.one.add(number);
            averages.hundred.add(number);
        }
    });
    golden!(golden, "histogram", Histograms, |histograms| {
        for value in [0, 1, 7, 100, 1_000, 1_000_000] {
            histograms.usual.record(value);
            histograms.coarse.record_n(value, 3);
            histograms.fine.record(value);
            histograms.open.record(value);
            histograms.shared.record(value);
        }
        histograms.wrapped.record_n(u64::MAX, 3);
    });
    golden!(golden, "timer", Timers, |timers| {
        timers.once.record(Duration::from_micros(1_500));
        for ms in 1..=100 {
            timers.many.record(Duration::from_millis(ms));
            timers.shared.record(Duration::from_millis(ms));
        }
        timers.long.record(Duration::from_hours(2));
        timers.long.record(Duration::from_secs(u64::MAX));
    });
    Ok(())
}

fn set_texts(texts: &Texts) {
    texts.emptied.set("gone");
    texts.emptied.set("");
    texts.exact.set("12345678");
    texts.cut.set("1234567ü");
    texts.later.set("before");
    texts.later.set("läuft");
    texts.hostile.set("\u{1b}[31mred\u{202e}left\u{7}\r\n=1+1,\"a\"\tb");
    texts.spaces.set("  two  words ");
    texts.long.set(&"0123456789".repeat(30));
}
