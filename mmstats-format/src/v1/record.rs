//! The fields of a file, one after the other.

extern crate alloc;

use alloc::string::String;

use crate::error::{ErrorKind, ParseError};
use crate::v1::place::Place;
use crate::v1::struct_format::StructFormat;
use crate::v1::{FIRST_BYTE, text};
use crate::value::Value;

/// A field, where it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The byte of the file at which the field starts.
    pub offset: u64,
    /// The label, which need not be UTF-8.
    pub label: &'a [u8],
    /// The format of the value.
    pub type_: &'a [u8],
    /// Where the value is, to read it again.
    pub place: Place,
    /// The bytes at `place`: the index and the value or values.
    pub values: &'a [u8],
}

impl Record<'_> {
    /// The label, without what is not UTF-8.
    pub fn label_text(&self) -> String {
        text::decode(self.label)
    }

    /// The value to read.
    ///
    /// # Errors
    /// As [`Place::decode`]; none for a record from [`records`], which has looked at the index.
    pub fn value(&self) -> Result<Value, ParseError> {
        self.place.decode(self.values)
    }
}

/// The fields of `file`, which is whole.
///
/// They end where the readers of the original do. What makes those crash is an error behind the
/// fields before it, and the last item.
///
/// # Errors
/// If it is not a file of format 1.
pub fn records(file: &[u8]) -> Result<Records<'_>, ParseError> {
    match file.split_first() {
        Some((&FIRST_BYTE, rest)) => Ok(Records { offset: 1, rest, failed: false }),
        Some((&found, _)) => {
            let expected = FIRST_BYTE.into();
            Err(ErrorKind::Equal { what: "a first byte", expected, found: found.into() }.at(0))
        }
        None => Err(ErrorKind::AtLeast { what: "a file", bound: 1, found: 0 }.at(0)),
    }
}

/// The fields of a file, see [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    offset: u64,
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Records<'a> {
    /// The byte of the file at which the next field starts, or what is instead of it: the end.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next field, if this is not the end.
    fn record(&mut self) -> Result<Option<Record<'a>>, ParseError> {
        let offset = self.offset;
        if matches!(self.rest, [] | [0] | [0, 0, ..]) {
            return Ok(None);
        }
        let label = self.counted("the length of a label", "a label")?;
        let type_ = self.counted("the length of a type", "a type")?;
        let format = StructFormat::parse(type_, self.offset.saturating_sub(type_.len() as u64))?;
        let Some(index) = self.rest.first() else {
            return Err(ErrorKind::Cut { what: "an index", expected: 1, found: 0 }.at(self.offset));
        };
        let Some(place) = Place::new(self.offset, *index, format) else {
            let (bound, found) = (u32::MAX.into(), format.size());
            return Err(ErrorKind::AtMost { what: "the length of a value", bound, found }.at(self.offset));
        };
        let len = usize::try_from(place.range().end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let values = self.rest.get(..len).unwrap_or(self.rest);
        place.check(values)?;
        self.skip(values.len());
        Ok(Some(Record { offset, label, type_, place, values }))
    }

    /// The next bytes, which stand behind their length.
    fn counted(&mut self, len: &'static str, what: &'static str) -> Result<&'a [u8], ParseError> {
        let Some((bytes, _)) = self.rest.split_first_chunk() else {
            return Err(self.cut(len, 2));
        };
        let len = u16::from_le_bytes(*bytes);
        self.skip(bytes.len());
        let Some(bytes) = self.rest.get(..len.into()) else { return Err(self.cut(what, len.into())) };
        self.skip(bytes.len());
        Ok(bytes)
    }

    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
        self.offset = self.offset.saturating_add(len as u64);
    }

    const fn cut(&self, what: &'static str, expected: u64) -> ParseError {
        ErrorKind::Cut { what, expected, found: self.rest.len() as u64 }.at(self.offset)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.record();
        self.failed = record.is_err();
        record.transpose()
    }
}

impl core::iter::FusedIterator for Records<'_> {}
