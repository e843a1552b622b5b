//! What describes the values of a file: parsed once, and then only what was appended.

use std::fs::File;

use mmstats_format::Le32;
use mmstats_format::attribute::AttributeRecord;
use mmstats_format::descriptor::{Descriptor, Kind};
use mmstats_format::error::{ErrorKind, ParseError};
use mmstats_format::header::{Header, Region};
use mmstats_format::slot::SlotHeader;
use mmstats_format::strings::StrRef;

use super::crowd::{Crowd, ThreadStrings, strings_bound};
use super::field::Details;
use super::fields::Fields;
use crate::error::Error;
use mmstats_host::buffer::AlignedBuffer;
use mmstats_host::header::read_header_into;

/// Bytes of records or strings to read at a time.
const CHUNK_LEN: u64 = 64 * 1024;

/// Where the strings of an attribute are.
#[derive(Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) key: StrRef,
    pub(crate) value: StrRef,
}

/// What describes the values of a file, as far as it was published and could be parsed.
pub(crate) struct Schema {
    pub(crate) header: Header,
    /// The header as it was read last.
    header_bytes: Vec<u8>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) fields: Fields,
    /// The published strings, up to the first byte that is not UTF-8.
    strings: String,
    /// Bytes of the records of attributes and fields.
    records_len: u64,
    /// Bytes of the strings of all metrics, counted as often as they are shown.
    strings_len: u64,
    /// The same of the last field that is no member of a record.
    field_len: u64,
    /// The same of the fields that are shown thread by thread.
    pub(super) thread_strings: ThreadStrings,
    /// How many threads are shown one by one at the last read: where all are, and where they are combined.
    pub(super) crowds: [Crowd; 2],
    /// Bytes of a slot that the parsed descriptors lay claim to.
    values_len: u64,
    /// Why parsing stopped. What comes behind is never parsed.
    pub(crate) problem: Option<ParseError>,
}

impl Schema {
    /// Parses what `file` has published. Both buffers are used to read.
    pub(crate) fn read(
        file: &File,
        header_buffer: &mut AlignedBuffer,
        buffer: &mut AlignedBuffer,
    ) -> Result<Self, Error> {
        let published = read_header_into(file, header_buffer)?;
        let mut header = published;
        for region in
            [&mut header.attributes, &mut header.descriptors, &mut header.strings, &mut header.slots]
        {
            region.count = Le32::new(0);
        }
        let mut schema = Self {
            header,
            header_bytes: header_buffer.bytes().to_vec(),
            attributes: Vec::new(),
            fields: Fields::default(),
            strings: String::new(),
            records_len: 0,
            strings_len: 0,
            field_len: 0,
            thread_strings: ThreadStrings::default(),
            crowds: <[Crowd; 2]>::default(),
            values_len: 0,
            problem: None,
        };
        schema.read_new(file, &published, header_buffer.bytes(), buffer)?;
        Ok(schema)
    }

    /// Bytes of the header.
    pub(crate) fn header_len(&self) -> usize {
        self.header_bytes.len()
    }

    /// Parses what was appended, if `header_bytes`, read just now, say that something was.
    #[inline]
    pub(crate) fn update(
        &mut self,
        file: &File,
        header_bytes: &[u8],
        buffer: &mut AlignedBuffer,
    ) -> Result<(), Error> {
        if header_bytes == self.header_bytes {
            return Ok(());
        }
        self.grow(file, header_bytes, buffer)
    }

    #[cold]
    fn grow(&mut self, file: &File, header_bytes: &[u8], buffer: &mut AlignedBuffer) -> Result<(), Error> {
        let header = self.parse_successor(file, header_bytes)?;
        self.read_new(file, &header, header_bytes, buffer)
    }

    /// Parses what is new in a file whose `header` was read as `header_bytes`.
    fn read_new(
        &mut self,
        file: &File,
        header: &Header,
        header_bytes: &[u8],
        buffer: &mut AlignedBuffer,
    ) -> Result<(), Error> {
        // A writer counts strings before the records that refer to them. So their count is read
        // after the records' counts: it covers all that those records need.
        let again = buffer.read(file, 0, header_bytes.len())?;
        let strings =
            if again == header_bytes { header.strings } else { self.parse_successor(file, again)?.strings };

        self.read_strings(file, &strings, buffer)?;
        self.header.strings.count = strings.count;
        self.read_attributes(file, &header.attributes, buffer)?;
        self.read_descriptors(file, &header.descriptors, buffer)?;
        self.header.slots.count = header.slots.count;
        self.header_bytes.copy_from_slice(header_bytes);
        Ok(())
    }

