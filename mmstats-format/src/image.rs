//! The bytes of a new file before its first slot, from descriptions of its fields (FORMAT.md, "The file").
//!
//! A [`Builder`] takes attributes and fields in the order in which they are to be in the file, and lays them out as an
//! [`Image`]. What the header says of the writer and of the file itself can change until the file is published, so
//! [`Image::bytes`] is told it last.
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

/// A field, as whoever makes a file describes it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What people read of it.
    pub strings: DescriptorStrings<'a>,
    /// Bytes from the start of a slot's values to the first element.
    pub offset: usize,
    /// Bytes of one element, and from one element to the next.
    pub size: usize,
    /// Elements; more than one is an array.
    pub count: usize,
    /// What it counts or holds.
    pub kind: Kind,
    /// How an element is laid out. [`Descriptor::field`] says which sizes and offsets fit.
    pub type_: Type,
    /// How readers combine the slots.
    pub aggregate: Aggregate,
    /// The value times ten to this power is in the unit.
    pub scale: i8,
    /// Those of the kind; zero where it has none.
    pub parameters: [u32; 3],
}

/// A member of a field of [`Kind::Record`].
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// What people read of it; it has no tags.
    pub strings: DescriptorStrings<'a>,
    /// Bytes from the start of the record's data.
    pub offset: usize,
    /// Bytes of the member.
    pub size: usize,
    /// How it is laid out.
    pub type_: Type,
}

/// Room for records that are not there when a file is made (FORMAT.md, "Growth").
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Attributes beside those that the builder was given.
    pub attributes: u32,
    /// Descriptors beside those that the builder was given.
    pub descriptors: u32,
    /// Bytes of strings beside those that the builder was given.
    pub strings: u32,
    /// Slots: a new file has none yet.
    pub slots: u32,
}

/// Why a file cannot be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A field cannot be called that.
    Label(LabelError),
    /// A number is larger than the file has room for.
    TooLarge {
        /// What it is the number of.
        what: &'static str,
    },
    /// Values overlap those before them.
    Overlap {
        /// Where they start.
        offset: usize,
        /// The end of those before.
        end: usize,
    },
    /// Values do not fit into what holds them: a slot, or the data of a record.
    Outside {
        /// Where they end.
        end: usize,
        /// Bytes that there are.
        len: usize,
    },
    /// A member has no record before it, or a record more members than were given.
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

/// Takes down what a new file describes. It is of no use any more after it has returned an error.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    attributes: Vec<AttributeRecord>,
    descriptors: Vec<Descriptor>,
    strings: String,
    hasher: SchemaHasher,
    /// The end of the values so far, in bytes from the start of a slot's.
    values_end: usize,
    /// What is still to come of the record that was the last field.
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
    /// Of a file that describes nothing.
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

    /// Appends a field, whose values are behind those of the field before. The members of a record have to
    /// follow.
    ///
    /// # Errors
    /// If the label is none, a number is too large, the values overlap those before, or the record before lacks
    /// members.
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
    /// If there is no such record or it has all its members, a number is too large, or the member overlaps the
    /// one before or leaves the record's data.
    pub fn member(&mut self, member: &Member<'_>) -> Result<(), BuildError> {
        let OpenRecord { members, data_len, end } = self.record;
        let members = members.checked_sub(1).ok_or(BuildError::Members)?;
        let end = behind(end, member.offset, Some(member.size))?;
        if end > data_len {
            return Err(BuildError::Outside { end, len: data_len });
        }
        self.record = OpenRecord { members, data_len, end };
        let record = Descriptor {
            // No bytes of the slot: those are the record's. Where in its data is a parameter.
            offset: slot_offset(0)?,
            size: number(member.size, "the size of a value")?,
            kind: Kind::Member as u8,
            type_: member.type_ as u8,
            parameters: [number(member.offset, "the offset of a value")?, Le32::new(0), Le32::new(0)],
            ..Descriptor::zeroed()
        };
        self.describe(record, &member.strings)
    }

    /// Lays out a file with slots for values of `values_len` bytes.
    ///
    /// # Errors
    /// If the values do not fit into as many bytes, a record lacks members, or the file would be too large.
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

/// Where everything is in a file.
#[derive(Clone, Copy, Debug)]
struct Layout {
    attributes: Region,
    descriptors: Region,
    strings: Region,
    slots: Region,
    schema_hash: u64,
}

/// What a file holds before its first slot, but for what depends on its writer and the file itself.
#[derive(Clone, Debug)]
pub struct Image {
    layout: Layout,
    attributes: Vec<AttributeRecord>,
    descriptors: Vec<Descriptor>,
    strings: String,
}

impl Image {
    /// Bytes of the file.
    pub const fn file_len(&self) -> u64 {
        self.layout.slots.end()
    }

    /// Where the slots are, of which none is published.
    pub const fn slots(&self) -> &Region {
        &self.layout.slots
    }

    /// See [`SchemaHasher`].
    pub const fn schema_hash(&self) -> u64 {
        self.layout.schema_hash
    }

    /// The header, with its check. It says of the process and of the file what `writer` says, and of the rest what
    /// was laid out, whatever `writer` says of that.
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
        // The builder was given what is put here, so that it fits the address space.
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

/// The region of `count` published records of `record_len` bytes, and of `room` more, behind byte `after`; and its
/// end.
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
    // The system counts bytes of files in an i64, and they are mapped.
    let end = region.end();
    if i64::try_from(end).is_err() || usize::try_from(end).is_err() {
        return Err(TOO_LARGE);
    }
    Ok((end, region))
}

/// The end of the `len` bytes at `offset`, which have to be behind `end`.
fn behind(end: usize, offset: usize, len: Option<usize>) -> Result<usize, BuildError> {
    if offset < end {
        return Err(BuildError::Overlap { offset, end });
    }
    len.and_then(|len| offset.checked_add(len)).ok_or(BuildError::TooLarge { what: "a slot" })
}

/// Where in a slot the byte `offset` of its values is.
fn slot_offset(offset: usize) -> Result<Le32, BuildError> {
    number(offset.saturating_add(SlotHeader::LEN), "the offset of a value")
}

fn number(number: usize, what: &'static str) -> Result<Le32, BuildError> {
    u32::try_from(number).map(Le32::new).map_err(|_| BuildError::TooLarge { what })
}
