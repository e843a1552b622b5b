//! Regions and values lie where they may, or the error says which does not.

use bytemuck::{Zeroable, bytes_of};
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::error::ParseError;
use mmstats_format::header::{Header, Region};
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64};

use crate::support::header;

/// The error of the header after `change`, with a right check.
fn error(change: impl FnOnce(&mut Header)) -> String {
    let mut header = header();
    change(&mut header);
    Header::parse(bytes_of(&header.with_check(&[])), 4096).unwrap_err().to_string()
}

#[test]
fn the_header_has_whole_words() {
    assert_eq!(
        error(|header| header.header_len = Le16::new(248)),
        "expected a header of at least 256 bytes, found 248 at byte 10"
    );
    assert_eq!(
        error(|header| header.header_len = Le16::new(257)),
        "expected the length of the header of a multiple of 8, found 257 at byte 10"
    );
}

#[test]
fn a_cut_file_is_shorter_than_it_says() {
    let bytes = header().with_check(&[]);
    assert_eq!(
        Header::parse(bytes_of(&bytes), 4095).unwrap_err().to_string(),
        "expected a file of at least 4096 bytes, found 4095 at byte 16"
    );
}

#[test]
fn regions_stand_behind_the_header_and_do_not_overlap() {
    assert_eq!(
        error(|header| header.attributes.offset = Le64::new(248)),
        "expected the offset of a region of at least 256, found 248 at byte 128"
    );
    assert_eq!(
        error(|header| header.descriptors.offset = Le64::new(344)),
        "expected the offset of a region of at least 352, found 344 at byte 160"
    );
    assert_eq!(
        error(|header| header.strings.offset = Le64::new(1920)),
        "expected the offset of a region of at least 2920, found 1920 at byte 224"
    );
    // An empty one, too, is nowhere else than in a gap.
    assert_eq!(
        error(|header| header.attributes = Region::new(360, 24, 0)),
        "expected the offset of a region of at least 864, found 360 at byte 128",
        "descriptors stand from 352 to 864, but sorted by offset the attributes come behind them"
    );
}

#[test]
fn regions_touch_or_leave_gaps_in_any_order() {
    let parses = |change: fn(&mut Header)| {
        let mut header = header();
        change(&mut header);
        Header::parse(bytes_of(&header.with_check(&[])), 4096).is_ok()
    };
    assert!(parses(|_| {}));
    assert!(parses(|header| header.attributes = Region::new(352, 24, 0)), "empty, at the next one's start");
    assert!(parses(|header| header.attributes = Region::new(1864, 24, 2)), "behind the strings");
    assert!(parses(|header| header.slots = Region::new(4096, 128, 0)), "empty, at the end of the file");
}

#[test]
fn regions_end_in_the_file() {
    type Pick = fn(&mut Header) -> &mut Region;
    let regions: [(Pick, &str, u64); 4] = [
        (|header| &mut header.attributes, "attributes", 128),
        (|header| &mut header.descriptors, "descriptors", 160),
        (|header| &mut header.strings, "strings", 192),
        (|header| &mut header.slots, "slots", 224),
    ];
    for (region, name, at) in regions {
        let message =
            |end: u64| format!("expected the end of the {name} of at most 4096, found {end} at byte {at}");
        let leaves = |header: &mut Header| {
            let region = region(header);
            region.len = Le64::new(4104 - region.offset.get());
        };
        assert_eq!(error(leaves), message(4104));
        let wraps = |header: &mut Header| region(header).len = Le64::new(u64::MAX - 7);
        assert_eq!(error(wraps), message(u64::MAX));
        let far = |header: &mut Header| *region(header) = Region::new(u64::MAX - 127, 128, 0);
        assert_eq!(error(far), message(u64::MAX - 127));
    }
}

