//! What a struct declares of several fields at once is what a reader finds, one by one and in order.

use std::collections::BTreeMap;
use std::path::Path;

use mmstats::{Counter, Family, Gauge, MmStats, Record, StatKey, StatRecord, Stats, Text, sync};
use mmstats_reader::{Reader, Value};

#[derive(Clone, Copy, Debug, PartialEq, StatKey)]
enum Method {
    Get,
    #[mmstats(value = "POST")]
    Post,
    /// Its number is not its place.
    DeleteAll = -40,
}

#[derive(Debug, PartialEq, StatKey)]
#[mmstats(tag = "status")]
enum Class {
    Success,
    ServerError,
}

#[derive(Debug, PartialEq, StatKey)]
enum Zone {
    Inside,
    Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, StatRecord)]
#[repr(C)]
struct Request {
    /// When it came in.
    #[mmstats(unit = "seconds")]
    time: f64,
    #[mmstats(label = "bytes.received", unit = "bytes")]
    received: u32,
    status: i16,
    r#type: u8,
    priority: i8,
}

#[derive(Debug, MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct WebStats {
    /// Requests that came in.
    #[mmstats(unit = "requests")]
    requests: Family<Method, Counter>,
    responses: Family<(Method, Class), Counter>,
    #[mmstats(aggregate = "max")]
    load: Family<(Method, Class, Zone), Gauge<f64>>,
    queues: [Gauge<u16>; 3],
    retries: Family<Zone, [Counter; 2]>,
    phases: Family<Zone, Text<8>>,
    last: Record<Request>,
    by_zone: Family<Zone, Record<Request>>,
    newest: [Record<Request>; 2],
    shared: Family<Zone, sync::Counter>,
    behind: Counter,
}

/// Label and tags, as they are shown, and the value of each metric that is not of the process.
fn read(path: &Path) -> Vec<(String, Value)> {
    let mut reader = Reader::open(path).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let metrics = snapshot.metrics().filter(|metric| metric.label().starts_with("web."));
    let shown = metrics.map(|metric| {
        let tags: Vec<String> = metric.tags().map(|(key, value)| format!("{key}={value}")).collect();
        (format!("{}{{{}}}", metric.label(), tags.join(",")), metric.value().unwrap())
    });
    shown.collect()
}

fn publish() -> (tempfile::TempDir, Stats<WebStats>) {
    let dir = tempfile::tempdir().unwrap();
    let stats = WebStats::options().dir(dir.path()).create().unwrap();
    (dir, stats)
}