    /// The header in `bytes`, if it can follow upon the present one: only counts may rise.
    fn parse_successor(&self, file: &File, bytes: &[u8]) -> Result<Header, Error> {
        let is_count =
            |at: usize| Header::COUNT_OFFSETS.iter().any(|count| at.wrapping_sub(*count) < size_of::<u32>());
        let mut pairs = bytes.iter().zip(&self.header_bytes).enumerate();
        if let Some((at, _)) = pairs.find(|(at, (new, old))| new != old && !is_count(*at)) {
            return Err(Error::Changed { what: "the header", offset: at as u64 });
        }
        let header = Header::parse(bytes, file.metadata().map_err(Error::Read)?.len())?;
        let counts = [
            ("the count of attributes", self.header.attributes, header.attributes),
            ("the count of descriptors", self.header.descriptors, header.descriptors),
            ("the count of string bytes", self.header.strings, header.strings),
            ("the count of slots", self.header.slots, header.slots),
        ];
        for ((what, old, new), at) in counts.into_iter().zip(Header::COUNT_OFFSETS) {
            let (bound, found) = (u64::from(old.count.get()), u64::from(new.count.get()));
            if found < bound {
                return Err(ErrorKind::AtLeast { what, bound, found }.at(at as u64).into());
            }
        }
        Ok(header)
    }

    /// Appends the published strings that are new, as far as they are UTF-8.
    fn read_strings(
        &mut self,
        file: &File,
        region: &Region,
        buffer: &mut AlignedBuffer,
    ) -> Result<(), Error> {
        let published = region.published_len();
        reserve(published.saturating_sub(self.strings.len() as u64), |count| {
            self.strings.try_reserve_exact(count)
        })?;
        loop {
            let known = self.strings.len() as u64;
            let missing = published.saturating_sub(known);
            if missing == 0 {
                return Ok(());
            }
            let len = usize::try_from(missing.min(CHUNK_LEN)).unwrap_or_default();
            let bytes = buffer.read(file, region.offset.get().saturating_add(known), len)?;
            let valid = match std::str::from_utf8(bytes) {
                Ok(valid) => valid,
                Err(error) => bytes
                    .get(..error.valid_up_to())
                    .and_then(|valid| str::from_utf8(valid).ok())
                    .unwrap_or_default(),
            };
            if valid.is_empty() {
                return Ok(());
            }
            self.strings.push_str(valid);
        }
    }

    fn read_attributes(
        &mut self,
        file: &File,
        region: &Region,
        buffer: &mut AlignedBuffer,
    ) -> Result<(), Error> {
        let from = self.header.attributes.count.get();
        reserve(new_records(region, from), |count| self.attributes.try_reserve_exact(count))?;
        self.read_records(file, region, from, AttributeRecord::LEN, buffer, |schema, bytes, at| {
            if let Ok(AttributeRecord { key, value, .. }) = bytemuck::try_pod_read_unaligned(bytes) {
                schema.refer(schema.len_of(&[key, value]), AttributeRecord::LEN, 0, at)?;
                AttributeRecord::parse(bytes, &schema.strings, at)?;
                schema.attributes.push(Attribute { key, value });
            }
            schema.header.attributes.count =
                Le32::new(schema.header.attributes.count.get().saturating_add(1));
            Ok(())
        })
    }

    fn read_descriptors(
        &mut self,
        file: &File,
        region: &Region,
        buffer: &mut AlignedBuffer,
    ) -> Result<(), Error> {
        let from = self.header.descriptors.count.get();
        reserve(new_records(region, from), |count| self.fields.try_reserve_exact(count))?;
        self.read_records(file, region, from, Descriptor::LEN, buffer, |schema, bytes, at| {
            if let Ok(descriptor) = bytemuck::try_pod_read_unaligned::<Descriptor>(bytes) {
                schema.describe(&descriptor, at)?;
            }
            let stride = schema.header.slots.record_len.get();
            let descriptor = Descriptor::parse(bytes, &schema.strings, stride, at)?;
            schema.claim(&descriptor, at)?;
            schema.fields.push(&descriptor);
            schema.header.descriptors.count =
                Le32::new(schema.header.descriptors.count.get().saturating_add(1));
            Ok(())
        })
    }

    /// Takes in the strings of `descriptor`, which is at byte `at`, before anyone looks at them.
    fn describe(&mut self, descriptor: &Descriptor, at: u64) -> Result<(), ParseError> {
        let Descriptor { label, help, unit, tags, .. } = *descriptor;
        let own = self.len_of(&[label, help, unit, tags]);
        // A member of a record is shown with what is said of the record.
        let is_member = descriptor.kind == Kind::Member as u8;
        let len = if is_member { own.saturating_add(self.field_len) } else { own };
        if !is_member {
            self.field_len = own;
        }
        let len = len.saturating_mul(self.fields.elements(descriptor)).saturating_mul(rows(descriptor.kind));
        self.thread_strings.add(descriptor, len);
        self.refer(len, Descriptor::LEN, descriptor.values_len(), at)
    }

    /// Bytes of `strings`. One that leaves the published strings is not looked at, and is an error of its own.
    fn len_of(&self, strings: &[StrRef]) -> u64 {
        let published = self.strings.len() as u64;
        let lens = strings.iter().map(|string| u64::from(string.len.get()));
        lens.filter(|len| *len <= published).fold(0, u64::saturating_add)
    }

