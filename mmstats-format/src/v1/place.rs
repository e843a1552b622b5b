//! Where a field's value is, and which of two it is.

use core::ops::Range;

use crate::descriptor::Type;
use crate::error::{ErrorKind, ParseError};
use crate::v1::struct_format::{CompactFormat, StructFormat};
use crate::value::Value;

/// The index of a field that has only one value.
const UNBUFFERED: u8 = 255;

/// Where a field's value is in a file of format 1, and how it is decoded.
///
/// It needs no file, so that the values can be read again without the labels and types. It holds
/// as long as those are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    offset: u64,
    format: CompactFormat,
}

// Readers keep one for each field of a file, and the shortest field has eight bytes.
const _: () = assert!(size_of::<Place>() <= 24);

impl Place {
    /// The place of the values of `format` behind `index`, which stands at byte `offset` of the
    /// file; nothing if a value has more bytes than a u32 can count.
    pub(crate) fn new(offset: u64, index: u8, format: StructFormat) -> Option<Self> {
        let format = CompactFormat::new(format, index != UNBUFFERED)?;
        Some(Self { offset, format })
    }

    /// The bytes of the file that hold the index and the value or values, saturated.
    ///
    /// They can end behind the file's end by up to the length of a value: the last one of two may
    /// be cut off, if it is not the one to read.
    pub const fn range(&self) -> Range<u64> {
        let len = if self.is_buffered() { self.format.size().saturating_mul(2) } else { self.format.size() };
        self.offset..self.offset.saturating_add(1).saturating_add(len)
    }

    /// Those of [`Place::range`] that are in `file`.
    pub fn bytes<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        let Range { start, end } = self.range();
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(file.len());
        file.get(start..end).unwrap_or_default()
    }

    /// Whether there are two values, of which the index says which one to read.
    pub const fn is_buffered(&self) -> bool {
        self.format.is_buffered()
    }

    /// How each value is laid out.
    pub const fn format(&self) -> StructFormat {
        self.format.get()
    }

    /// Decodes the value to read in `bytes`, those at [`Place::range`].
    ///
    /// # Errors
    /// If the index is none of those that this field can have, or the value is cut off.
    pub fn decode(&self, bytes: &[u8]) -> Result<Value, ParseError> {
        let value = self.chosen(bytes).and_then(|value| self.format.get().decode(value));
        value.ok_or_else(|| self.problem(bytes))
    }

    /// The bytes that [`Place::decode`] decodes in `file`, and what [`Value::decode`] takes them
    /// for, if they start with a little-endian number: a short way to the values of most fields,
    /// for callers to inline.
    #[inline]
    pub fn number<'a>(&self, file: &'a [u8]) -> Option<(Type, &'a [u8])> {
        let bytes = file.get(usize::try_from(self.offset).ok()?..)?;
        self.format.number(self.chosen(bytes)?)
    }

    /// Whether there is a value to read in `bytes`, those at [`Place::range`].
    ///
    /// # Errors
    /// As [`Place::decode`].
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), ParseError> {
        if self.chosen(bytes).is_some() { Ok(()) } else { Err(self.problem(bytes)) }
    }

    /// The value to read in `bytes`, which start at the index.
    #[inline]
    fn chosen<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (index, values) = bytes.split_first()?;
        let start = usize::try_from(self.start(*index)?).ok()?;
        values.get(start..)?.get(..usize::try_from(self.format.size()).ok()?)
    }

    /// Where the value to read starts, in bytes behind `index`; nothing if this field cannot have
    /// that index.
    #[inline]
    const fn start(&self, index: u8) -> Option<u64> {
        match (self.is_buffered(), index) {
            (false, UNBUFFERED) | (true, 1) => Some(0),
            (true, 0) => Some(self.format.size()),
            // Python's slice of nothing is where nothing is looked for.
            (true, index) if index != UNBUFFERED && self.format.size() == 0 => Some(0),
            _ => None,
        }
    }

    /// Why there is no value to read in `bytes`.
    #[cold]
    fn problem(&self, bytes: &[u8]) -> ParseError {
        let Some((index, values)) = bytes.split_first() else {
            return ErrorKind::Cut { what: "an index", expected: 1, found: 0 }.at(self.offset);
        };
        let (found, expected) = (u64::from(*index), if self.is_buffered() { "0 or 1" } else { "255" });
        if self.start(*index).is_none() {
            return ErrorKind::OneOf { what: "an index", expected, found }.at(self.offset);
        }
        let Range { start, end } = self.range();
        let what = if self.is_buffered() { "two values" } else { "a value" };
        // The index is no part of them.
        let start = start.saturating_add(1);
        let (expected, found) = (end.saturating_sub(start), values.len() as u64);
        ErrorKind::Cut { what, expected, found }.at(start)
    }
}
