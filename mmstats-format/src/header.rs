//! The header: who wrote the file, and where its regions are (FORMAT.md, "Header").

use bytemuck::{Pod, Zeroable};

use crate::attribute::AttributeRecord;
use crate::check::record_check;
use crate::descriptor::Descriptor;
use crate::error::{self, ErrorKind, ParseError};
use crate::le::{Le16, Le32, Le64};
use crate::slot::SlotHeader;

/// The first eight bytes of a file of format 2. A reader of format 1, where the first byte is 1,
/// refuses it by its own rule.
pub const MAGIC: [u8; 8] = *b"\x02mmstats";

/// The minor version that this crate writes. Readers take every minor version.
pub const MINOR_VERSION: u16 = 0;

/// The writer held a write lock on the whole file when it published it.
pub const FLAG_LOCKED: u32 = 1;
/// The file outlives its writer on purpose: it is not removed as stale.
pub const FLAG_KEEP: u32 = 1 << 1;

/// A part of the file that holds records of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Region {
    /// Bytes from the start of the file.
    pub offset: Le64,
    /// Bytes reserved, at least `capacity * record_len`.
    pub len: Le64,
    /// Bytes from one record to the next.
    pub record_len: Le32,
    /// Published records. Stored with release order after the records that it reveals.
    pub count: Le32,
    /// Records for which there is room.
    pub capacity: Le32,
    /// Zero.
    pub reserved: Le32,
}

impl Region {
    /// The region of `capacity` records of `record_len` bytes at `offset`, none published.
    #[must_use]
    pub const fn new(offset: u64, record_len: u32, capacity: u32) -> Self {
        Self {
            offset: Le64::new(offset),
            // Two u32 cannot overflow a u64.
            len: Le64::new((record_len as u64).saturating_mul(capacity as u64)),
            record_len: Le32::new(record_len),
            count: Le32::new(0),
            capacity: Le32::new(capacity),
            reserved: Le32::new(0),
        }
    }

    /// The byte after the reserved ones.
    pub const fn end(&self) -> u64 {
        self.offset.get().saturating_add(self.len.get())
    }

    /// The byte of the file at which record `index` starts.
    pub const fn record_offset(&self, index: u32) -> u64 {
        let distance = (self.record_len.get() as u64).saturating_mul(index as u64);
        self.offset.get().saturating_add(distance)
    }

    /// Bytes from the start of the region to the end of the last published record.
    pub const fn published_len(&self) -> u64 {
        (self.record_len.get() as u64).saturating_mul(self.count.get() as u64)
    }
}

