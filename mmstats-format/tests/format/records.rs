//! Every record keeps what it was given, at the bytes that docs/FORMAT.md says.

use bytemuck::{Zeroable, bytes_of};
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{self, Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::header::{FLAG_KEEP, FLAG_LOCKED, Header, Region};
use mmstats_format::slot::{self, SlotHeader};
use mmstats_format::strings::StrRef;
use mmstats_format::value::decode_text;
use mmstats_format::{Le32, Le64, SchemaHasher};

use crate::support::{Numbers, Strings, header};

/// The checks and hashes below were computed by Python's `zlib.crc32` and by hand.
const STRINGS: DescriptorStrings<'static> =
    DescriptorStrings { label: "label", help: "help", unit: "unit", tags: "k\0v\0x" };

fn counting<const LEN: usize>() -> [u8; LEN] {
    core::array::from_fn(|index| u8::try_from(index).unwrap())
}

/// A descriptor with every byte outside its references another.
fn descriptor() -> Descriptor {
    let reference = |offset, len| StrRef { offset: Le32::new(offset), len: Le32::new(len) };
    let mut descriptor: Descriptor = bytemuck::cast(counting::<64>());
    descriptor.label = reference(0, 5);
    descriptor.help = reference(5, 4);
    descriptor.unit = reference(9, 4);
    descriptor.tags = reference(13, 5);
    descriptor
}

#[test]
fn header_fields_stand_at_their_bytes() {
    let mut expected =
        Vec::from(*b"\x02mmstats\x08\x09\x00\x01\x0c\x0d\x0e\x0f\x00\x10\x00\x00\x00\x00\x00\x00");
    expected.extend(0x18..0x4c);
    expected.extend(0x3389_9ee2_u32.to_le_bytes());
    expected.extend(0x50..0x80);
    expected.extend(*b"\x00\x01\0\0\0\0\0\0\x60\0\0\0\0\0\0\0\x18\0\0\0\x02\0\0\0\x04\0\0\0\0\0\0\0");
    expected.extend(*b"\x60\x01\0\0\0\0\0\0\x00\x02\0\0\0\0\0\0\x40\0\0\0\x03\0\0\0\x08\0\0\0\0\0\0\0");
    expected.extend(*b"\x60\x03\0\0\0\0\0\0\xe8\x03\0\0\0\0\0\0\x01\0\0\0\xf4\x01\0\0\xe8\x03\0\0\0\0\0\0");
    expected.extend(*b"\x80\x07\0\0\0\0\0\0\x00\x08\0\0\0\0\0\0\x00\x01\0\0\x01\0\0\0\x08\0\0\0\0\0\0\0");
    assert_eq!(bytes_of(&header().with_check(&[])), expected);
}

#[test]
fn count_offsets_are_those_of_the_region_table() {
    let header = header();
    let counts = [&header.attributes, &header.descriptors, &header.strings, &header.slots]
        .map(|region| region.count.get().to_le_bytes());
    for (count, offset) in counts.iter().zip(Header::COUNT_OFFSETS) {
        assert_eq!(bytes_of(&header)[offset..offset + 4], *count);
    }
}

#[test]
fn descriptor_fields_stand_at_their_bytes() {
    let mut expected = Vec::from(counting::<16>());
    expected.extend(*b"\x00\0\0\0\x05\0\0\0\x05\0\0\0\x04\0\0\0\x09\0\0\0\x04\0\0\0\x0d\0\0\0\x05\0\0\0");
    expected.extend(48..60);
    expected.extend(0x833a_980d_u32.to_le_bytes());
    let descriptor = descriptor().with_check(&STRINGS);
    assert_eq!(bytes_of(&descriptor), expected);
    assert_eq!((descriptor.offset.get(), descriptor.size.get()), (0x0302_0100, 0x0706_0504));
    assert_eq!(descriptor.count.get(), 0x0b0a_0908);
    assert_eq!((descriptor.kind, descriptor.type_, descriptor.aggregate, descriptor.scale), (12, 13, 14, 15));
}

#[test]
fn attribute_fields_stand_at_their_bytes() {
    let reference = |offset, len| StrRef { offset: Le32::new(offset), len: Le32::new(len) };
    let record = AttributeRecord::new((reference(1, 3), "key"), (reference(4, 5), "value"));
    let mut expected = Vec::from(*b"\x01\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0");
    expected.extend(0x0bf5_35ef_u32.to_le_bytes());
    expected.extend([0; 4]);
    assert_eq!(bytes_of(&record), expected);
}

#[test]
fn slot_header_fields_stand_at_their_bytes() {
    let slot = SlotHeader {
        tenancy: Le64::new(SlotHeader::tenancy(0x0403_0201, 0x0807_0605)),
        name: core::array::from_fn(|index| Le64::new(0x100 + index as u64)),
        ..SlotHeader::zeroed()
    };
    let mut expected = vec![1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    expected.extend((0..14).flat_map(|index| [index, 1, 0, 0, 0, 0, 0, 0]));
    assert_eq!(bytes_of(&slot), expected);
}

#[test]
fn codes_are_those_of_the_page() {
    let kinds: Vec<_> = (1..=10).map(|code| Kind::from_code(code).unwrap().name()).collect();
    let expected = [
        "counter",
        "updown",
        "gauge",
        "text",
        "average",
        "moving_average",
        "histogram",
        "timer",
        "record",
        "member",
    ];
    assert_eq!(kinds, expected);
    let types: Vec<_> = (1..=17).map(|code| Type::from_code(code).unwrap().name()).collect();
    assert_eq!(
        types[..12],
        ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64", "bool", "text"]
    );
    assert_eq!(types[12..], ["average", "moving_average", "histogram", "timer", "record"]);
    let aggregates = [0, 1, 2, 3, 4, 5].map(|code| Aggregate::from_code(code).unwrap().name());
    assert_eq!(aggregates, ["none", "sum", "min", "max", "mean", "constant"]);
    assert_eq!((Kind::from_code(0), Type::from_code(0)), (None, None));
    assert_eq!((Kind::from_code(11), Type::from_code(18), Aggregate::from_code(6)), (None, None, None));
    assert_eq!((FLAG_LOCKED, FLAG_KEEP), (1, 2));
}

#[test]
fn schema_hash_is_fnv_1a_of_all_but_help_and_places_of_strings() {
    assert_eq!(SchemaHasher::new().finish(), 0xcbf2_9ce4_8422_2325);
    assert_eq!(SchemaHasher::new().bytes(b"foobar").finish(), 0x8594_4171_f739_67e8);
    assert_eq!(
        SchemaHasher::new().string("é").finish(),
        SchemaHasher::new().bytes(b"\x02\0\0\0\xc3\xa9").finish()
    );

    let hash =
        |descriptor: Descriptor, strings| descriptor.hash_schema(&strings, SchemaHasher::new()).finish();
    let same = hash(descriptor(), STRINGS);
    assert_eq!(same, 0x00e6_2ebd_65e8_bdb8);
    assert_eq!(hash(descriptor(), DescriptorStrings { help: "other", ..STRINGS }), same);
    let moved = StrRef { offset: Le32::new(90), len: Le32::new(9) };
    assert_eq!(hash(Descriptor { label: moved, check: moved.len, ..descriptor() }, STRINGS), same);
    assert_ne!(hash(descriptor(), DescriptorStrings { unit: "other", ..STRINGS }), same);
    assert_ne!(hash(descriptor(), DescriptorStrings { tags: "", ..STRINGS }), same);
    assert_ne!(hash(Descriptor { scale: -9, ..descriptor() }, STRINGS), same);
}

#[test]
fn headers_survive_the_round_trip() {
    let mut numbers = Numbers(1);
    for _ in 0..500 {
        let header = any_header(&mut numbers);
        let rest = numbers.bytes::<24>();
        let header = header.with_check(&rest);
        let mut bytes = Vec::from(bytes_of(&header));
        bytes.extend(rest);
        assert_eq!(Header::parse_len(&bytes), Ok(280));
        let parsed = Header::parse(&bytes, header.file_len.get()).unwrap();
        assert_eq!(bytes_of(&parsed), bytes_of(&header));
        // A file may be longer than it says, but not shorter.
        assert!(Header::parse(&bytes, u64::MAX).is_ok());
        assert!(Header::parse(&bytes, header.file_len.get() - 1).is_err());
    }
}

/// A header of 280 bytes with its regions in any order and with gaps between them.
fn any_header(numbers: &mut Numbers) -> Header {
    let mut header: Header = bytemuck::cast(numbers.bytes::<256>());
    (header.magic, header.header_len) = (mmstats_format::header::MAGIC, mmstats_format::Le16::new(280));
    let mut order = [0, 1, 2, 3];
    for index in 1..4 {
        order.swap(index, numbers.below(index + 1));
    }
    let mut next = 280;
    for which in order {
        let (align, shortest, region) = [
            (8, 24, &mut header.attributes),
            (8, 64, &mut header.descriptors),
            (1, 1, &mut header.strings),
            (128, 128, &mut header.slots),
        ]
        .into_iter()
        .nth(which)
        .unwrap();
        let offset = (next + numbers.below(1000)).next_multiple_of(align) as u64;
        let record_len = u32::try_from(shortest + align * numbers.below(5)).unwrap();
        let capacity = numbers.below(20);
        *region = Region::new(offset, record_len, u32::try_from(capacity).unwrap());
        region.count = Le32::new(u32::try_from(numbers.below(capacity + 1)).unwrap());
        region.len = Le64::new(region.len.get() + numbers.below(50) as u64);
        next = usize::try_from(region.end()).unwrap();
    }
    header.file_len = Le64::new(next as u64 + 1);
    header
}

#[test]
fn attributes_and_descriptors_survive_the_round_trip() {
    let mut numbers = Numbers(2);
    for _ in 0..500 {
        let [key, label, help, unit, tags, value] = core::array::from_fn(|index| {
            let first = if index < 2 { "é" } else { "" };
            first.to_owned() + &numbers.text(9)
        });
        let texts = DescriptorStrings { label: &label, help: &help, unit: &unit, tags: &tags };
        let mut strings = Strings(numbers.text(9));
        let attribute = AttributeRecord::new((strings.push(&key), &key), (strings.push(&value), &value));
        let size = numbers.below(100);
        let count = numbers.below(100);
        let offset = 128 + numbers.below(1000);
        let stride = slot::stride(offset - 128 + size * count).unwrap();
        let descriptor = Descriptor {
            offset: Le32::new(u32::try_from(offset).unwrap()),
            size: Le32::new(u32::try_from(size).unwrap()),
            count: Le32::new(u32::try_from(count).unwrap()),
            label: strings.push(&label),
            help: strings.push(&help),
            unit: strings.push(&unit),
            tags: strings.push(&tags),
            ..bytemuck::cast(numbers.bytes::<64>())
        };
        let descriptor = descriptor.with_check(&texts);

        // Bytes behind the record belong to a later version or to the next record.
        let mut bytes = Vec::from(bytes_of(&attribute));
        bytes.extend(numbers.bytes::<8>());
        assert_eq!(AttributeRecord::parse(&bytes, &strings.0, 256), Ok((key.as_str(), value.as_str())));
        let mut bytes = Vec::from(bytes_of(&descriptor));
        bytes.extend(numbers.bytes::<8>());
        let parsed = Descriptor::parse(&bytes, &strings.0, stride, 256).unwrap();
        assert_eq!(bytes_of(&parsed), bytes_of(&descriptor));
        assert_eq!(parsed.resolve(&strings.0, 256), Ok(texts));
        assert_eq!(parsed.values_len(), (size * count) as u64);
    }
}

#[test]
fn a_check_is_of_the_strings_one_after_the_other_wherever_they_stand() {
    let mut apart = Strings::default();
    let mut descriptor = descriptor();
    descriptor.offset = Le32::new(128);
    descriptor.size = Le32::new(0);
    // The other way round, and with something between them.
    descriptor.tags = apart.push(STRINGS.tags);
    descriptor.unit = apart.push(STRINGS.unit);
    apart.push("-");
    descriptor.help = apart.push(STRINGS.help);
    descriptor.label = apart.push(STRINGS.label);
    let descriptor = descriptor.with_check(&STRINGS);
    let parsed = Descriptor::parse(bytes_of(&descriptor), &apart.0, 128, 0).unwrap();
    assert_eq!(parsed.resolve(&apart.0, 0), Ok(STRINGS));
    assert_eq!(descriptor.with_check_of("labelhelpunitk\0v\0x").check, descriptor.check);

    let other = apart.0.replace("help", "hemp");
    let error = Descriptor::parse(bytes_of(&descriptor), &other, 128, 7).unwrap_err();
    assert!(error.to_string().contains("check"), "{error}");
}

/// FNV-1a of 64 bits, as its authors write it.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn a_hash_is_that_of_byte_after_byte() {
    assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    let mut numbers = Numbers(7);
    for len in 0..40 {
        let bytes: Vec<u8> = numbers.bytes::<40>()[..len].to_vec();
        let zeros = bytes.iter().map(|byte| if byte % 4 == 0 { *byte } else { 0 }).collect();
        for bytes in [bytes, zeros] {
            assert_eq!(SchemaHasher::new().bytes(&bytes).finish(), fnv(&bytes), "{bytes:?}");
        }
    }
}

#[test]
fn a_slot_without_a_thread_keeps_how_often_it_was_leased() {
    let slot = |tid, leases| SlotHeader {
        tenancy: Le64::new(SlotHeader::tenancy(tid, leases)),
        ..SlotHeader::zeroed()
    };
    assert_eq!((slot(0, 0).tid(), slot(0, 0).leases()), (None, 0));
    assert_eq!((slot(0, 7).tid(), slot(0, 7).leases()), (None, 7));
    assert_eq!(
        (slot(u32::MAX, u32::MAX).tid(), slot(u32::MAX, u32::MAX).leases()),
        (Some(u32::MAX), u32::MAX)
    );
}

#[test]
fn a_tenant_has_a_name_that_is_cut_at_a_character() {
    let name = |name| {
        let slot = SlotHeader::new(7, 2, name);
        assert_eq!((slot.tid(), slot.leases()), (Some(7), 2));
        decode_text(&bytes_of(&slot)[SlotHeader::NAME_OFFSET..]).unwrap()
    };
    assert_eq!(name(""), "");
    assert_eq!(name("tokio-worker"), "tokio-worker");
    assert_eq!(name("123456789-123456789-1234"), "123456789-123456789-1234");
    assert_eq!(name("123456789-123456789-123é"), "123456789-123456789-123");
}

#[test]
fn a_slot_is_its_header_and_values_rounded_up_to_128() {
    assert_eq!([0, 1, 128, 129].map(slot::stride), [Some(128), Some(256), Some(256), Some(384)]);
    assert_eq!(slot::stride(u32::MAX as usize - 255), Some(u32::MAX - 127));
    assert_eq!(slot::stride(u32::MAX as usize - 254), None);
    assert_eq!(slot::stride(usize::MAX), None);
}

#[test]
fn tags_are_pairs_and_what_is_left_over_is_not() {
    let pairs = |tags| descriptor::tags(tags).collect::<Vec<_>>();
    assert_eq!(pairs(""), []);
    assert_eq!(pairs("method\0get\0status\x002xx\0"), [("method", "get"), ("status", "2xx")]);
    assert_eq!(pairs("method\0\0"), [("method", "")]);
    assert_eq!(pairs("method\0get\0status\0"), [("method", "get")]);
}
