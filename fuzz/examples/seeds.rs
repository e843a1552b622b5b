//! Makes the seeds in `seeds/`, which are committed: `cargo run --example seeds` in this folder.
//!
//! Those of the target `v1` are the files in `tests/golden/v1`.

#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;

use std::fs;
use std::io;
use std::path::Path;

use fixture::{CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, text, torn_text};

fn main() -> io::Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = seeds.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for (name, first, second) in files() {
        let len = u32::try_from(first.len()).map_err(io::Error::other)?;
        put("v2", name, &[&len.to_le_bytes(), first.as_slice(), second.as_slice()].concat())?;
    }
    for seed in 1..=4_u32 {
        put("v2_structured", &format!("noise_{seed}"), &noise(seed, 1024 << seed))?;
    }
    for (name, input) in NAMES {
        put("file_name", name, input)?;
    }
    for (name, source) in STRUCTS {
        put("derive", name, source.as_bytes())?;
    }
    Ok(())
}

/// Files of each kind, and what they become.
fn files() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let attributes = |fixture: Fixture| fixture.attribute("sys.cmd", "web").attribute("service", "größe");
    let build = |fixture: Fixture| attributes(fixture).build().bytes;
    let counters = |values: &[u64]| Fixture::with_fields([Field::counter("web.hits", values)]);
    let described = Field::counter("web.hits", &[5]).described("How often.", "requests", "method\0get\0");
    let types = (1..=11).map(|type_| Field::gauge("a", type_, MAX, &[&[1; 8][..size(type_)]]));
    let aggregates = [NONE, SUM, MIN, MAX, MEAN, CONSTANT];
    let gauges = aggregates.map(|aggregate| Field::gauge("g", 9, aggregate, &[&[1; 4], &[2; 4], &[3; 4]]));
    let texts = [
        Field::text("constant", CONSTANT, &[text(12, b"1.2.3")]),
        Field::text("text", NONE, &[text(12, "läuft\0".as_bytes())]),
        Field::text("torn", NONE, &[torn_text(8)]),
    ];
    let array = Field::new("a", fixture::COUNTER, SUM, vec![vec![7; 24]; 2]).array(3);
    let distributions = [
        Field::average("average", &[(1, 2.0), (3, 4.0)]),
        Field::moving_average("moving", &[(1.5, 1), (0.0, 0)]),
        Field::histogram("histogram", 3, &[&[9, 1, 0, 0, 2], &[1, 0, 1, 0, 0]]),
        Field::timer("timer", 3, &[&[3, 5, 0, 0, 2, 0], &[1, 1, 0, 1, 0, 0]]),
    ];
    let members = [("is_open", 11, 0), ("load", 9, 4), ("hits", 4, 8)];
    let record = Field::record("pool", 16, &members, vec![fixture::record(&[1; 16])]);
    let longer = Fixture {
        minor_version: 7,
        header_len: 320,
        attribute_len: 40,
        descriptor_len: 96,
        ..Fixture::with_fields([Field::new("unknown", (200, 99), 77, vec![vec![1; 24]])])
    };
    let grown = build(Fixture { spare: 3, ..counters(&[1, 2, 3]) }.slots(&[7, 0, 9]));
    let mut growing = grown.clone();
    growing[244] = 1;
    let cut = grown[..grown.len() / 2].to_vec();
    vec![
        ("counter", build(counters(&[5])), build(counters(&[6]))),
        ("described", build(Fixture::with_fields([described])), Vec::new()),
        ("updown", build(Fixture::with_fields([Field::new("u", UP_DOWN, SUM, vec![vec![0xff; 8]])])), cut),
        ("types", build(Fixture::with_fields(types)), Vec::new()),
        ("aggregates", build(Fixture::with_fields(gauges).slots(&[7, 0, 9])), Vec::new()),
        ("texts", build(Fixture::with_fields(texts)), Vec::new()),
        ("array", build(Fixture::with_fields([array]).slots(&[7, 9])), Vec::new()),
        ("distributions", build(Fixture::with_fields(distributions).slots(&[7, 9])), Vec::new()),
        ("record", build(Fixture::with_fields(record)), Vec::new()),
        ("longer", build(longer), Vec::new()),
        ("growing", growing, grown),
        ("nothing", build(Fixture::default()), Vec::new()),
        ("format_1", b"\x01\x05\x00calls\x01\x00H\x00\x00\x00\x2a\x00\x00\x00".to_vec(), Vec::new()),
    ]
}