/// The first 256 bytes of the file.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// Raised when something is added that older readers may skip.
    pub minor_version: Le16,
    /// Bytes of the header, at least 256, a multiple of 8.
    pub header_len: Le16,
    /// [`FLAG_LOCKED`], [`FLAG_KEEP`]; others are zero and ignored.
    pub flags: Le32,
    /// Bytes of the file.
    pub file_len: Le64,
    /// Random; identifies this run of the writer.
    pub instance_id: [u8; 16],
    /// See [`crate::SchemaHasher`].
    pub schema_hash: Le64,
    /// `st_dev` of this file as the writer saw it.
    pub st_dev: Le64,
    /// `st_ino` of this file as the writer saw it.
    pub st_ino: Le64,
    /// Process id of the writer in its own pid namespace.
    pub pid: Le32,
    /// Effective user id of the writer.
    pub uid: Le32,
    /// Effective group id of the writer.
    pub gid: Le32,
    /// CRC-32 of the header with `check` and the regions' counts as zero.
    pub check: Le32,
    /// When the writer's process started, in clock ticks since boot (field 22 of
    /// `/proc/PID/stat`); 0 is unknown.
    pub pid_start_time: Le64,
    /// The machine's boot (`/proc/sys/kernel/random/boot_id`); zero is unknown.
    pub boot_id: [u8; 16],
    /// Inode of the writer's pid namespace (`/proc/self/ns/pid`); 0 is unknown.
    pub pid_namespace: Le64,
    /// When the file was made, in nanoseconds since 1970-01-01 UTC.
    pub created_realtime_ns: Le64,
    /// When the file was made, in nanoseconds since boot (`CLOCK_BOOTTIME`); 0 is unknown.
    pub created_boottime_ns: Le64,
    /// Records of [`AttributeRecord`].
    pub attributes: Region,
    /// Records of [`Descriptor`].
    pub descriptors: Region,
    /// Bytes of UTF-8.
    pub strings: Region,
    /// Slots: a [`SlotHeader`] and one thread's values each.
    pub slots: Region,
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Region>() == 32);
    assert!(offset_of!(Region, count) == 20);
    assert!(size_of::<Header>() == Header::LEN);
    assert!(align_of::<Header>() == 8);
    assert!(offset_of!(Header, minor_version) == 8);
    assert!(offset_of!(Header, flags) == 12);
    assert!(offset_of!(Header, file_len) == 16);
    assert!(offset_of!(Header, instance_id) == 24);
    assert!(offset_of!(Header, schema_hash) == 40);
    assert!(offset_of!(Header, st_dev) == 48);
    assert!(offset_of!(Header, st_ino) == 56);
    assert!(offset_of!(Header, pid) == 64);
    assert!(offset_of!(Header, check) == 76);
    assert!(offset_of!(Header, pid_start_time) == 80);
    assert!(offset_of!(Header, boot_id) == 88);
    assert!(offset_of!(Header, pid_namespace) == 104);
    assert!(offset_of!(Header, created_realtime_ns) == 112);
    assert!(offset_of!(Header, created_boottime_ns) == 120);
    assert!(offset_of!(Header, attributes) == 128);
    assert!(offset_of!(Header, slots) == 224);
};

impl Header {
    /// Bytes of the header as of minor version 0.
    pub const LEN: usize = 256;

    /// Where the counts of the four regions stand in the file: attributes, descriptors, strings,
    /// slots.
    pub const COUNT_OFFSETS: [usize; 4] = [148, 180, 212, 244];

    /// The length of the header at the start of `bytes`, which may be more than [`Header::LEN`].
    ///
    /// # Errors
    /// If `bytes` are too few, or do not start as an mmstats file of format 2 does.
    pub fn parse_len(bytes: &[u8]) -> Result<usize, ParseError> {
        let header: Self = error::record(bytes, "a header", 0)?;
        if header.magic != MAGIC {
            return Err(ErrorKind::Magic { found: header.magic }.at(0));
        }
        at_least("a header", Self::LEN as u64, u64::from(header.header_len.get()), 10)?;
        multiple_of("the length of the header", 8, u64::from(header.header_len.get()), 10)?;
        Ok(usize::from(header.header_len.get()))
    }

    /// Decodes and checks the header at the start of `bytes`, of a file of `file_len` bytes.
    ///
    /// # Errors
    /// If it is not a header, is damaged, or its regions leave the file, overlap, or hold records
    /// shorter than those of minor version 0.
    pub fn parse(bytes: &[u8], file_len: u64) -> Result<Self, ParseError> {
        let header_len = Self::parse_len(bytes)?;
        let Some(bytes) = bytes.get(..header_len) else {
            let (bound, found) = (header_len as u64, bytes.len() as u64);
            return Err(ErrorKind::AtLeast { what: "a header", bound, found }.at(0));
        };
        let header: Self = error::record(bytes, "a header", 0)?;
        let expected = header.compute_check(bytes.get(Self::LEN..).unwrap_or_default());
        let found = header.check.get();
        if found != expected {
            return Err(ErrorKind::Check { what: "the header", expected, found }.at(76));
        }
        at_least("a file", header.file_len.get(), file_len, 16)?;
        header.check_regions()?;
        Ok(header)
    }

    /// This header with its check. `rest` are the bytes of the header after the first 256.
    #[must_use]
    pub fn with_check(mut self, rest: &[u8]) -> Self {
        self.check = Le32::new(self.compute_check(rest));
        self
    }