#[test]
fn regions_and_their_records_are_aligned() {
    let offset = |region: &mut Region, by| region.offset = Le64::new(region.offset.get() + by);
    let record_len = |region: &mut Region, by| {
        region.record_len = Le32::new(region.record_len.get() + by);
        region.capacity = region.count;
    };
    let cases: [(&str, String); 6] = [
        (
            "the offset of a region of a multiple of 8, found 260 at byte 128",
            error(|h| offset(&mut h.attributes, 4)),
        ),
        (
            "the offset of a region of a multiple of 8, found 353 at byte 160",
            error(|h| offset(&mut h.descriptors, 1)),
        ),
        (
            "the offset of a region of a multiple of 128, found 1984 at byte 224",
            error(|h| offset(&mut h.slots, 64)),
        ),
        (
            "the length of a record of a multiple of 8, found 28 at byte 144",
            error(|h| record_len(&mut h.attributes, 4)),
        ),
        (
            "the length of a record of a multiple of 8, found 65 at byte 176",
            error(|h| record_len(&mut h.descriptors, 1)),
        ),
        (
            "the length of a record of a multiple of 128, found 320 at byte 240",
            error(|h| record_len(&mut h.slots, 64)),
        ),
    ];
    for (expected, found) in cases {
        assert_eq!(found, format!("expected {expected}"));
    }
}

#[test]
fn records_are_not_shorter_than_those_of_minor_version_0() {
    let shorter = |region: &mut Region, len| region.record_len = Le32::new(len);
    let cases = [
        (
            "an attribute record of at least 24 bytes, found 16 at byte 144",
            error(|h| shorter(&mut h.attributes, 16)),
        ),
        (
            "a descriptor record of at least 64 bytes, found 56 at byte 176",
            error(|h| shorter(&mut h.descriptors, 56)),
        ),
        ("a string record of at least 1 bytes, found 0 at byte 208", error(|h| shorter(&mut h.strings, 0))),
        ("a slot record of at least 128 bytes, found 0 at byte 240", error(|h| shorter(&mut h.slots, 0))),
    ];
    for (expected, found) in cases {
        assert_eq!(found, format!("expected {expected}"));
    }
}

#[test]
fn counts_stay_within_the_capacity_and_the_capacity_within_the_region() {
    let count = |region: &mut Region| region.count = Le32::new(region.capacity.get() + 1);
    let cases = [
        ("the count of attributes of at most 4, found 5 at byte 148", error(|h| count(&mut h.attributes))),
        ("the count of descriptors of at most 8, found 9 at byte 180", error(|h| count(&mut h.descriptors))),
        (
            "the count of string bytes of at most 1000, found 1001 at byte 212",
            error(|h| count(&mut h.strings)),
        ),
        ("the count of slots of at most 8, found 9 at byte 244", error(|h| count(&mut h.slots))),
        (
            "the length of a region of at least 120, found 96 at byte 136",
            error(|h| h.attributes.capacity = Le32::new(5)),
        ),
        (
            "the length of a region of at least 1099511627520, found 2048 at byte 232",
            error(|h| h.slots.capacity = Le32::new(u32::MAX)),
        ),
    ];
    for (expected, found) in cases {
        assert_eq!(found, format!("expected {expected}"));
    }
}

const TEXTS: DescriptorStrings<'static> = DescriptorStrings { label: "aé", help: "", unit: "", tags: "" };

fn reference(offset: u32, len: u32) -> StrRef {
    StrRef { offset: Le32::new(offset), len: Le32::new(len) }
}

/// The descriptor of an u64 counter named `aé` after `change`, with a right check.
fn parse(change: impl FnOnce(&mut Descriptor)) -> Result<Descriptor, ParseError> {
    let mut descriptor = Descriptor {
        offset: Le32::new(128),
        size: Le32::new(8),
        count: Le32::new(1),
        kind: 1,
        type_: 4,
        label: reference(0, 3),
        ..Descriptor::zeroed()
    };
    change(&mut descriptor);
    Descriptor::parse(bytes_of(&descriptor.with_check(&TEXTS)), "aé", 256, 1000)
}

fn parse_error(change: impl FnOnce(&mut Descriptor)) -> String {
    parse(change).unwrap_err().to_string()
}