/// Bytes of a value of the type with this code.
fn size(type_: u8) -> usize {
    match type_ {
        1 | 5 | 11 => 1,
        2 | 6 => 2,
        3 | 7 | 9 => 4,
        _ => 8,
    }
}

/// Bytes of which no two parts are alike, half of them small.
fn noise(mut state: u32, len: usize) -> Vec<u8> {
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [byte, mask, ..] = state.to_le_bytes();
        if mask % 2 == 0 { byte } else { byte & 3 }
    };
    std::iter::repeat_with(next).take(len).collect()
}

const NAMES: [(&str, &[u8]); 8] = [
    ("default", b"web-4711-WebStats.mmstats\0{CMD}-{PID}-{NAME}.mmstats\0web."),
    ("thread", b"web-4711-4712.mmstats\0{CMD}-{TID}.mmstats\0"),
    ("hidden", b".lock\0.{NAME}\0."),
    ("control", b"\x1b[31m\n.mmstats\0\x1b{NAME}\0\x1b"),
    ("direction", "\u{202e}stats\u{2066}\u{61c}.mmstats\0{NAME}\u{202e}\0\u{202e}".as_bytes()),
    ("not_utf_8", b"\xff\xc3.mmstats\0a\0b"),
    ("escapes", br"\x1b\u{1b}\\u{.mmstats"),
    ("braces", b"a.mmstats\0{{}{X}{CMD\0{}"),
];

const STRUCTS: [(&str, &str); 8] = [
    (
        "web",
        "/// What the web server has done.\n#[derive(MmStats)]\n#[repr(C)]\n#[mmstats(prefix = \"web.\")]\n\
         struct WebStats {\n/// Responses.\n#[mmstats(label = \"status.2XX\", unit = \"responses\")]\n\
         status_2xx: Counter,\n#[mmstats(aggregate = \"max\")]\nlast: Gauge<f64>,\n\
         #[mmstats(value = env!(\"CARGO_PKG_VERSION\"))]\nversion: Text<32>,\n\
         #[mmstats(flatten, prefix = \"db.\")]\ndb: DbStats,\n}",
    ),
    ("crate", "#[repr(C)] #[mmstats(crate = a::b, prefix = \"\")] struct S { r#type: a::Counter }"),
    ("twice", "#[repr(C)] struct S { #[mmstats(label = \"a\", label = \"b\")] a: Counter, a: Counter }"),
    ("enum", "#[repr(u8)] enum E { #[mmstats(flatten)] A = 1, B(Counter), C { c: Counter } }"),
    ("union", "#[repr(C, packed(2))] union U { a: u8, b: Counter }"),
    ("tuple", "#[repr(transparent)] pub struct T(#[mmstats(unit)] Counter);"),
    (
        "generic",
        "#[repr(C)] #[mmstats()] struct G<'a, T: 'a, const N: usize> where T: Copy { t: &'a [T; N] }",
    ),
    (
        "odd",
        "#[repr(C)] #[mmstats = \"x\"] #[doc = \"\\u{0}\"] #[allow(dead_code)] struct O { #[doc = include_str!(\"x\")] \
         #[mmstats(label = \"\\n\", unit = 1, aggregate = max, value, flatten = 2, prefix, nope = \"\")] o: [Counter; 3] }",
    ),
];
