//! Undamaged files with contents that the SDK does not write.

use crate::fixture::{CONSTANT, Field, Fixture, MAX, MEAN, MIN, NONE, SUM, UP_DOWN, record, text};
use crate::{Group, built, file};

pub(crate) fn files() -> Group {
    let counter = || Field::counter("count", &[1]);
    vec![
        built("nothing_at_all", &Fixture { tids: Vec::new(), capacity: 0, ..file([]) }),
        built("no_fields", &file([]).attribute("sys.cmd", "web")),
        built("no_slots", &Fixture { tids: Vec::new(), capacity: 3, ..file([counter()]) }),
        built("not_locked", &Fixture { flags: 0, ..file([counter()]) }),
        built("kept", &Fixture { flags: 3, ..file([counter()]) }),
        built("one_slot_given_back", &given_back(1)),
        built("all_slots_given_back", &given_back(3)),
        built("combined", &combined()),
        built("values", &file(values())),
        built("scales", &file(scales())),
        built("arrays", &arrays()),
        built("tags", &file(tags())),
        built("hostile_strings", &hostile_strings()),
        built("long_strings", &long_strings()),
    ]
}

/// Slots that nobody leases now.
fn given_back(slots: usize) -> Fixture {
    let (bytes, texts) = ([7_u8; 3], ["one", "two", "six"].map(|word| text(8, word.as_bytes())));
    let bytes: Vec<&[u8]> = bytes.chunks(1).collect();
    let fields = [
        Field::counter("counter", &[1, 10, 100]),
        Field::gauge("gauge", 1, MAX, &bytes),
        Field::gauge("constant", 1, CONSTANT, &bytes),
        Field::text("text", NONE, &texts),
        Field::average("average", &[(1, 0.5), (2, 2.5), (3, 4.5)]),
        Field::histogram("histogram", 3, &[&[1; 5], &[2; 5], &[3; 5]]),
        Field::timer("timer", 3, &[&[1; 6], &[2; 6], &[3; 6]]),
    ];
    file(fields).slots(&[0; 3][..slots])
}

/// Gauges of floats and truth values with each aggregate; constants that differ between slots.
fn combined() -> Fixture {
    let floats = [1.5_f64, f64::NAN, f64::NEG_INFINITY, -2.5].map(f64::to_le_bytes);
    let floats: Vec<&[u8]> = floats.iter().map(|bytes| &bytes[..]).collect();
    let aggregates =
        [("none", NONE), ("sum", SUM), ("min", MIN), ("max", MAX), ("mean", MEAN), ("constant", CONSTANT)];
    let gauges = aggregates.map(|(label, aggregate)| Field::gauge(label, 10, aggregate, &floats));
    let truths: [&[u8]; 4] = [&[0], &[1], &[9], &[255]];
    let truths =
        aggregates.map(|(label, aggregate)| Field::gauge(&format!("is_{label}"), 11, aggregate, &truths));
    let updown = [i64::MAX, i64::MAX, i64::MIN, 5].map(|value| value.to_le_bytes().to_vec());
    let constant = Field { aggregate: CONSTANT, ..Field::counter("constant_counter", &[1, 2, 3, 4]) };
    let others = [Field::new("updown", UP_DOWN, SUM, updown.into()), constant];
    // The first slot is not leased, so that constants are those of the second.
    file(gauges.into_iter().chain(truths).chain(others)).slots(&[0, 7, 9, 11])
}

/// Values that are whole, but that the SDK does not write.
fn values() -> Vec<Field> {
    let gauge = |label: &str, type_, bytes: &[u8]| Field::gauge(label, type_, NONE, &[bytes]);
    let single = |label: &str, value: f32| gauge(label, 9, &value.to_le_bytes());
    let double = |label: &str, value: f64| gauge(label, 10, &value.to_le_bytes());
    let mut fields = vec![
        gauge("truth_of_seven", 11, &[7]),
        single("least_f32", f32::from_bits(1)),
        single("hundredth_f32", 0.01),
        double("third", 1.0 / 3.0),
        double("large", 1e300),
        double("whole", 123_456_789_012.0),
        Field::text("nul", NONE, &[text(8, b"ab\0cd")]),
        Field::text("not_utf_8", NONE, &[text(8, b"a\xff\xc3b")]),
        Field::average("most", &[(u64::MAX, 1.5)]),
        Field::average("infinite", &[(3, f64::INFINITY)]),
        Field::average("not_a_number", &[(3, f64::NAN)]),
        Field::average("none_with_a_sum", &[(0, 3.5)]),
        Field::moving_average("infinite_mean", &[(f64::INFINITY, 2)]),
        Field::moving_average("mean_of_none", &[(1.5, 0)]),
        Field::histogram("sum_before_count", 3, &[&[9, 0, 0, 0, 0]]),
        Field::histogram("one_power", 1, &[&[9, 1, 2]]),
        Field::timer("last_before_count", 3, &[&[3, 0, 0, 0, 0, 0]]),
        Field::timer("no_last", 3, &[&[0, 9, 1, 0, 2, 0]]),
    ];
    fields.extend(Field::record("odd", 3, &[("b", 11, 0), ("c", 2, 1)], vec![record(&[2, 1, 2])]));
    fields
}