#[test]
fn strings_lie_in_their_region_and_hold_whole_characters() {
    assert!(parse(|_| {}).is_ok());
    assert!(parse(|d| d.help = reference(3, 0)).is_ok(), "empty, at the end");
    let cases = [
        ("the end of a label of at most 3, found 4 at byte 1016", parse_error(|d| d.label = reference(1, 3))),
        (
            "the end of a help text of at most 3, found 4 at byte 1024",
            parse_error(|d| d.help = reference(4, 0)),
        ),
        (
            "the end of a unit of at most 3, found 8589934590 at byte 1032",
            parse_error(|d| d.unit = reference(u32::MAX, u32::MAX)),
        ),
        (
            "the end of a field's tags of at most 3, found 9 at byte 1040",
            parse_error(|d| d.tags = reference(0, 9)),
        ),
        (
            "the end of a label in whole UTF-8 characters, found other bytes at byte 1016",
            parse_error(|d| d.label = reference(0, 2)),
        ),
    ];
    for (expected, found) in cases {
        assert_eq!(found, format!("expected {expected}"));
    }

    let cut_value = AttributeRecord::new((reference(0, 3), "aé"), (reference(2, 1), ""));
    assert_eq!(
        AttributeRecord::parse(bytes_of(&cut_value), "aé", 256).unwrap_err().to_string(),
        "expected the end of an attribute's value in whole UTF-8 characters, found other bytes at byte 264"
    );
}

#[test]
fn a_field_has_a_label() {
    let nameless = Descriptor { offset: Le32::new(128), ..Descriptor::zeroed() };
    let nameless = nameless.with_check(&DescriptorStrings::default());
    assert_eq!(
        Descriptor::parse(bytes_of(&nameless), "", 256, 1000).unwrap_err().to_string(),
        "expected the length of a label of at least 1, found 0 at byte 1016"
    );
}

#[test]
fn readers_take_labels_that_writers_may_not_give() {
    for label in ["x".repeat(256), "a\x1b[2Jb".to_owned()] {
        let texts = DescriptorStrings { label: &label, ..DescriptorStrings::default() };
        let descriptor = Descriptor {
            offset: Le32::new(128),
            label: reference(0, u32::try_from(label.len()).unwrap()),
            ..Descriptor::zeroed()
        };
        assert!(Descriptor::parse(bytes_of(&descriptor.with_check(&texts)), &label, 128, 0).is_ok());
    }
}

#[test]
fn values_lie_between_the_header_and_the_end_of_a_slot() {
    let cases = [
        (
            "the offset of a value of at least 128, found 120 at byte 1000",
            parse_error(|d| d.offset = Le32::new(120)),
        ),
        (
            "the end of a value in its slot of at most 256, found 264 at byte 1000",
            parse_error(|d| d.count = Le32::new(17)),
        ),
        (
            "the end of a value in its slot of at most 256, found 18446744065119617153 at byte 1000",
            parse_error(|d| (d.size, d.count) = (Le32::new(u32::MAX), Le32::new(u32::MAX))),
        ),
    ];
    for (expected, found) in cases {
        assert_eq!(found, format!("expected {expected}"));
    }
    assert!(parse(|d| d.count = Le32::new(16)).is_ok(), "up to the end");
}

#[test]
fn kinds_types_and_layouts_that_are_not_known_are_no_errors() {
    let field = |change: fn(&mut Descriptor)| parse(change).unwrap().field();
    assert_eq!(field(|_| {}), Some((Kind::Counter, Type::U64)));
    assert_eq!(field(|d| d.kind = 200), None);
    assert_eq!(field(|d| d.type_ = 200), None);
    assert_eq!(field(|d| d.offset = Le32::new(132)), None, "misaligned");
    assert_eq!(field(|d| d.size = Le32::new(16)), None, "of another size");
    assert_eq!(parse(|d| d.aggregate = 200).unwrap().aggregate(), Aggregate::None);
}

#[test]
fn kinds_go_with_the_types_of_the_page() {
    for (kind, type_) in (1..=10).flat_map(|kind| (1..=17).map(move |type_| (kind, type_))) {
        let is_number = (1..=11).contains(&type_);
        let expected = match kind {
            1 => type_ == 4,
            2 => type_ == 8,
            3 | 10 => is_number,
            4 => type_ == 12,
            kind => type_ == kind + 8,
        };
        let (size, parameters) = match type_ {
            1 | 5 | 11 => (1, [0; 3]),
            2 | 6 => (2, [0; 3]),
            3 | 7 | 9 => (4, [0; 3]),
            4 | 8 | 10 => (8, [0; 3]),
            12..=14 => (16, [0; 3]),
            // Four buckets: values below 2, then 2 and 3, 4 to 7, 8 and more.
            15 => (8 + 8 * 4, [0, 3, 0]),
            16 => (16 + 8 * 4, [0, 3, 0]),
            _ => (16, [1, 4, 0]),
        };
        let parsed = parse(|d| {
            (d.kind, d.type_, d.size) = (kind, type_, Le32::new(size));
            d.count = Le32::new(u32::from(kind != Kind::Member as u8));
            d.parameters = parameters.map(Le32::new);
        });
        let found = parsed.unwrap().field();
        assert_eq!(found.is_some(), expected, "kind {kind} with type {type_}");
    }
}

