//! A field's type: a format of Python's `struct` module.

use crate::descriptor::Type;
use crate::error::{ErrorKind, ParseError};
use crate::v1::text;
use crate::value::Value;

/// A format of Python 2.7's `struct` module, as far as a reader needs it: how many bytes it takes,
/// and which value comes first in them.
///
/// "Native" sizes and alignments are those of 64-bit Linux, the native order is little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructFormat {
    size: u64,
    first: Item,
}

/// An item of a format that has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    offset: u64,
    len: u64,
    kind: Kind,
}

/// A format whose sizes are those of a value in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompactFormat {
    size: u32,
    offset: u32,
    len: u32,
    kind: Kind,
    /// Whether two such values follow each other. Here it takes no memory.
    is_buffered: bool,
}

impl CompactFormat {
    /// `format`, unless it has more bytes than a u32 can count.
    pub(crate) fn new(format: StructFormat, is_buffered: bool) -> Option<Self> {
        let StructFormat { size, first: Item { offset, len, kind } } = format;
        let (size, offset, len) = (size.try_into().ok()?, offset.try_into().ok()?, len.try_into().ok()?);
        Some(Self { size, offset, len, kind, is_buffered })
    }

    pub(crate) const fn get(self) -> StructFormat {
        let Self { size, offset, len, kind, .. } = self;
        let first = Item { offset: offset as u64, len: len as u64, kind };
        StructFormat { size: size as u64, first }
    }

    pub(crate) const fn is_buffered(self) -> bool {
        self.is_buffered
    }

    /// See [`StructFormat::size`].
    pub(crate) const fn size(self) -> u64 {
        self.size as u64
    }

    /// The bytes from the first value in `bytes` on, and its type, if it is a little-endian number.
    #[inline]
    pub(crate) fn number(self, bytes: &[u8]) -> Option<(Type, &[u8])> {
        match self.kind {
            Kind::Number(type_) => Some((type_, bytes.get(self.offset as usize..)?)),
            _ => None,
        }
    }
}

/// What an item's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Not for reading.
    Pad,
    /// A little-endian number.
    Number(Type),
    BigEndian(Type),
    Char,
    Text,
    /// A text behind its length, as in Pascal.
    Counted,
}

/// Sizes, order and alignment, as the first character says.
#[derive(Clone, Copy)]
struct Rules {
    native: bool,
    big_endian: bool,
}

impl StructFormat {
    /// The largest size, that of any object in Python.
    const MAX_SIZE: u64 = i64::MAX as u64;

    /// Parses `format`, which stands at byte `at` of the file.
    ///
    /// # Errors
    /// If Python refuses the format, or there is no first value in what it describes.
    pub fn parse(format: &[u8], at: u64) -> Result<Self, ParseError> {
        let (rules, items) = Rules::split(format);
        let mut size = 0;
        let mut first = None;
        let mut count = None;
        // The last ones, if the first character is not an item.
        let positions = (at..).skip(format.len().saturating_sub(items.len()));
        for (at, &byte) in positions.zip(items) {
            match byte {
                // To Python this is the end of a C string, and a count before it is forgotten.
                0 => break,
                b'0'..=b'9' => count = Some(appended(count, byte).ok_or(ErrorKind::StructSize.at(at))?),
                b' ' | b'\t'..=b'\r' if count.is_none() => {}
                code => {
                    let (item, end) = rules.place(size, count.take(), code).map_err(|kind| kind.at(at))?;
                    size = end;
                    first = first.or(item);
                }
            }
        }
        match first {
            Some(first) => Ok(Self { size, first }),
            None => Err(ErrorKind::StructValue.at(at)),
        }
    }

