//! Families, arrays and records, in one slot.

use std::time::Duration;

use mmstats::{
    Average, Counter, Family, Gauge, Histogram, MmStats, MovingAverage, Record, StatKey, StatRecord, Text,
    Timer, UpDown, sync,
};

use crate::{Golden, Result, golden};

#[derive(Clone, Copy, StatKey)]
enum Method {
    Get,
    #[mmstats(value = "POST")]
    Post,
    DeleteAll,
}

#[derive(Clone, Copy, StatKey)]
#[mmstats(tag = "status")]
enum Class {
    #[mmstats(value = "2xx, \"fine\"")]
    Success,
    #[mmstats(value = "größer {5xx}")]
    ServerError,
}

#[derive(Clone, Copy, StatKey)]
enum Zone {
    Inside,
    Outside,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct Families {
    /// Requests that came in.
    #[mmstats(unit = "requests")]
    requests: Family<Method, Counter>,
    responses: Family<(Method, Class), Counter>,
    load: Family<(Method, Class, Zone), Gauge<f32>>,
    busy: Family<Zone, UpDown>,
    phase: Family<Zone, Text<8>>,
    size: Family<Zone, Average>,
    recent: Family<Zone, MovingAverage<2>>,
    sizes: Family<Zone, Histogram<1, 16>>,
    took: Family<Zone, Timer>,
    shared: Family<Zone, sync::Counter>,
    retries: Family<Zone, [Counter; 2]>,
}

#[derive(MmStats)]
#[repr(C)]
struct Arrays {
    /// Requests by core.
    #[mmstats(unit = "requests")]
    counters: [Counter; 3],
    updowns: [UpDown; 2],
    gauges: [Gauge<u16>; 4],
    texts: [Text<5>; 2],
    averages: [Average; 2],
    moving_averages: [MovingAverage<2>; 2],
    histograms: [Histogram<1, 16>; 2],
    timers: [Timer; 2],
    shared: [sync::UpDown; 2],
    one: [Counter; 1],
}

/// A member of each type.
#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Everything {
    /// When it came in.
    #[mmstats(unit = "seconds")]
    time: f64,
    #[mmstats(label = "bytes.received", unit = "bytes")]
    received: u64,
    balance: i64,
    load: f32,
    number: u32,
    change: i32,
    port: u16,
    status: i16,
    r#type: u8,
    priority: i8,
    last: u16,
    reserved: u32,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(MmStats)]
#[repr(C)]
struct Records {
    never_published: Record<Point>,
    once: Record<Point>,
    /// The later of two, in the second copy.
    twice: Record<Point>,
    everything: Record<Everything>,
    by_zone: Family<Zone, Record<Point>>,
    newest: [Record<Point>; 2],
}

pub(crate) fn write(golden: &Golden) -> Result<()> {
    golden!(golden, "family", Families, update_families);
    golden!(golden, "array", Arrays, update_arrays);
    golden!(golden, "record", Records, publish_records);
    Ok(())
}

fn update_families(web: &Families) {
    web.requests[Method::Post].add(5);
    web.requests[Method::DeleteAll].incr();
    web.responses[(Method::Get, Class::ServerError)].add(2);
    web.responses[(Method::Post, Class::Success)].add(3);
    web.load[(Method::DeleteAll, Class::Success, Zone::Outside)].set(0.25);
    web.busy[Zone::Outside].decr();
    web.phase[Zone::Inside].set("in");
    web.size[Zone::Outside].add(2.5);
    web.recent[Zone::Inside].add(4.5);
    web.sizes[Zone::Outside].record_n(6, 4);
    web.took[Zone::Inside].record(Duration::from_millis(12));
    web.shared[Zone::Outside].add(8);
    web.retries[Zone::Outside][1].add(9);
}

fn update_arrays(arrays: &Arrays) {
    arrays.counters[2].add(30);
    arrays.updowns[1].sub(3);
    arrays.gauges[3].set(65_535);
    arrays.texts[1].set("läuft");
    arrays.averages[0].add(0.5);
    arrays.moving_averages[1].add(1.5);
    arrays.histograms[1].record(200);
    arrays.timers[0].record(Duration::from_nanos(1));
    arrays.shared[1].add(4);
    arrays.one[0].incr();
}

fn publish_records(records: &Records) {
    records.once.publish(Point { x: 1, y: -1 });
    records.twice.publish(Point { x: 2, y: -2 });
    records.twice.publish(Point { x: 3, y: -3 });
    records.everything.publish(Everything {
        time: 0.5,
        received: u64::MAX,
        balance: i64::MIN,
        load: 0.1,
        number: u32::MAX,
        change: -7,
        port: 8080,
        status: -404,
        r#type: 200,
        priority: -3,
        last: 9,
        reserved: 0,
    });
    records.by_zone[Zone::Outside].publish(Point { x: 5, y: 6 });
    records.newest[1].publish(Point { x: 7, y: 8 });
}