/// Sizes up to 128 at which a field of `kind` and its type is known.
fn sizes(kind: Kind, type_: Type, parameters: [u32; 3]) -> Vec<u32> {
    let is_known = |size: &u32| {
        let parsed = parse(|d| {
            (d.kind, d.type_, d.size) = (kind as u8, type_ as u8, Le32::new(*size));
            d.parameters = parameters.map(Le32::new);
        });
        parsed.is_ok_and(|descriptor| descriptor.field().is_some())
    };
    (0..=128).filter(is_known).collect()
}

#[test]
fn sizes_are_those_that_types_and_parameters_say() {
    assert_eq!(sizes(Kind::Text, Type::Text, [0; 3]), [16, 32, 48, 64, 80, 96, 112, 128]);
    assert_eq!(sizes(Kind::Average, Type::Average, [0; 3]), [16]);
    let moving = sizes(Kind::MovingAverage, Type::MovingAverage, [100, 0, 0]);
    assert_eq!(moving, (16..=128).step_by(8).collect::<Vec<_>>());
    // Buckets: (powers - precision + 1) * 2^precision.
    assert_eq!(sizes(Kind::Histogram, Type::Histogram, [0, 3, 0]), [8 + 8 * 4]);
    assert_eq!(sizes(Kind::Histogram, Type::Histogram, [1, 5, 9]), [8 + 8 * 10], "the third is reserved");
    assert_eq!(sizes(Kind::Timer, Type::Timer, [1, 5, 0]), [16 + 8 * 10]);
    // Four bytes of data in each word of two copies.
    assert_eq!(sizes(Kind::Record, Type::Record, [1, 1, 0]), [16]);
    assert_eq!(sizes(Kind::Record, Type::Record, [3, 12, 0]), [48]);
    assert_eq!(sizes(Kind::Record, Type::Record, [3, 13, 0]), [64]);
}

#[test]
fn parameters_that_no_size_fits_are_not_known() {
    let all = u32::MAX;
    for division in [[0, 0], [4, 4], [4, 65], [17, 64], [all, all], [0, all], [all, 0]] {
        let parameters = [division[0], division[1], 0];
        assert_eq!(sizes(Kind::Histogram, Type::Histogram, parameters), []);
        assert_eq!(sizes(Kind::Timer, Type::Timer, parameters), []);
    }
    for members in [[0, 4], [1, 0], [1, all], [all, all]] {
        assert_eq!(sizes(Kind::Record, Type::Record, [members[0], members[1], 0]), []);
    }
}

#[test]
fn types_of_several_words_are_aligned_to_words() {
    for (kind, type_, size, parameters) in [
        (Kind::Average, Type::Average, 16, [0; 3]),
        (Kind::MovingAverage, Type::MovingAverage, 24, [0; 3]),
        (Kind::Histogram, Type::Histogram, 40, [0, 3, 0]),
        (Kind::Timer, Type::Timer, 48, [0, 3, 0]),
        (Kind::Record, Type::Record, 32, [2, 8, 0]),
    ] {
        let field = |offset| {
            let parsed = parse(|d| {
                (d.kind, d.type_, d.size) = (kind as u8, type_ as u8, Le32::new(size));
                (d.offset, d.parameters) = (Le32::new(offset), parameters.map(Le32::new));
            });
            parsed.unwrap().field()
        };
        assert_eq!(field(136), Some((kind, type_)));
        assert_eq!(field(132), None);
    }
}

#[test]
fn a_member_has_no_elements_of_its_own() {
    let field =
        |count| parse(|d| (d.kind, d.count) = (Kind::Member as u8, Le32::new(count))).unwrap().field();
    assert_eq!((field(0), field(1)), (Some((Kind::Member, Type::U64)), None));
}
