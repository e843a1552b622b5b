//! Builds the bytes of a new file before its first slot, from descriptions of its fields (FORMAT.md, "The file").
//!
//! A [`Builder`] takes attributes and fields in the order of the file, and lays them out as an [`Image`]. The header
//! also describes the writer and the file itself. These facts can change until the file is published, so they are
//! passed only to [`Image::bytes`].
//!
//! ```
//! use bytemuck::Zeroable;
//! use mmstats_format::descriptor::{Aggregate, DescriptorStrings, Kind, Type};
//! use mmstats_format::Le32;
//! use mmstats_format::header::Header;
//! use mmstats_format::image::{Builder, Field, Room};
//!
//! let mut builder = Builder::new();
//! builder.attribute("sys.language", "rust")?;
//! builder.field(&Field {
//!     strings: DescriptorStrings { label: "web.requests", unit: "requests", ..Default::default() },
//!     offset: 0,
//!     size: 8,
//!     count: 1,
//!     kind: Kind::Counter,
//!     type_: Type::U64,
//!     aggregate: Aggregate::Sum,
//!     scale: 0,
//!     parameters: [0; 3],
//! })?;
//! let image = builder.lay_out(8, Room { slots: 1, ..Room::default() })?;
//! let bytes = image.bytes(&Header { pid: Le32::new(4711), ..Header::zeroed() });
//! assert_eq!(bytes.len() as u64, image.slots().offset.get());
//! let header = Header::parse(&bytes, image.file_len())?;
//! assert_eq!((header.pid.get(), header.descriptors.count.get()), (4711, 1));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytemuck::Zeroable;

use crate::attribute::AttributeRecord;
use crate::check::SchemaHasher;
use crate::descriptor::{Aggregate, Descriptor, DescriptorStrings, Kind, Type};
use crate::header::{Header, MAGIC, MINOR_VERSION, Region};
use crate::label::{LabelError, check_label};
use crate::le::{Le16, Le32, Le64};
use crate::slot::{SlotHeader, stride};
use crate::strings::StrRef;

/// The description of a field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its label, help, unit and tags.
    pub strings: DescriptorStrings<'a>,
    /// Bytes from the start of a slot's values to the first element.
    pub offset: usize,
    /// Bytes of one element. The elements of an array follow each other without gaps.
    pub size: usize,
    /// The number of elements; more than one is an array.
    pub count: usize,
    /// The kind of the field: counter, gauge and so on.
    pub kind: Kind,
    /// How an element is laid out. [`Descriptor::field`] says which sizes and offsets fit.
    pub type_: Type,
    /// How readers combine the slots.
    pub aggregate: Aggregate,
    /// The value times ten to this power is in the unit.
    pub scale: i8,
    /// The parameters of the kind; zero where the kind has none.
    pub parameters: [u32; 3],
}

/// A member of a field of [`Kind::Record`].
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its label, help and unit; a member has no tags.
    pub strings: DescriptorStrings<'a>,
    /// Bytes from the start of the record's data.
    pub offset: usize,
    /// Bytes of the member.
    pub size: usize,
    /// How it is laid out.
    pub type_: Type,
}

/// Room for records that are added after a file was created (FORMAT.md, "Growth").
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Attributes in addition to those of the builder.
    pub attributes: u32,
    /// Descriptors in addition to those of the builder.
    pub descriptors: u32,
    /// Bytes of strings in addition to those of the builder.
    pub strings: u32,
    /// All slots: a new file has no published slot yet.
    pub slots: u32,
}

/// Why a file cannot be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A field has a label that is not allowed.
    Label(LabelError),
    /// A number does not fit into its place in the file.
    TooLarge {
        /// The quantity that is too large.
        what: &'static str,
    },
    /// A value overlaps the value before it.
    Overlap {
        /// Where the value starts.
        offset: usize,
        /// Where the value before it ends.
        end: usize,
    },
    /// Values do not fit into a slot, or members do not fit into the data of a record.
    Outside {
        /// Where they end.
        end: usize,
        /// The bytes of the slot's values or of the record's data.
        len: usize,
    },
    /// A member does not follow a record, or a record was given fewer or more members than it declares.
    Members,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(problem) => problem.fmt(f),
            Self::TooLarge { what } => write!(f, "expected {what} of less than 4 GiB, found more"),
            Self::Overlap { offset, end } => {
                write!(f, "expected a value at byte {end} or behind, found one at byte {offset}")
            }
            Self::Outside { end, len } => {
                write!(f, "expected values in {len} bytes, found one that ends at byte {end}")
            }
            Self::Members => f.write_str("expected as many members behind a record as it says, found others"),
        }
    }
}

impl core::error::Error for BuildError {}

/// Collects the attributes and fields of a new file. Do not use it again after it has returned an error.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    attributes: Vec<AttributeRecord>,
    descriptors: Vec<Descriptor>,
    strings: String,
    hasher: SchemaHasher,
    /// The end of the values so far, in bytes from the start of a slot's.
    values_end: usize,
    /// The rest of the record that was the last field.
    record: OpenRecord,
}

