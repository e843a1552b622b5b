//! Publishes a struct of every field type, and one of which each thread has its own, and waits until its input
//! ends. It writes the path of each file on a line.

use std::io::{self, Read, Write};

use mmstats::{
    Average, CoarseHistogram, Counter, Family, FineHistogram, Gauge, Histogram, MmStats, MovingAverage,
    Record, StatKey, StatRecord, Text, Timer, UpDown, sync,
};

#[derive(Clone, Copy, Debug, StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, Debug, StatKey)]
enum Outcome {
    Served,
    #[mmstats(value = "turned away")]
    Refused,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Reply {
    /// Bytes of the body.
    #[mmstats(unit = "bytes")]
    len: u64,
    /// The load of the machine.
    load: f32,
    status: u16,
    from_cache: u8,
    rank: i8,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "types.")]
struct EveryType {
    /// Counts, größer als ein Byte je Zeichen.
    #[mmstats(unit = "requests")]
    counter: Counter,
    up_down: UpDown,
    flag: Gauge<bool>,
    small: Gauge<i8>,
    #[mmstats(aggregate = "max")]
    medium: Gauge<u16>,
    #[mmstats(aggregate = "min")]
    single: Gauge<f32>,
    #[mmstats(aggregate = "mean", unit = "ratio")]
    double: Gauge<f64>,
    text: Text<21>,
    #[mmstats(label = "version", value = "1.2.3")]
    release: Text<8>,
    #[mmstats(value = 8080)]
    port: Gauge<u16>,
    average: Average,
    moving_average: MovingAverage,
    histogram: Histogram,
    coarse: CoarseHistogram,
    fine: FineHistogram,
    timer: Timer,
    record: Record<Reply>,
    array: [Counter; 3],
    family: Family<(Method, Outcome), Counter>,
    family_of_arrays: Family<Method, [Gauge<u32>; 2]>,
    family_of_records: Family<Outcome, Record<Reply>>,
    #[mmstats(flatten, prefix = "shared.")]
    shared: Shared,
}

#[derive(MmStats)]
#[repr(C)]
struct Shared {
    counter: sync::Counter,
    up_down: sync::UpDown,
    gauge: sync::Gauge<i64>,
    average: sync::Average,
    histogram: sync::Histogram,
    timer: sync::Timer,
}

mmstats::thread_local! {
    static OF_THREADS: OfThread;
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "thread.")]
struct OfThread {
    #[mmstats(aggregate = "max")]
    last: Gauge<u8>,
    #[mmstats(value = "a constant")]
    constant: Text<16>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stats =
        EveryType::options().keep(true).attribute("service", "größe").attribute("empty", "").create()?;
    stats.counter.add(1027);
    stats.flag.set(true);
    stats.double.set(0.5);
    stats.text.set("läuft");
    stats.average.add(2.5);
    stats.histogram.record(1000);
    stats.record.publish(Reply { len: 512, load: 0.25, status: 200, from_cache: 1, rank: -1 });
    stats.family[(Method::Post, Outcome::Refused)].incr();
    OF_THREADS.init(OfThread::options().capacity(3))?;
    OF_THREADS.with(|thread| thread.last.set(7));
    let mut out = io::stdout();
    writeln!(out, "{}\n{}", stats.path().display(), OF_THREADS.path().display())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(stats);
    Ok(())
}