    fn compute_check(&self, rest: &[u8]) -> u32 {
        let mut fixed = *self;
        fixed.check = Le32::new(0);
        for region in [&mut fixed.attributes, &mut fixed.descriptors, &mut fixed.strings, &mut fixed.slots] {
            region.count = Le32::new(0);
        }
        record_check(&fixed, &[rest])
    }

    fn check_regions(&self) -> Result<(), ParseError> {
        check_region(&REGION_RULES[0], &self.attributes, self)?;
        check_region(&REGION_RULES[1], &self.descriptors, self)?;
        check_region(&REGION_RULES[2], &self.strings, self)?;
        check_region(&REGION_RULES[3], &self.slots, self)?;

        let mut regions =
            [(self.attributes, 128), (self.descriptors, 160), (self.strings, 192), (self.slots, 224)];
        regions.sort_unstable_by_key(|(region, _)| (region.offset.get(), region.len.get()));
        let mut free_from = u64::from(self.header_len.get());
        for (region, at) in regions {
            at_least("the offset of a region", free_from, region.offset.get(), at)?;
            free_from = region.end();
        }
        Ok(())
    }

    /// Whether every flag in `flags` is set.
    pub const fn has_flags(&self, flags: u32) -> bool {
        self.flags.get() & flags == flags
    }
}

/// What a region has to look like.
struct RegionRule {
    /// Where its entry in the region table stands.
    at: u64,
    align: u64,
    min_record_len: usize,
    record: &'static str,
    count: &'static str,
    end: &'static str,
}

const REGION_RULES: [RegionRule; 4] = [
    RegionRule {
        at: 128,
        align: 8,
        min_record_len: AttributeRecord::LEN,
        record: "an attribute record",
        count: "the count of attributes",
        end: "the end of the attributes",
    },
    RegionRule {
        at: 160,
        align: 8,
        min_record_len: Descriptor::LEN,
        record: "a descriptor record",
        count: "the count of descriptors",
        end: "the end of the descriptors",
    },
    RegionRule {
        at: 192,
        align: 1,
        min_record_len: 1,
        record: "a string record",
        count: "the count of string bytes",
        end: "the end of the strings",
    },
    RegionRule {
        at: 224,
        align: SlotHeader::ALIGN as u64,
        min_record_len: SlotHeader::LEN,
        record: "a slot record",
        count: "the count of slots",
        end: "the end of the slots",
    },
];

fn check_region(rule: &RegionRule, region: &Region, header: &Header) -> Result<(), ParseError> {
    let at = |field: u64| rule.at.saturating_add(field);
    let record_len = u64::from(region.record_len.get());
    multiple_of("the offset of a region", rule.align, region.offset.get(), at(0))?;
    at_most(rule.end, header.file_len.get(), region.end(), at(0))?;
    at_least(rule.record, rule.min_record_len as u64, record_len, at(16))?;
    multiple_of("the length of a record", rule.align, record_len, at(16))?;
    at_most(rule.count, u64::from(region.capacity.get()), u64::from(region.count.get()), at(20))?;
    let needed = record_len.saturating_mul(u64::from(region.capacity.get()));
    at_least("the length of a region", needed, region.len.get(), at(8))
}

fn at_least(what: &'static str, bound: u64, found: u64, at: u64) -> Result<(), ParseError> {
    if found < bound { Err(ErrorKind::AtLeast { what, bound, found }.at(at)) } else { Ok(()) }
}

fn at_most(what: &'static str, bound: u64, found: u64, at: u64) -> Result<(), ParseError> {
    if found > bound { Err(ErrorKind::AtMost { what, bound, found }.at(at)) } else { Ok(()) }
}

fn multiple_of(what: &'static str, unit: u64, found: u64, at: u64) -> Result<(), ParseError> {
    if found.is_multiple_of(unit) { Ok(()) } else { Err(ErrorKind::MultipleOf { what, unit, found }.at(at)) }
}