const REQUEST: Request = Request { time: 0.5, received: 7, status: -404, r#type: 200, priority: -3 };

fn values(request: &Request) -> Value {
    let Request { time, received, status, r#type, priority } = *request;
    let integers = [Value::I64(status.into()), Value::U64(r#type.into()), Value::I64(priority.into())];
    Value::Record([Value::F64(time), Value::U64(received.into())].into_iter().chain(integers).collect())
}

#[test]
fn each_key_counts_for_itself() {
    let (_dir, stats) = publish();
    stats.requests[Method::Post].add(5);
    stats.requests[Method::DeleteAll].incr();
    stats.responses[(Method::Get, Class::ServerError)].add(2);
    stats.load[(Method::DeleteAll, Class::Success, Zone::Outside)].set(0.25);
    stats.shared[Zone::Outside].add(3);
    stats.behind.add(u64::MAX);

    let found: BTreeMap<String, Value> = read(&stats.path()).into_iter().collect();
    let set = [
        ("web.requests{method=POST}", Value::U64(5)),
        ("web.requests{method=delete_all}", Value::U64(1)),
        ("web.responses{method=get,status=server_error}", Value::U64(2)),
        ("web.load{method=delete_all,status=success,zone=outside}", Value::F64(0.25)),
        ("web.shared{zone=outside}", Value::U64(3)),
        ("web.behind{}", Value::U64(u64::MAX)),
    ];
    for (name, value) in &set {
        assert_eq!(found.get(*name), Some(value), "{name}");
    }
    let is_unset = |name: &String| set.iter().all(|(set, _)| set != name);
    for (name, value) in found.iter().filter(|(name, _)| is_unset(name)) {
        let zeros = [Value::U64(0), Value::F64(0.0), Value::Text(String::new())];
        let zero_record = values(&Request { time: 0.0, received: 0, status: 0, r#type: 0, priority: 0 });
        assert!(zeros.contains(value) || *value == zero_record, "{name} is {value:?}");
    }
}

#[test]
fn metrics_come_in_the_order_of_declaration_and_of_the_keys() {
    let (_dir, stats) = publish();
    let names: Vec<String> = read(&stats.path()).into_iter().map(|(name, _)| name).collect();
    let (methods, classes) = (["get", "POST", "delete_all"], ["success", "server_error"]);
    let zones = ["inside", "outside"];
    let mut expected = Vec::new();
    expected.extend(methods.map(|method| format!("web.requests{{method={method}}}")));
    for method in methods {
        expected.extend(classes.map(|class| format!("web.responses{{method={method},status={class}}}")));
    }
    for method in methods {
        for class in classes {
            let name = |zone| format!("web.load{{method={method},status={class},zone={zone}}}");
            expected.extend(zones.map(name));
        }
    }
    expected.extend([0, 1, 2].map(|index| format!("web.queues{{index={index}}}")));
    for zone in zones {
        expected.extend([0, 1].map(|index| format!("web.retries{{zone={zone},index={index}}}")));
    }
    expected.extend(zones.map(|zone| format!("web.phases{{zone={zone}}}")));
    expected.push("web.last{}".to_owned());
    expected.extend(zones.map(|zone| format!("web.by_zone{{zone={zone}}}")));
    expected.extend([0, 1].map(|index| format!("web.newest{{index={index}}}")));
    expected.extend(zones.map(|zone| format!("web.shared{{zone={zone}}}")));
    expected.push("web.behind{}".to_owned());
    assert_eq!(names, expected);
}

#[test]
fn elements_of_arrays_and_texts_of_families_are_told_apart() {
    let (_dir, stats) = publish();
    for (queue, depth) in stats.queues.iter().zip([1, 2, 3]) {
        queue.set(depth);
    }
    stats.retries[Zone::Outside][1].incr();
    stats.phases[Zone::Inside].set("in");
    stats.phases[Zone::Outside].set("out");
    let found = read(&stats.path());
    let of = |label: &str| -> Vec<Value> {
        let metrics = found.iter().filter(|(name, _)| name.starts_with(label));
        metrics.map(|(_, value)| value.clone()).collect()
    };
    assert_eq!(of("web.queues"), [1, 2, 3].map(Value::U64));
    assert_eq!(of("web.retries"), [0, 0, 0, 1].map(Value::U64));
    assert_eq!(of("web.phases"), ["in", "out"].map(|text| Value::Text(text.to_owned())));
}

#[test]
fn records_hold_what_was_published_last() {
    let (_dir, stats) = publish();
    for status in [1, 2, -404] {
        stats.last.publish(Request { status, ..REQUEST });
    }
    let outside = Request { received: u32::MAX, ..REQUEST };
    stats.by_zone[Zone::Outside].publish(outside);
    stats.newest[1].publish(REQUEST);
    assert_eq!(stats.last.get(), REQUEST);

    let found: BTreeMap<String, Value> = read(&stats.path()).into_iter().collect();
    assert_eq!(found["web.last{}"], values(&REQUEST));
    assert_eq!(found["web.by_zone{zone=outside}"], values(&outside));
    assert_eq!(found["web.newest{index=1}"], values(&REQUEST));
}

#[test]
fn members_of_records_are_described() {
    let (_dir, stats) = publish();
    let mut reader = Reader::open(stats.path()).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let records: Vec<_> = snapshot.metrics().filter(|metric| metric.members().count() > 0).collect();
    assert_eq!(records.len(), 5, "each record, and each element");
    for record in records {
        let members: Vec<_> = record.members().map(|member| (member.label(), member.unit())).collect();
        let expected = [
            ("time", "seconds"),
            ("bytes.received", "bytes"),
            ("status", ""),
            ("type", ""),
            ("priority", ""),
        ];
        assert_eq!(members, expected);
        assert_eq!(record.members().next().unwrap().help(), "When it came in.");
    }
}

#[test]
fn keys_are_iterated_in_order() {
    let (_dir, stats) = publish();
    let methods: Vec<Method> = stats.requests.iter().map(|(method, _)| method).collect();
    assert_eq!(methods, [Method::Get, Method::Post, Method::DeleteAll]);
    stats.load[(Method::Post, Class::ServerError, Zone::Inside)].set(1.5);
    let set: Vec<_> = stats.load.iter().filter(|(_, load)| load.get() > 0.0).map(|(key, _)| key).collect();
    assert_eq!(set, [(Method::Post, Class::ServerError, Zone::Inside)]);
    assert_eq!(stats.load.iter().count(), 12);
    assert!(format!("{:?}", stats.responses).starts_with("{(Get, Success): 0, (Get, ServerError): 0, "));
}

#[derive(MmStats)]
#[repr(C)]
struct LocalStats {
    requests: Family<Zone, Counter>,
    retries: [Counter; 2],
    #[mmstats(aggregate = "max")]
    load: Family<Zone, Gauge<f64>>,
    last: Record<Request>,
}

mmstats::thread_local! {
    static LOCAL: LocalStats;
}

#[test]
fn the_next_thread_counts_on_and_finds_gauges_and_records_zero() {
    let dir = tempfile::tempdir().unwrap();
    LOCAL.init(LocalStats::options().dir(dir.path())).unwrap();
    for requests in 1..=3 {
        let thread = std::thread::spawn(move || {
            let stats = LOCAL.handle();
            assert_eq!(stats.load[Zone::Outside].get().to_bits(), 0);
            assert_eq!(stats.last.get().received, 0);
            stats.requests[Zone::Outside].incr();
            stats.retries[1].incr();
            stats.load[Zone::Outside].set(0.5);
            stats.last.publish(REQUEST);
            assert_eq!(stats.requests[Zone::Outside].get(), requests);
            assert_eq!(stats.retries[1].get(), requests);
            assert_eq!(stats.last.get(), REQUEST);
        });
        thread.join().unwrap();
    }
}

#[test]
fn a_writer_that_resumes_counts_on_for_each_key() {
    let dir = tempfile::tempdir().unwrap();
    let create = || {
        let options = WebStats::options().dir(dir.path()).file_name("web.mmstats");
        options.keep(true).resume(true).create().unwrap()
    };
    let stats = create();
    stats.responses[(Method::Post, Class::Success)].add(2);
    stats.retries[Zone::Outside][0].add(3);
    stats.shared[Zone::Inside].add(4);
    stats.queues[1].set(5);
    stats.last.publish(REQUEST);
    drop(stats);

    let stats = create();
    assert_eq!(stats.responses[(Method::Post, Class::Success)].get(), 2);
    assert_eq!(stats.responses.iter().map(|(_, counter)| counter.get()).sum::<u64>(), 2);
    assert_eq!(stats.retries[Zone::Outside][0].get(), 3);
    assert_eq!(stats.shared[Zone::Inside].get(), 4);
    assert_eq!(stats.queues[1].get(), 0, "what was set ended with the process");
    assert_eq!(stats.last.get().received, 0, "likewise");
}
