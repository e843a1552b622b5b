//! The fields of the programs of the sequence.

use crate::fixture::{CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, record, text};

/// The data of the record `last`.
pub(crate) fn last(number: u32, weight: f32) -> Vec<u8> {
    [number.to_le_bytes(), weight.to_le_bytes()].concat()
}

pub(crate) fn last_field(label: &str, slots: usize) -> Vec<Field> {
    let members = [("number", 3, 0), ("weight", 9, 4)];
    let mut fields = Field::record(label, 8, &members, vec![record(&last(0, 0.0)); slots]);
    fields[0] = fields[0].clone().described("What came last.", "", "");
    fields[2] = fields[2].clone().described("Its weight.", "kilograms", "");
    fields
}

/// The program web, of one slot, with a field of every kind.
pub(crate) fn web_program(requests: u64) -> Fixture {
    let request = |tags: &str, count| {
        Field::counter("web.requests", &[count]).described("Requests that came in.", "requests", tags)
    };
    let updown = |value: i64| Field::new("web.in_flight", UP_DOWN, SUM, vec![value.to_le_bytes().into()]);
    let mut delay =
        Field::gauge("web.delay", 6, NONE, &[&120_i16.to_le_bytes()]).described("", "seconds", "");
    delay.scale = -3;
    let mut fields = vec![
        request("method\0get\0", requests),
        request("method\0post\0", 0),
        Field::counter("web.bytes", &[u64::MAX - 9]).described("Bytes of all answers.", "bytes", ""),
        Field::counter("web.errors", &[100]).described("", "requests", ""),
        updown(3),
        Field::gauge("web.load", 10, NONE, &[&0.25_f64.to_le_bytes()]),
        Field::gauge("web.peak", 3, MAX, &[&12_u32.to_le_bytes()]),
        Field::gauge("web.ready", 11, NONE, &[&[0]]),
        delay,
        Field::text("web.phase", NONE, &[text(16, b"starting")]),
        Field::average("web.size", &[(10, 25.0)]).described("Sizes of answers.", "kilobytes", ""),
        Field::moving_average("web.recent", &[(2.25, 8)]),
        Field::histogram("web.sizes", 6, &[&[60, 2, 3, 4, 5, 1, 0, 0]]).described("", "kilobytes", ""),
        Field::timer("web.latency", 10, &[&[90, 1000, 0, 0, 4, 9, 3, 0, 0, 0, 0, 1, 0]]).described(
            "Time from request to answer.",
            "seconds",
            "",
        ),
    ];
    fields.extend(last_field("web.last", 1));
    fields.extend([
        Field::gauge("web.shards", 4, NONE, &[&[4_u64, 6].map(u64::to_le_bytes).concat()]).array(2),
        Field::text("web.version", CONSTANT, &[text(8, b"1.2.0")]),
        Field::counter("web.odd", &[0]).described(
            "Tags that need quoting.",
            "",
            "path\x001,2\0quote\0a\"b\0",
        ),
    ]);
    Fixture::with_fields(fields)
        .attribute("sys.cmd", "web")
        .attribute("service.version", "1.2")
        .slots(&[4101])
}

/// The program pool, of four slots, of which three have a thread.
pub(crate) fn pool() -> Fixture {
    let gauge = |label: &str, aggregate, first: u64| {
        let values = [first, first + 5, first + 1].map(u64::to_le_bytes);
        Field::gauge(label, 4, aggregate, &[&values[0], &values[1], &values[2]])
    };
    let updown = [50_i64, 100, 150].map(|value| value.to_le_bytes().to_vec());
    let timer = [5, 100, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0];
    let lengths = [30, 1, 0, 5, 0, 0, 0, 0];
    let names = [b"main".as_slice(), b"worker-1", b"worker-2"].map(|name| text(24, name));
    let mut fields = vec![
        Field::counter("pool.jobs", &[100, 200, 300]).described("Jobs done.", "jobs", ""),
        Field::new("pool.balance", UP_DOWN, SUM, updown.into()),
        gauge("pool.sum", SUM, 1),
        gauge("pool.min", MIN, 2),
        gauge("pool.max", MAX, 3),
        gauge("pool.mean", MEAN, 4),
        gauge("pool.none", NONE, 5),
        Field::average("pool.size", &[(2, 3.0), (2, 5.0), (0, 0.0)]),
        Field::moving_average("pool.recent", &[(1.0, 3), (2.0, 3), (0.0, 0)]),
        Field::timer("pool.took", 10, &[&timer, &timer, &timer]).described(
            "How long jobs take.",
            "seconds",
            "",
        ),
        Field::histogram("pool.lengths", 6, &[&lengths, &lengths, &lengths]),
        Field::text("pool.doing", NONE, &[text(16, b"job 0"), text(16, b""), text(16, b"")]),
    ];
    fields.extend(last_field("pool.last", 3));
    fields.extend([
        Field::gauge(
            "pool.limit",
            4,
            CONSTANT,
            &[&4_u64.to_le_bytes(), &4_u64.to_le_bytes(), &4_u64.to_le_bytes()],
        ),
        Field::counter("mmstats.unpublished_writers", &[0, 0, 0]),
    ]);
    let fixture = Fixture::with_fields(fields).attribute("sys.cmd", "pool").names(&names);
    Fixture { capacity: 4, tids: vec![4201, 4202, 4203], ..fixture }
}

/// A program with one counter.
pub(crate) fn job(done: u64) -> Fixture {
    let fields = [
        Field::counter("job.done", &[done]).described("Jobs that are done.", "jobs", ""),
        Field::gauge("job.left", 4, SUM, &[&12_u64.to_le_bytes()]),
    ];
    Fixture::with_fields(fields).attribute("sys.cmd", "job")
}

pub(crate) fn grow_fields() -> [Field; 2] {
    [
        Field::counter("grow.first", &[5]).described("There from the start.", "", ""),
        Field::counter("grow.late", &[0]).described("Comes later.", "things", ""),
    ]
}

/// A program with room for fields.
pub(crate) fn grow() -> Fixture {
    Fixture { spare: 3, ..Fixture::with_fields(grow_fields()) }.attribute("sys.cmd", "grow")
}
