//! Cut files, files with flipped bytes, hostile files, and torn values.

use crate::fixture::{
    Built, Field, Fixture, MAX, NONE, crc32, le32, put, record_copy, text, text_copy, torn_text,
};
use crate::{Group, built, file, named, put_in_descriptor};

/// Where the header has the entries of its regions: attributes, descriptors, strings and slots.
const REGIONS: [(&str, usize); 4] =
    [("attributes", 128), ("descriptors", 160), ("strings", 192), ("slots", 224)];

fn fields() -> [Field; 4] {
    [
        Field::counter("web.hits", &[5, 50]).described("How often.", "requests", "method\0get\0"),
        Field::gauge("load", 10, MAX, &[&0.5_f64.to_le_bytes(), &0.25_f64.to_le_bytes()]).described(
            "Über all.",
            "",
            "",
        ),
        Field::text("status", NONE, &[text(12, "läuft".as_bytes()), text(12, b"waits")]),
        Field::histogram("sizes", 3, &[&[9, 1, 0, 0, 2], &[5, 0, 0, 1, 1]]),
    ]
}

/// The file that is damaged.
fn good() -> Built {
    let fixture = file(fields()).slots(&[7, 9]).names(&[text(24, b"main"), text(24, b"worker")]);
    Fixture { spare: 1, ..fixture }.attribute("sys.cmd", "web").attribute("service.version", "1.2").build()
}

pub(crate) fn files() -> Group {
    [no_files(), cuts(), flips(), hostile_regions(), hostile_records(), hostile_strings(), torn()].concat()
}

fn no_files() -> Group {
    let mut format_3 = good();
    format_3.put(0, &[3]);
    let mut magic = good();
    magic.put(3, b"n");
    vec![
        named("empty", []),
        named("text", "This is a text, and no file of statistics.\n".repeat(8)),
        named("zeros", [0; 512]),
        named("format_3", format_3.bytes),
        named("magic", magic.bytes),
    ]
}

fn cuts() -> Group {
    let built = good();
    let places = [
        ("magic", 4),
        ("header", 200),
        ("behind_header", 256),
        ("descriptors", built.descriptors + 70),
        ("strings", built.strings + 20),
        ("first_slot", built.slots + 130),
        ("last_byte", built.bytes.len() - 1),
    ];
    let cut = places.map(|(name, len)| named(format!("cut_{name}"), &built.bytes[..len]));
    let longer = named("longer_than_it_says", [&built.bytes[..], b"more"].concat());
    cut.into_iter().chain([longer]).collect()
}

fn flips() -> Group {
    let built = good();
    let (attributes, descriptors, strings) = (built.attributes, built.descriptors, built.strings);
    // The strings are "sys.cmd", "web", "service.version", "1.2", "web.hits", "How often." and so on.
    let places = [
        ("minor_version", 8),
        ("flags", 12),
        ("instance_id", 24),
        ("pid", 64),
        ("header_check", 76),
        ("region", 160),
        ("attribute", attributes),
        ("attribute_check", attributes + 24 + 16),
        ("attribute_key", strings + 10),
        ("attribute_value", strings + 25),
        ("descriptor", descriptors + 12),
        ("second_descriptor", descriptors + 64 + 4),
        ("descriptor_check", descriptors + 2 * 64 + 60),
        ("label", strings + 28),
        ("help", strings + 40),
        ("unit", strings + 50),
        ("tags", strings + 60),
        ("tid", built.slots),
        ("thread_name", built.slots + 16),
        ("counter", built.value_at(0, 1)),
        ("gauge", built.value_at(1, 0) + 7),
        ("text", built.value_at(2, 0) + 8),
        ("text_version", built.value_at(2, 0) + 4),
        ("bucket", built.value_at(3, 1) + 8),
    ];
    let mut files: Group = Vec::new();
    for (name, at) in places {
        let mut flipped = built.bytes.clone();
        flipped[at] ^= 1;
        files.push(named(format!("flipped_{name}"), flipped));
    }
    // Change the second byte of a character, so that the string is not UTF-8.
    let mut flipped = built.bytes;
    flipped[strings + 70] ^= 0x80;
    files.push(named("flipped_character", flipped));
    files
}

