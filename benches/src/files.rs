//! Files of as many fields as wanted.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use bytemuck::Zeroable;
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use mmstats_format::header::{Header, MAGIC, Region};
use mmstats_format::slot::{SlotHeader, stride};
use mmstats_format::strings::StrRef;
use mmstats_format::{Le16, Le32, Le64};

const HELP: &str = "What this field counts, said in about as many words as usual.";

/// Writes a file of format 2 with `count` counters, whose values are their indices.
pub(crate) fn write_v2(path: &Path, count: usize) -> io::Result<()> {
    let mut strings = String::new();
    let mut refer = |text: &str| {
        let reference = StrRef { offset: le32(strings.len()), len: le32(text.len()) };
        strings.push_str(text);
        reference
    };
    let mut descriptors = Vec::with_capacity(count);
    for index in 0..count {
        let label = format!("bench.fields.c{index:07}");
        let texts = DescriptorStrings { label: &label, help: HELP, unit: "events", tags: "" };
        let descriptor = Descriptor {
            offset: le32(SlotHeader::LEN + 8 * index),
            size: le32(8),
            count: le32(1),
            kind: Kind::Counter as u8,
            type_: Type::U64 as u8,
            aggregate: Aggregate::Sum as u8,
            label: refer(texts.label),
            help: refer(texts.help),
            unit: refer(texts.unit),
            ..Descriptor::zeroed()
        };
        descriptors.push(descriptor.with_check(&texts));
    }
    let stride = stride(8 * count).ok_or(io::ErrorKind::InvalidInput)?;
    let full = |offset: usize, record_len: usize, count: usize| {
        let mut region = Region::new(offset as u64, le32(record_len).get(), le32(count).get());
        region.count = region.capacity;
        region
    };
    let attributes = full(Header::LEN, AttributeRecord::LEN, 0);
    let records = full(Header::LEN, Descriptor::LEN, count);
    let texts = full(Header::LEN + Descriptor::LEN * count, 1, strings.len());
    let slots = Region { count: le32(1), ..Region::new(texts.end().next_multiple_of(128), stride, 1) };
    let header = Header {
        magic: MAGIC,
        header_len: Le16::new(256),
        file_len: Le64::new(slots.end()),
        attributes,
        descriptors: records,
        strings: texts,
        slots,
        ..Header::zeroed()
    };
    let mut bytes = bytemuck::bytes_of(&header.with_check(&[])).to_vec();
    bytes.extend(bytemuck::cast_slice(&descriptors));
    bytes.extend(strings.as_bytes());
    bytes.resize(usize::try_from(slots.offset.get()).unwrap_or(usize::MAX), 0);
    bytes.extend(bytemuck::bytes_of(&SlotHeader::new(1, 1, "main")));
    bytes.extend((0..count as u64).flat_map(u64::to_le_bytes));
    bytes.resize(usize::try_from(slots.end()).unwrap_or(usize::MAX), 0);
    fs::write(path, bytes)
}

/// Writes a file of format 1 with `count` unsigned fields, whose values are their indices.
pub(crate) fn write_v1(path: &Path, count: usize) -> io::Result<()> {
    let mut bytes = vec![1];
    let mut label = String::new();
    for index in 0..count {
        label.clear();
        let _ = write!(label, "bench.fields.c{index:07}");
        bytes.extend(u16::try_from(label.len()).unwrap_or(u16::MAX).to_ne_bytes());
        bytes.extend(label.as_bytes());
        bytes.extend(1_u16.to_ne_bytes());
        bytes.extend(*b"Q\xff");
        bytes.extend((index as u64).to_ne_bytes());
    }
    bytes.resize((bytes.len() + 1).next_multiple_of(4096), 0);
    fs::write(path, bytes)
}

fn le32(number: usize) -> Le32 {
    Le32::new(u32::try_from(number).unwrap_or(u32::MAX))
}