    /// Takes in that the record at byte `at`, of `record_len` bytes, has values of `values_len` bytes, and that the
    /// strings of all its metrics are `len` bytes.
    fn refer(&mut self, len: u64, record_len: usize, values_len: u64, at: u64) -> Result<(), ParseError> {
        self.strings_len = self.strings_len.saturating_add(len);
        self.records_len = self.records_len.saturating_add(record_len as u64);
        let taken = self.records_len.saturating_add(self.values_len).saturating_add(values_len);
        let bound = strings_bound(taken).saturating_add(self.strings.len() as u64);
        at_most("the length of all metrics' strings", bound, self.strings_len, at)
    }

    /// Takes in that the values of `descriptor` are no other field's: else a small file could hold
    /// any number of long ones.
    fn claim(&mut self, descriptor: &Descriptor, at: u64) -> Result<(), ParseError> {
        self.values_len = self.values_len.saturating_add(descriptor.values_len());
        let stride = u64::from(self.header.slots.record_len.get());
        let bound = stride.saturating_sub(SlotHeader::LEN as u64);
        at_most("the length of all values in a slot", bound, self.values_len, at)
    }

    /// Calls `parse` with the first `known_len` bytes of each published record of `region` from
    /// `index` on, and with where they stand in the file. The first error ends all parsing.
    fn read_records(
        &mut self,
        file: &File,
        region: &Region,
        mut index: u32,
        known_len: usize,
        buffer: &mut AlignedBuffer,
        mut parse: impl FnMut(&mut Self, &[u8], u64) -> Result<(), ParseError>,
    ) -> Result<(), Error> {
        let (record_len, count) = (region.record_len.get(), region.count.get());
        let batch = CHUNK_LEN.checked_div(record_len.into()).map_or(1, |batch| batch.max(1));
        while index < count && self.problem.is_none() {
            let batch = u64::from(count.saturating_sub(index)).min(batch);
            // Of the last record only what is known: a record may be longer than a chunk.
            let len = u64::from(record_len).saturating_mul(batch.saturating_sub(1));
            let len = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(known_len);
            let bytes = buffer.read(file, region.record_offset(index), len)?;
            for record in bytes.chunks(record_len as usize) {
                if let Err(error) =
                    parse(self, record.get(..known_len).unwrap_or(record), region.record_offset(index))
                {
                    self.problem = Some(self.explain(error));
                    break;
                }
                index = index.saturating_add(1);
            }
        }
        Ok(())
    }

    /// The reason of `error`: a reference beyond the strings is right if they end too early.
    fn explain(&self, error: ParseError) -> ParseError {
        let region = &self.header.strings;
        let valid_len = self.strings.len() as u64;
        if valid_len == region.published_len() || matches!(error.kind, ErrorKind::Check { .. }) {
            return error;
        }
        ErrorKind::Utf8 { what: "the strings" }.at(region.offset.get().saturating_add(valid_len))
    }

    /// Key and value of the attribute `index`.
    pub(crate) fn attribute(&self, index: u32) -> (&str, &str) {
        match self.attributes.get(index as usize) {
            Some(attribute) => (self.string(attribute.key), self.string(attribute.value)),
            None => ("", ""),
        }
    }

    /// A string of the field `index`.
    pub(crate) fn field_string(&self, index: u32, which: impl FnOnce(&Details) -> StrRef) -> &str {
        self.fields.details(index).map(|details| self.string(which(details))).unwrap_or_default()
    }

    /// The string that `reference`, which was checked when it was parsed, refers to.
    pub(super) fn string(&self, reference: StrRef) -> &str {
        reference.resolve(&self.strings, "", 0).unwrap_or_default()
    }
}

/// How many rows a metric of the kind with this code has at most, where each part of a value has its own.
fn rows(kind: u8) -> u64 {
    const PARTS_OF_AVERAGE: u64 = 3;
    const PARTS_OF_DISTRIBUTION: u64 = 9;
    match kind {
        kind if kind == Kind::Average as u8 => PARTS_OF_AVERAGE,
        kind if kind == Kind::Histogram as u8 || kind == Kind::Timer as u8 => PARTS_OF_DISTRIBUTION,
        _ => 1,
    }
}

fn at_most(what: &'static str, bound: u64, found: u64, at: u64) -> Result<(), ParseError> {
    if found > bound { Err(ErrorKind::AtMost { what, bound, found }.at(at)) } else { Ok(()) }
}

/// Records of `region` behind the first `known`.
fn new_records(region: &Region, known: u32) -> u64 {
    region.count.get().saturating_sub(known).into()
}

/// Has `try_reserve` make room for `count` more items. The file holds them, and is not smaller.
fn reserve<E>(count: u64, try_reserve: impl FnOnce(usize) -> Result<(), E>) -> Result<(), Error> {
    let memory = |_| Error::Memory { len: count };
    try_reserve(usize::try_from(count).unwrap_or(usize::MAX)).map_err(memory)
}
