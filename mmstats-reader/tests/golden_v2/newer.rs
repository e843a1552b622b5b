//! Files that later versions may write. This version skips their unknown parts, or takes them for something it knows.

use crate::fixture::{COUNTER, Field, Fixture, NONE, SUM, UP_DOWN, le32, record, text};
use crate::{Group, built, file, named, put_in_descriptor};

fn before() -> Field {
    Field::counter("before", &[1, 10, 100]).described("Is known.", "requests", "")
}

fn after() -> Field {
    Field::counter("after", &[2, 20, 200])
}

/// A file with `fields` between two counters, with slots of two threads and of one that ended.
fn among_known(fields: impl IntoIterator<Item = Field>) -> Fixture {
    file([before()].into_iter().chain(fields).chain([after()])).slots(&[7, 0, 9])
}

fn eight_bytes() -> Vec<Vec<u8>> {
    vec![vec![1; 8], vec![2; 8], vec![3; 8]]
}

pub(crate) fn files() -> Group {
    let groups = [versions(), kinds(), meanings()];
    groups.into_iter().flatten().collect()
}

/// Files whose header or regions are newer.
fn versions() -> Group {
    let longer = Fixture {
        minor_version: 7,
        header_len: 288,
        attribute_len: 40,
        descriptor_len: 96,
        spare: 2,
        ..among_known([])
    };
    vec![
        built("minor_version", &Fixture { minor_version: u16::MAX, ..among_known([]) }),
        built("flags", &Fixture { flags: !2, ..among_known([]) }),
        built("longer_header", &Fixture { header_len: 264, ..among_known([]) }),
        built("longer_attributes", &Fixture { attribute_len: 32, ..among_known([]) }.attribute("k", "v")),
        built("longer_descriptors", &Fixture { descriptor_len: 128, ..among_known([]) }),
        built("all_is_longer", &longer.attribute("sys.cmd", "newer").attribute("sys.new", "new")),
    ]
}

/// Files with fields that are skipped.
fn kinds() -> Group {
    let gauge = |type_| Field::new("unknown", (3, type_), SUM, eight_bytes());
    let histogram =
        |parameters| Field { parameters, ..Field::histogram("unknown", 3, &[&[1; 5], &[2; 5], &[3; 5]]) };
    let timer = |parameters| Field { parameters, ..Field::timer("unknown", 3, &[&[1; 6], &[2; 6], &[3; 6]]) };
    let wrong_size = Field::new("unknown", (3, 3), SUM, eight_bytes());
    let record_of = |members: &[(&str, u8, u32)]| {
        let values = [1, 2, 3].map(|byte| record(&[byte; 8]));
        Field::record("record", 8, members, values.into())
    };
    let without_members = record_of(&[("a", 3, 0), ("b", 3, 4)]).into_iter().take(2);
    let with_one_of_another_type = record_of(&[("a", 99, 0), ("b", 3, 0)]);
    let overlapping_members = record_of(&[("a", 3, 0), ("b", 3, 2)]);
    let misaligned = {
        let field = Field::new("unknown", (3, 4), SUM, vec![vec![0; 16]; 3]);
        let fixture = among_known([field.clone()]);
        let mut misaligned = fixture.build();
        let at = le32(misaligned.field_offsets[1] + 4);
        put_in_descriptor(&mut misaligned, (1, &field), 4, &le32(8));
        put_in_descriptor(&mut misaligned, (1, &field), 0, &at);
        named("misaligned", misaligned.bytes)
    };
    vec![
        built("kind", &among_known([Field::new("unknown", (200, 4), SUM, eight_bytes())])),
        built("kind_zero", &among_known([Field::new("unknown", (0, 0), NONE, eight_bytes())])),
        built("type", &among_known([gauge(200)])),
        built("kind_of_another_type", &among_known([Field::new("unknown", (1, 10), SUM, eight_bytes())])),
        built("size_of_another_type", &among_known([wrong_size])),
        misaligned,
        built("histogram_precision", &among_known([histogram([17, 20, 0])])),
        built("histogram_powers", &among_known([histogram([0, 65, 0])])),
        built("histogram_of_another_size", &among_known([histogram([0, 4, 0])])),
        built("timer_of_another_size", &among_known([timer([1, 3, 0])])),
        built("record_without_a_member", &among_known(without_members)),
        built("record_with_an_unknown_member", &among_known(with_one_of_another_type)),
        built("record_with_overlapping_members", &among_known(overlapping_members)),
        built("member_without_a_record", &among_known([Field::member("member", 3, 0)])),
    ]
}

/// Files with fields that are known in part.
fn meanings() -> Group {
    let texts = [text(8, b"one"), text(8, b"two"), text(8, b"six")];
    let counter_of = |aggregate| Field { aggregate, ..Field::new("counter", COUNTER, SUM, eight_bytes()) };
    let updown_of = |aggregate| Field { aggregate, ..Field::new("updown", UP_DOWN, SUM, eight_bytes()) };
    let aggregates = [
        counter_of(200),
        updown_of(NONE),
        Field::gauge("gauge", 1, 200, &[&[1], &[2], &[3]]),
        Field { aggregate: 200, ..Field::average("average", &[(1, 2.5), (3, 4.5), (5, 6.5)]) },
        Field { aggregate: 3, ..Field::histogram("histogram", 3, &[&[1; 5], &[2; 5], &[3; 5]]) },
        Field { aggregate: NONE, ..Field::timer("timer", 3, &[&[1; 6], &[2; 6], &[3; 6]]) },
        Field::text("text", SUM, &texts),
        Field { aggregate: 4, ..Field::moving_average("moving_average", &[(1.5, 1), (2.5, 2), (3.5, 3)]) },
    ];
    let parameters = Field { parameters: [1, 2, 3], ..counter_of(SUM) };
    let hundreds = Field { scale: 2, ..counter_of(SUM).described("", "requests", "") };
    vec![
        built("aggregates", &among_known(aggregates)),
        built("parameters", &among_known([parameters])),
        built("scale", &among_known([hundreds])),
    ]
}
