//! Files with several slots: of running threads, of threads that have ended, and slots that were never leased.

use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use mmstats::{
    Average, Counter, Family, Gauge, Histogram, MmStats, MovingAverage, Options, Record, StatKey, StatRecord,
    Text, ThreadLocal, Timer, UpDown,
};

use crate::{Golden, Result};

#[derive(Clone, Copy, StatKey)]
enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Point {
    x: f32,
    y: i32,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct Counts {
    /// Requests that came in.
    #[mmstats(unit = "requests")]
    requests: Counter,
    busy: UpDown,
    by_method: Family<Method, Counter>,
    by_core: [Counter; 2],
    #[mmstats(unit = "bytes")]
    size: Average,
    sizes: Histogram<1, 16>,
    took: Timer,
}

/// A struct of four gauges of each type, one for each aggregate.
macro_rules! gauges {
    ($($type:ident $sum:ident $min:ident $max:ident $mean:ident: $values:expr,)*) => {
        #[derive(MmStats)]
        #[repr(C)]
        struct Gauges {
            $(
                #[mmstats(aggregate = "sum")]
                $sum: Gauge<$type>,
                #[mmstats(aggregate = "min")]
                $min: Gauge<$type>,
                #[mmstats(aggregate = "max")]
                $max: Gauge<$type>,
                #[mmstats(aggregate = "mean")]
                $mean: Gauge<$type>,
            )*
            #[mmstats(aggregate = "max", unit = "bytes")]
            by_method: Family<Method, Gauge<u64>>,
            #[mmstats(aggregate = "mean")]
            by_core: [Gauge<f64>; 2],
        }

        fn set_gauges(gauges: &Gauges, thread: usize) {
            $(
                let value = $values[thread];
                gauges.$sum.set(value);
                gauges.$min.set(value);
                gauges.$max.set(value);
                gauges.$mean.set(value);
            )*
            gauges.by_method[Method::Post].set(SIZES[thread]);
            gauges.by_core[1].set(LOADS[thread]);
        }
    };
}

const SIZES: [u64; 3] = [1 << 20, 1 << 30, 7];
const LOADS: [f64; 3] = [0.25, 0.5, -1.0];

gauges! {
    u8 u8_sum u8_min u8_max u8_mean: [200, 100, 255],
    u16 u16_sum u16_min u16_max u16_mean: [60_000, 50_000, 1],
    u32 u32_sum u32_min u32_max u32_mean: [u32::MAX, 1, 2],
    u64 u64_sum u64_min u64_max u64_mean: [u64::MAX, 1, 2],
    i8 i8_sum i8_min i8_max i8_mean: [-100, -100, 50],
    i16 i16_sum i16_min i16_max i16_mean: [-30_000, 5, 6],
    i32 i32_sum i32_min i32_max i32_mean: [i32::MIN, -1, 6],
    i64 i64_sum i64_min i64_max i64_mean: [i64::MIN, -1, 6],
    f32 f32_sum f32_min f32_max f32_mean: [0.1, f32::NAN, 0.25],
    f64 f64_sum f64_min f64_max f64_mean: [f64::MAX, f64::MAX, 1.0],
    bool bool_sum bool_min bool_max bool_mean: [true, false, true],
}

#[derive(MmStats)]
#[repr(C)]
struct OneByOne {
    phase: Text<16>,
    recent: MovingAverage<4>,
    last: Record<Point>,
    by_method: Family<Method, Text<8>>,
    newest: [Record<Point>; 2],
    #[mmstats(value = "1.2")]
    version: Text<8>,
    #[mmstats(value = 8)]
    limit: Gauge<u16>,
}

#[derive(MmStats)]
#[repr(C)]
struct Bounds {
    counter: Counter,
    most: UpDown,
    least: UpDown,
    /// More numbers than can be counted in one bucket.
    sizes: Histogram<1, 16>,
    /// Their sum wraps.
    times: Timer,
    /// A sum that is larger than a float can hold.
    mean: Average,
    fits: Counter,
}

#[derive(MmStats)]
#[repr(C)]
struct Little {
    count: Counter,
    #[mmstats(aggregate = "max")]
    level: Gauge<u8>,
    phase: Text<4>,
}

mmstats::thread_local! {
    static COUNTS: Counts;
    static GAUGES: Gauges;
    static ONE_BY_ONE: OneByOne;
    static BOUNDS: Bounds;
    static FULL: Little;
    static ENDED: Little;
    static UNUSED: Little;
    static ALONE: Little;
}

/// A thread that has done something, and holds its slot until it is told to end.
struct Held {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

/// Starts a thread of this name, and waits until it has done `work`.
fn hold(name: &str, work: impl FnOnce() + Send + 'static) -> Result<Held> {
    let (end, told_to_end) = channel::<()>();
    let (has_worked, wait) = channel();
    let body = move || {
        work();
        has_worked.send(()).expect("the main thread waits");
        // It ends when the other end is gone, too.
        let _ = told_to_end.recv();
    };
    let thread = Builder::new().name(name.to_owned()).spawn(body)?;
    wait.recv()?;
    Ok(Held { end, thread })
}

impl Held {
    fn end(self) {
        drop(self.end);
        self.thread.join().expect("it ends");
    }
}

/// Publishes `stats` with a file for so many threads at a time.
fn init<T: MmStats>(golden: &Golden, stats: &ThreadLocal<T>, capacity: u32) -> Result<()> {
    let options: Options<T> = T::options();
    Ok(stats.init(options.dir(golden.live.path()).capacity(capacity))?)
}

/// Copies the file of `stats` while three threads run that have done `work`, each with its number, and between the
/// first and the second of them a thread has ended that did it as well.
fn with_threads<T: MmStats>(
    golden: &Golden,
    name: &str,
    stats: &'static ThreadLocal<T>,
    work: fn(&T, usize),
) -> Result<()> {
    init(golden, stats, 6)?;
    let worker = |name, number| hold(name, move || stats.with(|stats| work(stats, number)));
    let first = worker("worker-0", 0)?;
    let given_back = worker("gone", 2)?;
    let second = worker("a name that is longer than 24 bytes", 1)?;
    let third = worker("größer\u{1b}", 2)?;
    given_back.end();
    golden.keep(name, &stats.path())?;
    [first, second, third].into_iter().for_each(Held::end);
    Ok(())
}

pub(crate) fn write(golden: &Golden) -> Result<()> {
    with_threads(golden, "threads_counts", &COUNTS, |web, thread| {
        for number in 0..=thread {
            web.requests.add(10);
            web.busy.sub(3);
            web.by_method[Method::Post].incr();
            web.by_core[number % 2].incr();
            web.size.add(SIZES_OF_REQUESTS[number]);
            web.sizes.record([100, 900, 70_000][number]);
            web.took.record(Duration::from_millis([5, 50, 500][number]));
        }
    })?;
    with_threads(golden, "threads_gauges", &GAUGES, set_gauges)?;
    with_threads(golden, "threads_one_by_one", &ONE_BY_ONE, set_one_by_one)?;
    with_threads(golden, "threads_bounds", &BOUNDS, |bounds, _| {
        bounds.counter.add(u64::MAX / 2);
        bounds.most.add(i64::MAX);
        bounds.least.add(i64::MIN);
        bounds.sizes.record_n(3, u64::MAX / 2);
        bounds.times.record(Duration::from_nanos(u64::MAX / 2));
        bounds.mean.add(f64::MAX);
        bounds.fits.incr();
    })?;
    write_full(golden)?;
    write_unused(golden)
}

const SIZES_OF_REQUESTS: [f64; 3] = [512.0, 0.25, 4096.0];

fn set_one_by_one(stats: &OneByOne, thread: usize) {
    let phase = ["reading", "", "writing\tlines"][thread];
    stats.phase.set("before");
    stats.phase.set(phase);
    stats.by_method[Method::Get].set(phase);
    if thread > 0 {
        stats.recent.add(LOADS[thread]);
        stats.last.publish(Point { x: 0.5, y: -3 });
        stats.newest[1].publish(Point { x: -0.0, y: 1 });
    }
}

fn set_little(little: &Little) {
    little.count.add(5);
    little.level.set(3);
    little.phase.set("busy");
}

/// More threads than there are slots; and slots that threads had one after the other, none of which runs.
fn write_full(golden: &Golden) -> Result<()> {
    init(golden, &FULL, 2)?;
    let names = ["first", "second", "third", "fourth"];
    let threads: Vec<Held> =
        names.iter().map(|name| hold(name, || FULL.with(set_little))).collect::<Result<_>>()?;
    golden.keep("threads_full", &FULL.path())?;
    threads.into_iter().for_each(Held::end);

    init(golden, &ENDED, 3)?;
    for _ in 1..=3 {
        let threads = [hold("left", || ENDED.with(set_little))?, hold("right", || ENDED.with(set_little))?];
        threads.into_iter().for_each(Held::end);
    }
    golden.keep("threads_ended", &ENDED.path())
}

/// A file before the first thread, and one with room for one thread.
fn write_unused(golden: &Golden) -> Result<()> {
    init(golden, &UNUSED, 4)?;
    golden.keep("threads_unused", &UNUSED.path())?;
    init(golden, &ALONE, 1)?;
    let only = hold("only", || ALONE.with(set_little))?;
    golden.keep("threads_alone", &ALONE.path())?;
    only.end();
    Ok(())
}
