//! The hexdump in docs/FORMAT.md is what the types of this crate mean.

use bytemuck::{Zeroable, bytes_of};
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::header::{FLAG_LOCKED, Header, Region};
use mmstats_format::image::{Builder, Field, Room};
use mmstats_format::slot::SlotHeader;
use mmstats_format::value::{Value, decode_text};
use mmstats_format::{Le32, Le64, SchemaHasher, tagged};

#[path = "../support/hexdump.rs"]
mod page;

const ATTRIBUTES: [(&str, &str); 3] =
    [("sys.cmd", "example"), ("sys.language", "rust"), ("sys.language.version", "1.95.0")];

const FIELDS: [(Kind, Type, Aggregate, DescriptorStrings<'static>); 2] = [
    (
        Kind::Counter,
        Type::U64,
        Aggregate::Sum,
        DescriptorStrings { label: "web.requests", help: "Requests served.", unit: "requests", tags: "" },
    ),
    (
        Kind::Text,
        Type::Text,
        Aggregate::Constant,
        DescriptorStrings { label: "web.version", help: "", unit: "", tags: "" },
    ),
];

#[test]
fn the_hexdump_is_what_a_writer_writes() {
    page::assert_documented(&example());
}

#[test]
fn the_hexdump_is_read_as_it_says() {
    let file: Vec<u8> = page::documented().into_iter().flat_map(|line| line.bytes).collect();
    let header = Header::parse(&file, file.len() as u64).unwrap();
    assert_eq!((header.pid.get(), header.uid.get(), header.flags.get()), (4242, 1000, FLAG_LOCKED));

    let strings = core::str::from_utf8(published(&file, &header.strings)).unwrap();
    for (index, attribute) in (0..).zip(ATTRIBUTES) {
        let at = header.attributes.record_offset(index);
        assert_eq!(AttributeRecord::parse(&file[usize::try_from(at).unwrap()..], strings, at), Ok(attribute));
    }

    let slot = published(&file, &header.slots);
    let (values, mut hasher) = ([Value::U64(1027), Value::Text("0.1.0".into())], SchemaHasher::new());
    for (index, (expected, value)) in (0..).zip(FIELDS.into_iter().zip(values)) {
        let at = header.descriptors.record_offset(index);
        let bytes = &file[usize::try_from(at).unwrap()..];
        let descriptor = Descriptor::parse(bytes, strings, header.slots.record_len.get(), at).unwrap();
        assert_eq!(descriptor.field(), Some((expected.0, expected.1)));
        assert_eq!(descriptor.aggregate(), expected.2);
        assert_eq!(descriptor.resolve(strings, at), Ok(expected.3));
        let offset = descriptor.offset.get() as usize;
        let element = &slot[offset..offset + descriptor.size.get() as usize];
        assert_eq!(Value::decode(expected.1, element), Ok(value));
        hasher = descriptor.hash_schema(&expected.3, hasher);
    }
    assert_eq!(header.schema_hash.get(), hasher.finish());

    let tenant: SlotHeader = bytemuck::pod_read_unaligned(&slot[..SlotHeader::LEN]);
    assert_eq!((tenant.tid(), tenant.leases()), (Some(4242), 1));
    assert_eq!(decode_text(&slot[SlotHeader::NAME_OFFSET..SlotHeader::LEN]), Ok("main".into()));
}

#[test]
fn the_errors_of_the_page_are_those_of_the_example_when_it_is_damaged() {
    let header = |change: fn(&mut Header)| {
        let mut header: Header = bytemuck::pod_read_unaligned(&example()[..Header::LEN]);
        change(&mut header);
        Header::parse(bytes_of(&header.with_check(&[])), 896).unwrap_err()
    };
    let descriptor = |change: fn(&mut Descriptor)| {
        let mut descriptor: Descriptor = bytemuck::pod_read_unaligned(&example()[328..392]);
        change(&mut descriptor);
        let strings = String::from_utf8_lossy(&example()[456..559]).replace("web.requests", "éb.requests");
        Descriptor::parse(bytes_of(&descriptor), &strings, 256, 328).unwrap_err()
    };
    let page = include_str!("../../../docs/FORMAT.md");
    for error in [
        header(|header| header.magic = *b"\x7fELF\x02\x01\x01\x00"),
        Header::parse(&example(), 512).unwrap_err(),
        Descriptor::parse(&example()[328..340], "", 256, 328).unwrap_err(),
        header(|header| header.slots.count = Le32::new(2)),
        header(|header| header.slots.offset = Le64::new(648)),
        descriptor(|descriptor| descriptor.label.offset = Le32::new(108)),
        descriptor(|descriptor| descriptor.label.offset = Le32::new(57)),
    ] {
        assert!(page.contains(&format!("`{error}`")), "docs/FORMAT.md does not have `{error}`");
    }
    let mut damaged = example();
    damaged[0x184..0x188].fill(0);
    let strings = core::str::from_utf8(&damaged[456..559]).unwrap();
    let error = Descriptor::parse(&damaged[328..], strings, 256, 328).unwrap_err();
    assert!(page.contains(&format!("`{error}`")), "docs/FORMAT.md does not have `{error}`");
}

fn published<'a>(file: &'a [u8], region: &Region) -> &'a [u8] {
    let start = usize::try_from(region.offset.get()).unwrap();
    &file[start..start + usize::try_from(region.published_len()).unwrap()]
}

/// The file of `Example`, with its counter at 1027.
fn example() -> Vec<u8> {
    let mut builder = Builder::new();
    for (key, value) in ATTRIBUTES {
        builder.attribute(key, value).unwrap();
    }
    for (kind, type_, aggregate, strings) in FIELDS {
        let (offset, size) = if type_ == Type::Text { (16, tagged::text_len(8)) } else { (0, 8) };
        let (count, scale, parameters) = (1, 0, [0; 3]);
        builder
            .field(&Field { strings, offset, size, count, kind, type_, aggregate, scale, parameters })
            .unwrap();
    }
    let image = builder.lay_out(64, Room { slots: 1, ..Room::default() }).unwrap();
    let mut file = image.bytes(&process());
    let slots = Header::COUNT_OFFSETS[3];
    file[slots..slots + 4].copy_from_slice(&1_u32.to_le_bytes());
    let slot = file.len();
    file.resize(usize::try_from(image.file_len()).unwrap(), 0);
    let mut put = |offset: usize, bytes: &[u8]| file[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(slot, bytes_of(&SlotHeader::new(4242, 1, "main")));
    put(slot + 128, &1027_u64.to_le_bytes());
    put(slot + 144, &first_copy("0.1.0"));
    file
}

/// The part of the header that says who wrote the file.
fn process() -> Header {
    Header {
        flags: Le32::new(FLAG_LOCKED),
        instance_id: *b"\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf",
        st_dev: Le64::new(25),
        st_ino: Le64::new(71),
        pid: Le32::new(4242),
        uid: Le32::new(1000),
        gid: Le32::new(1000),
        pid_start_time: Le64::new(8_640_000),
        boot_id: *b"\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xbb\xbc\xbd\xbe\xbf",
        pid_namespace: Le64::new(4_026_531_836),
        created_realtime_ns: Le64::new(1_700_000_000_000_000_000),
        created_boottime_ns: Le64::new(86_400_500_000_000),
        ..Header::zeroed()
    }
}

/// The words that `text` needs in its first copy, with version 1.
fn first_copy(text: &str) -> Vec<u8> {
    tagged::text_data(text).flat_map(|data| tagged::word(1, data).to_le_bytes()).collect()
}