/// A record whose members are being described.
#[derive(Clone, Copy, Debug, Default)]
struct OpenRecord {
    members: u32,
    data_len: usize,
    /// The end of the members so far.
    end: usize,
}

impl Builder {
    /// A builder without attributes and fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an attribute.
    ///
    /// # Errors
    /// If the strings are too long.
    pub fn attribute(&mut self, key: &str, value: &str) -> Result<(), BuildError> {
        let (key, value) = ((self.string(key)?, key), (self.string(value)?, value));
        self.attributes.push(AttributeRecord::new(key, value));
        Ok(())
    }

    /// Appends a field. Its values must come after those of the field before it. If it is a record, call
    /// [`Builder::member`] for each of its members next.
    ///
    /// # Errors
    /// If the label is not allowed, a number is too large, the values overlap those of the field before, or the
    /// record before lacks members.
    pub fn field(&mut self, field: &Field<'_>) -> Result<(), BuildError> {
        self.close_record()?;
        check_label(field.strings.label).map_err(BuildError::Label)?;
        let size = number(field.size, "the size of a value")?;
        let count = number(field.count, "the count of a field's elements")?;
        let len = field.size.checked_mul(field.count);
        self.values_end = behind(self.values_end, field.offset, len)?;
        let record = Descriptor {
            offset: slot_offset(field.offset)?,
            size,
            count,
            kind: field.kind as u8,
            type_: field.type_ as u8,
            aggregate: field.aggregate as u8,
            scale: field.scale,
            parameters: field.parameters.map(Le32::new),
            ..Descriptor::zeroed()
        };
        if let Some(members) = record.members() {
            // A length of 32 bits fits a usize wherever a value of that length does.
            let data_len = usize::try_from(members.data_len).unwrap_or(usize::MAX);
            self.record = OpenRecord { members: members.count, data_len, end: 0 };
        }
        self.describe(record, &field.strings)
    }

    /// Appends a member of the record that is the last field.
    ///
    /// # Errors
    /// If the last field is not a record or already has all its members, a number is too large, the member overlaps
    /// the member before, or it does not fit into the record's data.
    pub fn member(&mut self, member: &Member<'_>) -> Result<(), BuildError> {
        let OpenRecord { members, data_len, end } = self.record;
        let members = members.checked_sub(1).ok_or(BuildError::Members)?;
        let end = behind(end, member.offset, Some(member.size))?;
        if end > data_len {
            return Err(BuildError::Outside { end, len: data_len });
        }
        self.record = OpenRecord { members, data_len, end };
        let record = Descriptor {
            // A member has no bytes of its own in the slot. A parameter says where in the record's data it is.
            offset: slot_offset(0)?,
            size: number(member.size, "the size of a value")?,
            kind: Kind::Member as u8,
            type_: member.type_ as u8,
            parameters: [number(member.offset, "the offset of a value")?, Le32::new(0), Le32::new(0)],
            ..Descriptor::zeroed()
        };
        self.describe(record, &member.strings)
    }

    /// Lays out a file whose slots have room for values of `values_len` bytes.
    ///
    /// # Errors
    /// If the values do not fit into `values_len` bytes, a record lacks members, or the file would be too large.
    pub fn lay_out(self, values_len: usize, room: Room) -> Result<Image, BuildError> {
        self.close_record()?;
        if self.values_end > values_len {
            return Err(BuildError::Outside { end: self.values_end, len: values_len });
        }
        let stride = stride(values_len).ok_or(BuildError::TooLarge { what: "a slot" })?;
        let Self { attributes, descriptors, strings, hasher, .. } = self;
        let mut end = Header::LEN as u64;
        let mut region = |align: usize, record_len: usize, count: usize, room: u32| {
            let (offset, region) = region(end, align, record_len, count, room)?;
            end = offset;
            Ok(region)
        };
        let layout = Layout {
            attributes: region(8, AttributeRecord::LEN, attributes.len(), room.attributes)?,
            descriptors: region(8, Descriptor::LEN, descriptors.len(), room.descriptors)?,
            strings: region(8, 1, strings.len(), room.strings)?,
            slots: region(SlotHeader::ALIGN, stride as usize, 0, room.slots)?,
            schema_hash: hasher.finish(),
        };
        Ok(Image { layout, attributes, descriptors, strings })
    }

    /// Appends the `record` of a field or member with its `strings`.
    fn describe(
        &mut self,
        mut record: Descriptor,
        strings: &DescriptorStrings<'_>,
    ) -> Result<(), BuildError> {
        let start = self.strings.len();
        record.label = self.string(strings.label)?;
        record.help = self.string(strings.help)?;
        record.unit = self.string(strings.unit)?;
        record.tags = self.string(strings.tags)?;
        let record = record.with_check_of(self.strings.get(start..).unwrap_or_default());
        self.hasher = record.hash_schema(strings, core::mem::take(&mut self.hasher));
        self.descriptors.push(record);
        Ok(())
    }