/// Headers with a right check and impossible regions.
fn hostile_regions() -> Group {
    let built = good();
    let changed = |name: String, at: usize, new: &[u8]| {
        let mut changed = built.clone();
        changed.put(at, new).seal_header();
        named(name, changed.bytes)
    };
    let mut files: Group = Vec::new();
    for (region, at) in REGIONS {
        files.push(changed(format!("{region}_offset_wraps"), at, &(u64::MAX - 127).to_le_bytes()));
        files.push(changed(format!("{region}_len_too_large"), at + 8, &u64::MAX.to_le_bytes()));
        files.push(changed(format!("{region}_record_len_zero"), at + 16, &[0; 4]));
        files.push(changed(format!("{region}_count_beyond_capacity"), at + 20, &u32::MAX.to_le_bytes()));
        files.push(changed(format!("{region}_capacity_beyond_len"), at + 24, &u32::MAX.to_le_bytes()));
        files.push(changed(format!("{region}_in_header"), at, &128_u64.to_le_bytes()));
    }
    let attributes = (built.attributes as u64).to_le_bytes();
    files.push(changed("regions_overlap".to_owned(), 160, &attributes));
    files.push(changed("slots_misaligned".to_owned(), 224, &(built.slots as u64 + 8).to_le_bytes()));
    files.push(changed("header_len_too_small".to_owned(), 10, &248_u16.to_le_bytes()));
    files.push(changed("header_len_misaligned".to_owned(), 10, &257_u16.to_le_bytes()));
    files.push(changed("header_len_beyond_file".to_owned(), 10, &0xfff8_u16.to_le_bytes()));
    files.push(changed("file_len_too_large".to_owned(), 16, &u64::MAX.to_le_bytes()));
    files.push(changed("fewer_slots".to_owned(), 244, &le32(1)));
    files.push(changed("fewer_strings".to_owned(), 212, &le32(60)));
    files.push(changed("fewer_attributes".to_owned(), 148, &le32(1)));
    files
}

/// Records with a right check and impossible contents.
fn hostile_records() -> Group {
    let hits = &fields()[0];
    let descriptor = |name: &str, at: usize, new: &[u8]| {
        let mut changed = good();
        put_in_descriptor(&mut changed, (0, hits), at, new);
        named(format!("descriptor_{name}"), changed.bytes)
    };
    let all = u32::MAX.to_le_bytes();
    let mut files = vec![
        descriptor("offset_in_slot_header", 0, &le32(8)),
        descriptor("offset_beyond_slot", 0, &all),
        descriptor("size_beyond_slot", 4, &all),
        descriptor("count_beyond_slot", 8, &all),
        descriptor("label_beyond_strings", 16, &[0xff; 8]),
        descriptor("help_beyond_strings", 24, &[0xff; 8]),
        descriptor("unit_beyond_strings", 32, &[0xff; 8]),
        descriptor("tags_beyond_strings", 40, &[0xff; 8]),
    ];
    let overlapping = {
        let mut changed = good();
        let first = le32(changed.field_offsets[0]);
        put_in_descriptor(&mut changed, (1, &fields()[1]), 0, &first);
        named("fields_overlap", changed.bytes)
    };
    let attribute_beyond_strings = {
        let mut changed = good();
        let record = changed.attributes + 24;
        changed.put(record + 8, &[0xff; 8]);
        named("attribute_value_beyond_strings", changed.bytes)
    };
    files.extend([overlapping, attribute_beyond_strings]);
    files
}