/// The same numbers in units of all sizes.
fn scales() -> Vec<Field> {
    let scaled = |unit: &str, scale: i8| {
        let label = format!("{unit}{scale:+}");
        Field { scale, ..Field::counter(&label, &[1_500]).described("", unit, "") }
    };
    let mut fields: Vec<Field> = [-9, -3, 0, 3].map(|scale| scaled("seconds", scale)).into();
    fields.extend([0, 3, -1].map(|scale| scaled("bytes", scale)));
    fields.extend([-128, -1, 1, 127].map(|scale| scaled("metres", scale)));
    let average = Field { scale: -3, ..Field::average("average", &[(3, 4.5)]) };
    fields.push(average.described("", "seconds", ""));
    let histogram = Field { scale: -6, ..Field::histogram("histogram", 3, &[&[9, 1, 0, 0, 2]]) };
    fields.push(histogram.described("", "seconds", ""));
    fields.push(Field { scale: 2, ..Field::gauge("truth", 11, NONE, &[&[1]]) });
    let mut of_record = Field::record("record", 8, &[("a", 3, 0), ("b", 3, 4)], vec![record(&[1; 8])]);
    of_record[1] = Field { scale: -9, ..of_record[1].clone().described("How long.", "seconds", "") };
    fields.extend(of_record);
    fields
}

/// Arrays of several slots, one of them without elements.
fn arrays() -> Fixture {
    let numbers = |start: u8| (start..start + 3).flat_map(|number| [number, 0, 0, 0, 0, 0, 0, 0]).collect();
    let counters = Field::new("counters", (1, 4), SUM, vec![numbers(1), numbers(10), numbers(100)]).array(3);
    let highest = Field::new("highest", (3, 4), MAX, vec![numbers(3), numbers(9), numbers(5)]).array(3);
    let texts = [text(4, b"a"), text(4, b"b"), text(4, b"c")];
    let of_texts = Field::text("texts", NONE, &texts.map(|text| [text.clone(), text].concat())).array(2);
    let none = Field { size: 8, count: 0, ..Field::counter("none", &[]) };
    file([counters.described("", "", "side\0left\0"), highest, of_texts, none]).slots(&[7, 0, 9])
}

/// Tags that occur twice, have no value or no key, or have the keys of tags that readers add.
fn tags() -> Vec<Field> {
    let tagged = |tags: &str| Field::counter("tagged", &[1]).described("", "", tags);
    let array = Field::new("array", (1, 4), SUM, vec![vec![1; 16]]).array(2);
    vec![
        tagged(""),
        tagged("method\0get\0"),
        tagged("method\0post\0zone\0in\0"),
        tagged("method\0get\0method\0post\0"),
        tagged("method\0\0"),
        tagged("\0empty\0"),
        tagged("alone\0"),
        tagged("method\0not ended"),
        tagged("a\0comma, \"quote\" \\ and }\0"),
        tagged("tid\0seven\0thread\0main\0index\0one\0"),
        array.described("", "", "index\0five\0"),
    ]
}

/// Strings that would harm a terminal, a spreadsheet or a page if they were shown as they are.
fn hostile_strings() -> Fixture {
    let fields = [
        Field::counter("\u{1b}[31mred", &[1]),
        Field::counter("line\nbreak", &[2]),
        Field::counter("a\0b", &[3]),
        Field::counter("left\u{202e}right", &[4]),
        Field::counter("=cmd()|' /C calc'!A0", &[5]).described(
            "+1, \"2\"\r\n<b>&amp;",
            "@bytes\t",
            "=k\0-v\0",
        ),
        Field::counter(" blanks  within ", &[6]),
        Field::counter("label{a=\"b\"}", &[7]),
        Field::counter("combining e\u{301} and 大きい 🦀", &[8]),
        Field::text("<script>", NONE, &[text(64, "<script>alert(1)</script>\u{9b}0m\u{feff}".as_bytes())]),
    ];
    let name = text(24, "\u{1b}]0;title\u{7}".as_bytes());
    let file = Fixture { capacity: 2, ..file(fields) }.names(&[name]);
    file.attribute("sys.cmd", "../we\nb\u{1b}[0m,\"").attribute("a\u{85}b", "\u{2066}c\r\nd")
}

/// Labels, texts, help and units that are longer than columns of a table.
fn long_strings() -> Fixture {
    let (long, longer) = ("label.".repeat(12), "x".repeat(300));
    let fields = [
        Field::counter(&long, &[1]).described(&"Help. ".repeat(100), "units of a long name indeed", ""),
        Field::counter(&longer, &[2]),
        Field::counter("short", &[3]).described("", "", &format!("key\0{longer}\0")),
        Field::text("text", NONE, &[text(2_000, "Ж".repeat(1_000).as_bytes())]),
    ];
    file(fields).attribute("sys.cmd", &longer).attribute("long", &"y".repeat(1_000))
}
