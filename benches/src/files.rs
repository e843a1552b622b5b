//! Files of as many fields as wanted.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use bytemuck::Zeroable;
use mmstats_format::descriptor::{Aggregate, DescriptorStrings, Kind, Type};
use mmstats_format::header::Header;
use mmstats_format::image::{Builder, Field, Room};
use mmstats_format::slot::SlotHeader;

const HELP: &str = "What this field counts, said in about as many words as usual.";

/// Writes a file of format 2 with `count` counters, whose values are their indices.
pub(crate) fn write_v2(path: &Path, count: usize) -> io::Result<()> {
    const WORD_LEN: usize = size_of::<u64>();
    let mut builder = Builder::new();
    for index in 0..count {
        let label = format!("bench.fields.c{index:07}");
        let field = Field {
            strings: DescriptorStrings { label: &label, help: HELP, unit: "events", tags: "" },
            offset: WORD_LEN * index,
            size: WORD_LEN,
            count: 1,
            kind: Kind::Counter,
            type_: Type::U64,
            aggregate: Aggregate::Sum,
            scale: 0,
            parameters: [0; 3],
        };
        builder.field(&field).map_err(io::Error::other)?;
    }
    let room = Room { slots: 1, ..Room::default() };
    let image = builder.lay_out(WORD_LEN * count, room).map_err(io::Error::other)?;
    let mut bytes = image.bytes(&Header::zeroed());
    // Publish its only slot.
    bytes[Header::COUNT_OFFSETS[3]..][..size_of::<u32>()].copy_from_slice(&1_u32.to_le_bytes());
    bytes.extend(bytemuck::bytes_of(&SlotHeader::new(1, 1, "main")));
    bytes.extend((0..count as u64).flat_map(u64::to_le_bytes));
    bytes.resize(usize::try_from(image.file_len()).unwrap_or(usize::MAX), 0);
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