/// Strings that a file must not have, or not so often.
fn hostile_strings() -> Group {
    let counter = |label: &str| Field::counter(label, &[5]);
    let not_utf_8 = Field { help: b"Once \xff and no more.".into(), ..counter("second") };
    let cut_character = {
        let mut cut = file([counter("größe")]).build();
        // The label ends in the middle of its third character.
        let label = "größe".as_bytes();
        let record_at = cut.descriptors;
        cut.put(record_at + 20, &le32(3)).put(record_at + 60, &[0; 4]);
        let check = crc32(&[&cut.bytes[record_at..record_at + 64], &label[..3]]);
        cut.put(record_at + 60, &check.to_le_bytes());
        named("label_ends_in_a_character", cut.bytes)
    };
    // An element costs eight bytes of the file, and its label 5,000 each time that it is shown.
    let long = Field::new(&"x".repeat(5_000), (1, 4), 1, vec![vec![1; 8 * 1_000]]).array(1_000);
    vec![
        built("label_empty", &file([counter("first"), counter(""), counter("third")])),
        built("label_twice", &file([counter("first"), counter("second"), counter("first")])),
        built("strings_not_utf_8", &file([counter("first"), not_utf_8, counter("third")])),
        built("strings_too_often", &file([counter("first"), long])),
        built(
            "attribute_key_empty",
            &file([counter("first")]).attribute("sys.cmd", "web").attribute("", "1"),
        ),
        built("attribute_key_twice", &file([counter("first")]).attribute("a", "1").attribute("a", "2")),
        cut_character,
    ]
}

/// The two copies of a text, the one of version `first`, the other of version `second`.
fn texts(first: u32, second: u32) -> Vec<u8> {
    [text_copy(first, b"the first"), text_copy(second, b"the other")].concat()
}

/// The two copies of a record of two numbers.
fn records(first: u32, second: u32) -> Vec<u8> {
    [record_copy(first, &[1; 8]), record_copy(second, &[2; 8])].concat()
}

/// `copies` in which the word of index `word` is of version `version`.
fn mixed(mut copies: Vec<u8>, words: &[(usize, u32)]) -> Vec<u8> {
    for (word, version) in words {
        put(&mut copies, word * 8 + 4, &version.to_le_bytes());
    }
    copies
}

fn torn() -> Group {
    let too_long = {
        let mut copies = texts(5, 6);
        put(&mut copies, 0, &le32(200));
        put(&mut copies, 32, &le32(200));
        copies
    };
    // A text of nine bytes takes four words, a record of eight takes two.
    let text_of = |label: &str, copies: Vec<u8>| Field::text(label, NONE, &[copies]);
    let text_fields = [
        Field::counter("before", &[1]),
        text_of("first_is_later", texts(7, 6)),
        text_of("other_is_later", texts(7, 8)),
        text_of("versions_wrap", texts(u32::MAX, 1)),
        text_of("first_was_being_written", mixed(texts(9, 8), &[(2, 7)])),
        text_of("other_was_being_written", mixed(texts(9, 10), &[(7, 8)])),
        text_of("both_were_being_written", mixed(texts(9, 10), &[(2, 7), (7, 8)])),
        text_of("never_written", vec![0; 64]),
        text_of("too_long_for_its_copies", too_long),
        Field::counter("after", &[2]),
    ];
    let record_of =
        |label: &str, copies: Vec<u8>| Field::record(label, 8, &[("a", 3, 0), ("b", 3, 4)], vec![copies]);
    let record_fields = [
        vec![Field::counter("before", &[1])],
        record_of("first_is_later", records(7, 6)),
        record_of("versions_wrap", records(u32::MAX, 1)),
        record_of("other_was_being_written", mixed(records(9, 10), &[(3, 8)])),
        record_of("both_were_being_written", mixed(records(9, 10), &[(1, 7), (3, 8)])),
        record_of("never_written", vec![0; 32]),
        vec![Field::counter("after", &[2])],
    ];
    let in_slots = [
        Field::text("one_is_torn", NONE, &[text(8, b"whole"), text(8, b"gone"), torn_text(8)]),
        Field::text("given_back_and_torn", NONE, &[text(8, b"whole"), torn_text(8), text(8, b"whole")]),
    ];
    let in_slots = file(in_slots).slots(&[7, 0, 9]);
    let names = [text(24, b"main"), text(24, b"gone"), torn_text(24)];
    vec![
        named("torn_texts", file(text_fields).build().bytes),
        named("torn_records", file(record_fields.concat()).build().bytes),
        named("torn_in_slots", in_slots.clone().build().bytes),
        named("torn_thread_name", in_slots.names(&names).build().bytes),
    ]
}
