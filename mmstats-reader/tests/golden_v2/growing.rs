//! One file at ten stages of its growth.

use crate::fixture::{Built, Field, Fixture, NONE, le32, put, record, text};
use crate::{Group, file};

/// Where the header has the counts of attributes, descriptors, strings and slots.
const COUNTS: [usize; 4] = [148, 180, 212, 244];

/// A file with all that is appended later, and room for more.
fn grown() -> Built {
    let mut fields =
        vec![Field::counter("first", &[1, 10, 100]).described("Was there first.", "requests", "a\0b\0")];
    fields.push(Field::text("second", NONE, &[text(8, b"two"), text(8, b"zwei"), text(8, b"deux")]));
    let values = [1, 2, 3].map(|byte| record(&[byte; 8]));
    fields.extend(Field::record("pair", 8, &[("a", 3, 0), ("b", 3, 4)], values.into()));
    fields.push(Field::counter("größer", &[3, 30, 300]));
    let fixture = Fixture { tids: vec![7, 0, 9], capacity: 4, spare: 3, ..file(fields) };
    fixture.attribute("sys.cmd", "growing").attribute("größe", "3").build()
}

/// The bytes of `grown` with these counts of published attributes, descriptors, bytes of strings and slots. The byte
/// `unpublished` replaces everything after them.
fn at_moment(
    grown: &Built,
    [attributes, descriptors, strings, slots]: [usize; 4],
    unpublished: u8,
) -> Vec<u8> {
    let mut bytes = grown.bytes.clone();
    for (at, count) in COUNTS.into_iter().zip([attributes, descriptors, strings, slots]) {
        put(&mut bytes, at, &le32(count));
    }
    bytes[grown.attributes + 24 * attributes..grown.descriptors].fill(unpublished);
    bytes[grown.descriptors + 64 * descriptors..grown.strings].fill(unpublished);
    bytes[grown.strings + strings..grown.slots].fill(unpublished);
    bytes[grown.slots + grown.stride * slots..].fill(unpublished);
    bytes
}

/// The stages, in order.
pub(crate) fn files() -> Group {
    let grown = grown();
    // The strings are those of the attributes, 14 and 8 bytes, of the first field, 33 bytes, and so on.
    let all = grown.strings_len;
    let moments = [
        ("01_nothing", [0, 0, 0, 0], 0),
        ("02_attribute", [1, 0, 14, 0], 0),
        ("03_attributes", [2, 0, 22, 0], 0),
        ("04_slot_without_fields", [2, 0, 22, 1], 0),
        ("05_first_field", [2, 1, 55, 1], 0),
        ("06_strings_ahead", [2, 1, all, 1], 0),
        ("07_unpublished_garbage", [2, 1, all, 1], 0xa5),
        ("08_text", [2, 2, all, 2], 0),
        ("09_record", [2, 5, all, 2], 0),
        ("10_whole", [2, 6, all, 3], 0),
    ];
    moments
        .map(|(name, counts, unpublished)| (name.to_owned(), at_moment(&grown, counts, unpublished)))
        .into()
}