    /// Appends `text` to the strings.
    fn string(&mut self, text: &str) -> Result<StrRef, BuildError> {
        const WHAT: &str = "all strings";
        let reference = StrRef { offset: number(self.strings.len(), WHAT)?, len: number(text.len(), WHAT)? };
        self.strings.push_str(text);
        number(self.strings.len(), WHAT).map(|_| reference)
    }

    fn close_record(&self) -> Result<(), BuildError> {
        if self.record.members == 0 { Ok(()) } else { Err(BuildError::Members) }
    }
}

/// The regions of a file.
#[derive(Clone, Copy, Debug)]
struct Layout {
    attributes: Region,
    descriptors: Region,
    strings: Region,
    slots: Region,
    schema_hash: u64,
}

/// The contents of a file before its first slot, except for the facts about its writer and the file itself.
#[derive(Clone, Debug)]
pub struct Image {
    layout: Layout,
    attributes: Vec<AttributeRecord>,
    descriptors: Vec<Descriptor>,
    strings: String,
}

impl Image {
    /// The length of the file in bytes.
    pub const fn file_len(&self) -> u64 {
        self.layout.slots.end()
    }

    /// The region of the slots, of which none is published yet.
    pub const fn slots(&self) -> &Region {
        &self.layout.slots
    }

    /// The hash of the schema: see [`SchemaHasher`].
    pub const fn schema_hash(&self) -> u64 {
        self.layout.schema_hash
    }

    /// The header, with its check. The facts about the process and the file come from `writer`; all other members
    /// come from the layout, and those of `writer` are ignored.
    #[must_use]
    pub fn header(&self, writer: &Header) -> Header {
        let Layout { attributes, descriptors, strings, slots, schema_hash } = self.layout;
        let header = Header {
            magic: MAGIC,
            minor_version: Le16::new(MINOR_VERSION),
            header_len: Le16::new(256),
            file_len: Le64::new(self.file_len()),
            schema_hash: Le64::new(schema_hash),
            attributes,
            descriptors,
            strings,
            slots,
            ..*writer
        };
        header.with_check(&[])
    }

    /// The bytes up to the first slot, with the header that [`Image::header`] makes.
    #[must_use]
    pub fn bytes(&self, writer: &Header) -> Vec<u8> {
        let Layout { attributes, descriptors, strings, slots, .. } = self.layout;
        // Everything that is put here is in memory already, so it fits into the address space.
        let index = |offset: Le64| usize::try_from(offset.get()).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(index(slots.offset));
        // In the order in which they are in the file.
        let mut put = |offset: Le64, part: &[u8]| {
            bytes.resize(index(offset), 0);
            bytes.extend_from_slice(part);
        };
        put(Le64::new(0), bytemuck::bytes_of(&self.header(writer)));
        put(attributes.offset, bytemuck::cast_slice(&self.attributes));
        put(descriptors.offset, bytemuck::cast_slice(&self.descriptors));
        put(strings.offset, self.strings.as_bytes());
        put(slots.offset, &[]);
        bytes
    }
}

/// The region after byte `after` with `count` published records of `record_len` bytes and room for `room` more, and
/// the end of the region.
fn region(
    after: u64,
    align: usize,
    record_len: usize,
    count: usize,
    room: u32,
) -> Result<(u64, Region), BuildError> {
    const TOO_LARGE: BuildError = BuildError::TooLarge { what: "a region" };
    let count = number(count, "the count of records")?;
    let capacity = count.get().checked_add(room).ok_or(TOO_LARGE)?;
    let offset = after.checked_next_multiple_of(align as u64).ok_or(TOO_LARGE)?;
    let region = Region { count, ..Region::new(offset, number(record_len, "a record")?.get(), capacity) };
    // The system counts bytes of files in an i64, and the file is mapped into memory.
    let end = region.end();
    if i64::try_from(end).is_err() || usize::try_from(end).is_err() {
        return Err(TOO_LARGE);
    }
    Ok((end, region))
}

/// The end of the `len` bytes at `offset`, which must not start before `end`.
fn behind(end: usize, offset: usize, len: Option<usize>) -> Result<usize, BuildError> {
    if offset < end {
        return Err(BuildError::Overlap { offset, end });
    }
    len.and_then(|len| offset.checked_add(len)).ok_or(BuildError::TooLarge { what: "a slot" })
}

/// The offset in a slot of the byte `offset` of its values.
fn slot_offset(offset: usize) -> Result<Le32, BuildError> {
    number(offset.saturating_add(SlotHeader::LEN), "the offset of a value")
}

fn number(number: usize, what: &'static str) -> Result<Le32, BuildError> {
    u32::try_from(number).map(Le32::new).map_err(|_| BuildError::TooLarge { what })
}