    /// Bytes that a value takes, together with the ignored ones: Python's `struct.calcsize`.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Decodes the first value in `bytes`, those of a whole field; nothing if they are fewer than
    /// [`StructFormat::size`].
    pub fn decode(&self, bytes: &[u8]) -> Option<Value> {
        let bytes = bytes.get(..usize::try_from(self.size).ok()?)?;
        let (offset, len) = (usize::try_from(self.first.offset).ok()?, usize::try_from(self.first.len).ok()?);
        let bytes = bytes.get(offset..)?.get(..len)?;
        match self.first.kind {
            Kind::Pad => None,
            Kind::Number(type_) => Value::decode(type_, bytes).ok(),
            Kind::BigEndian(type_) => {
                let mut number = [0; 8];
                let number = number.get_mut(..len)?;
                number.copy_from_slice(bytes);
                number.reverse();
                Value::decode(type_, number).ok()
            }
            Kind::Char | Kind::Text => Some(Self::text(bytes)),
            Kind::Counted => {
                let (len, bytes) = bytes.split_first()?;
                Some(Self::text(bytes.get(..usize::from(*len)).unwrap_or(bytes)))
            }
        }
    }

    fn text(bytes: &[u8]) -> Value {
        Value::Text(text::decode(text::until_nul(bytes)))
    }
}

impl Rules {
    /// The rules that `format` chooses, and its items.
    const fn split(format: &[u8]) -> (Self, &[u8]) {
        match format {
            [b'=' | b'<', items @ ..] => (Self { native: false, big_endian: false }, items),
            [b'>' | b'!', items @ ..] => (Self { native: false, big_endian: true }, items),
            [b'@', items @ ..] | items => (Self { native: true, big_endian: false }, items),
        }
    }

    /// The item of `code`, `count` times behind `size` bytes of others, if it has a value, and
    /// where it ends.
    fn place(self, size: u64, count: Option<u64>, code: u8) -> Result<(Option<Item>, u64), ErrorKind> {
        let (kind, unit) = self.item(code).ok_or(ErrorKind::StructCode { found: code })?;
        let count = count.unwrap_or(1);
        if kind == Kind::Counted && count == 0 {
            // Python measures it, but cannot unpack it.
            return Err(ErrorKind::AtLeast { what: "a count before 'p'", bound: 1, found: 0 });
        }
        let offset = if self.native { size.checked_next_multiple_of(unit) } else { Some(size) };
        let (offset, end) = offset
            .and_then(|offset| Some((offset, count.checked_mul(unit)?.checked_add(offset)?)))
            .filter(|(_, end)| *end <= StructFormat::MAX_SIZE)
            .ok_or(ErrorKind::StructSize)?;
        let len = match kind {
            Kind::Pad => None,
            Kind::Text | Kind::Counted => Some(count),
            Kind::Number(_) | Kind::BigEndian(_) | Kind::Char => (count > 0).then_some(unit),
        };
        Ok((len.map(|len| Item { offset, len, kind }), end))
    }

    /// What `code` stands for, and its size, which is its native alignment, too.
    const fn item(self, code: u8) -> Option<(Kind, u64)> {
        Some(match code {
            b'x' => (Kind::Pad, 1),
            b'c' => (Kind::Char, 1),
            b's' => (Kind::Text, 1),
            b'p' => (Kind::Counted, 1),
            b'?' => (self.number(Type::Bool), 1),
            b'b' => (self.number(Type::I8), 1),
            b'B' => (self.number(Type::U8), 1),
            b'h' => (self.number(Type::I16), 2),
            b'H' => (self.number(Type::U16), 2),
            b'l' if self.native => (self.number(Type::I64), 8),
            b'L' | b'P' if self.native => (self.number(Type::U64), 8),
            b'i' | b'l' => (self.number(Type::I32), 4),
            b'I' | b'L' => (self.number(Type::U32), 4),
            b'q' => (self.number(Type::I64), 8),
            b'Q' => (self.number(Type::U64), 8),
            b'f' => (self.number(Type::F32), 4),
            b'd' => (self.number(Type::F64), 8),
            _ => return None,
        })
    }

    const fn number(self, type_: Type) -> Kind {
        if self.big_endian { Kind::BigEndian(type_) } else { Kind::Number(type_) }
    }
}

/// `count` with another decimal digit, if it is not larger than any size.
fn appended(count: Option<u64>, digit: u8) -> Option<u64> {
    count
        .unwrap_or(0)
        .checked_mul(10)?
        .checked_add(u64::from(digit & 0x0f))
        .filter(|count| *count <= StructFormat::MAX_SIZE)
}
