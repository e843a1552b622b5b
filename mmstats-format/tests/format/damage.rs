//! A flipped bit or a cut record is noticed.

use bytemuck::{Zeroable, bytes_of};
use mmstats_format::Le32;
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Descriptor, DescriptorStrings};
use mmstats_format::error::ParseError;
use mmstats_format::header::Header;

use crate::support::{Strings, header};

/// Every way to flip one bit of `bytes`.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(move |bit| {
        let mut bytes = Vec::from(bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
        (bit, bytes)
    })
}

#[test]
fn a_flipped_bit_of_the_header_is_an_error_or_another_count_within_the_capacity() {
    // More bytes than the header has, so that a larger header_len does not run out of them.
    let mut file = Vec::from(bytes_of(&header().with_check(&[])));
    file.resize(256 * 256, 0);
    for (bit, bytes) in flipped(&file[..256]) {
        let mut damaged = file.clone();
        damaged[..256].copy_from_slice(&bytes);
        let is_count = Header::COUNT_OFFSETS.iter().any(|offset| (*offset..offset + 4).contains(&(bit / 8)));
        match Header::parse(&damaged, 4096) {
            Err(_) => {}
            Ok(parsed) if is_count => {
                for region in [parsed.attributes, parsed.descriptors, parsed.strings, parsed.slots] {
                    assert!(region.count.get() <= region.capacity.get());
                    assert!(region.offset.get() + region.published_len() <= 4096);
                }
            }
            Ok(_) => panic!("a header with bit {bit} flipped was taken"),
        }
    }
}

#[test]
fn a_flipped_bit_behind_the_known_header_is_an_error() {
    let mut longer = header();
    longer.header_len = mmstats_format::Le16::new(264);
    for region in [&mut longer.attributes, &mut longer.descriptors, &mut longer.strings] {
        region.offset = mmstats_format::Le64::new(region.offset.get() + 8);
    }
    let mut bytes = Vec::from(bytes_of(&longer.with_check(&[7; 8])));
    bytes.extend([7; 8]);
    assert!(Header::parse(&bytes, 4096).is_ok());
    assert!(flipped(&bytes[256..]).all(|(_, rest)| {
        let damaged = [&bytes[..256], &rest].concat();
        Header::parse(&damaged, 4096).is_err()
    }));
}

fn attribute() -> (AttributeRecord, String) {
    let mut strings = Strings::default();
    let (key, value) = ("service.version", "1.2.3");
    let record = AttributeRecord::new((strings.push(key), key), (strings.push(value), value));
    strings.push("something else, to be referred to by mistake");
    (record, strings.0)
}

fn descriptor() -> (Descriptor, String) {
    let mut strings = Strings::default();
    let texts = DescriptorStrings {
        label: "web.requests",
        help: "Requests served.",
        unit: "requests",
        tags: "method\0get\0",
    };
    let descriptor = Descriptor {
        offset: Le32::new(128),
        size: Le32::new(8),
        count: Le32::new(1),
        kind: 1,
        type_: 4,
        aggregate: 1,
        label: strings.push(texts.label),
        help: strings.push(texts.help),
        unit: strings.push(texts.unit),
        tags: strings.push(texts.tags),
        ..Descriptor::zeroed()
    };
    strings.push("something else, to be referred to by mistake");
    (descriptor.with_check(&texts), strings.0)
}

/// Every way to flip one bit of the first `len` bytes of `strings` that leaves UTF-8.
fn flipped_strings(strings: &str, len: usize) -> impl Iterator<Item = String> {
    flipped(strings.as_bytes()).take(len * 8).filter_map(|(_, bytes)| String::from_utf8(bytes).ok())
}

#[test]
fn a_flipped_bit_of_an_attribute_or_its_strings_is_an_error() {
    let (record, strings) = attribute();
    assert!(AttributeRecord::parse(bytes_of(&record), &strings, 0).is_ok());
    assert!(
        flipped(bytes_of(&record)).all(|(_, bytes)| AttributeRecord::parse(&bytes, &strings, 0).is_err())
    );
    assert!(flipped_strings(&strings, 20).all(|s| AttributeRecord::parse(bytes_of(&record), &s, 0).is_err()));
}

#[test]
fn a_flipped_bit_of_a_descriptor_or_its_strings_is_an_error() {
    let (record, strings) = descriptor();
    assert!(Descriptor::parse(bytes_of(&record), &strings, u32::MAX, 0).is_ok());
    for (bit, bytes) in flipped(bytes_of(&record)) {
        assert!(Descriptor::parse(&bytes, &strings, u32::MAX, 0).is_err(), "bit {bit} was flipped");
    }
    let mut damaged = flipped_strings(&strings, 12 + 16 + 8 + 11);
    assert!(damaged.all(|s| Descriptor::parse(bytes_of(&record), &s, u32::MAX, 0).is_err()));
}

#[test]
fn a_cut_record_says_how_long_it_should_be() {
    let whole = header().with_check(&[]);
    let (attribute, strings) = attribute();
    for len in 0..Header::LEN {
        assert_message(
            Header::parse(&bytes_of(&whole)[..len], 4096),
            &format!("expected a header of at least 256 bytes, found {len} at byte 0"),
        );
    }
    for len in 0..AttributeRecord::LEN {
        assert_message(
            AttributeRecord::parse(&bytes_of(&attribute)[..len], &strings, 256),
            &format!("expected an attribute record of at least 24 bytes, found {len} at byte 256"),
        );
    }
    let (descriptor, strings) = descriptor();
    for len in 0..Descriptor::LEN {
        assert_message(
            Descriptor::parse(&bytes_of(&descriptor)[..len], &strings, 256, 640),
            &format!("expected a descriptor record of at least 64 bytes, found {len} at byte 640"),
        );
    }
}

#[test]
fn a_longer_header_has_to_be_there_whole() {
    let longer = Header { header_len: mmstats_format::Le16::new(264), ..header() };
    assert_message(
        Header::parse(bytes_of(&longer.with_check(&[0; 8])), 4096),
        "expected a header of at least 264 bytes, found 256 at byte 0",
    );
}

#[test]
fn a_wrong_check_is_named_with_both_numbers() {
    let whole = header().with_check(&[]);
    let wrong = Header { check: Le32::new(0x0bad_cafe), ..whole };
    assert_message(
        Header::parse(bytes_of(&wrong), 4096),
        "expected check 33899ee2 of the header, found 0badcafe at byte 76",
    );
    let (record, strings) = attribute();
    let wrong = AttributeRecord { check: Le32::new(0xf), ..record };
    assert_message(
        AttributeRecord::parse(bytes_of(&wrong), &strings, 256),
        &format!("expected check {:08x} of an attribute, found 0000000f at byte 256", record.check.get()),
    );
    let (record, strings) = descriptor();
    let wrong = Descriptor { check: Le32::new(0xf), ..record };
    assert_message(
        Descriptor::parse(bytes_of(&wrong), &strings, 256, 640),
        &format!("expected check {:08x} of a descriptor, found 0000000f at byte 640", record.check.get()),
    );
}

#[test]
fn another_file_is_refused_by_its_first_bytes() {
    let mut bytes = [b' '; 256];
    bytes[..8].copy_from_slice(b"\x01\x07\x00web.r");
    assert_message(
        Header::parse(&bytes, 256),
        "expected an mmstats file (first byte 02, then \"mmstats\"), found 01 07 00 77 65 62 2e 72 at byte 0",
    );
}

fn assert_message<T: core::fmt::Debug>(result: Result<T, ParseError>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}
