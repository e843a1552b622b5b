//! Why bytes are not what an mmstats file holds.

use core::fmt;

/// What was expected, what was found, and where (FORMAT.md, "Errors").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What was expected and what was found instead.
    pub kind: ErrorKind,
    /// The byte in the file at which the wrong item starts.
    pub offset: u64,
}

/// The ways in which bytes can be wrong. `what` names the item as FORMAT.md does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The first eight bytes are not those of a version that is known.
    Magic {
        /// The bytes that stand there.
        found: [u8; 8],
    },
    /// A number is smaller than it can be.
    AtLeast {
        /// The item.
        what: &'static str,
        /// The smallest value allowed.
        bound: u64,
        /// The value that stands there.
        found: u64,
    },
    /// A number is larger than it can be.
    AtMost {
        /// The item.
        what: &'static str,
        /// The largest value allowed.
        bound: u64,
        /// The value that stands there.
        found: u64,
    },
    /// A number is another than the one it has to be.
    Equal {
        /// The item.
        what: &'static str,
        /// The only value allowed.
        expected: u64,
        /// The value that stands there.
        found: u64,
    },
    /// An offset or length is not a multiple of its unit.
    MultipleOf {
        /// The item.
        what: &'static str,
        /// What the value has to be a multiple of.
        unit: u64,
        /// The value that stands there.
        found: u64,
    },
    /// A number is none of the few that it can be.
    OneOf {
        /// The item.
        what: &'static str,
        /// The values allowed, in words.
        expected: &'static str,
        /// The value that stands there.
        found: u64,
    },
    /// The file ends inside an item (format 1).
    Cut {
        /// The item.
        what: &'static str,
        /// How many bytes it has.
        expected: u64,
        /// How many of them are in the file.
        found: u64,
    },
    /// A type holds a character that is no item of Python's `struct` formats (format 1).
    StructCode {
        /// The byte that stands there.
        found: u8,
    },
    /// A type has a count or size of 2^63 or more (format 1).
    StructSize,
    /// A type has no value, only pad bytes or nothing at all (format 1).
    StructValue,
    /// A record does not have the check that it states.
    Check {
        /// The record.
        what: &'static str,
        /// The check computed over what stands there.
        expected: u32,
        /// The check that the record states.
        found: u32,
    },
    /// A string is not UTF-8, or starts or ends inside a character.
    Utf8 {
        /// The string.
        what: &'static str,
    },
}

impl ErrorKind {
    /// This error, found at byte `offset` of the file.
    pub const fn at(self, offset: u64) -> ParseError {
        ParseError { kind: self, offset }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match self.kind {
            ErrorKind::Magic { found } => {
                write!(f, "expected an mmstats file (first byte 02, then \"mmstats\"), found")?;
                for byte in found {
                    write!(f, " {byte:02x}")?;
                }
                write!(f, " at byte {at}")
            }
            ErrorKind::AtLeast { what, bound, found } => {
                write!(f, "expected {what} of at least {bound}{}, found {found} at byte {at}", unit(what))
            }
            ErrorKind::AtMost { what, bound, found } => {
                write!(f, "expected {what} of at most {bound}{}, found {found} at byte {at}", unit(what))
            }
            ErrorKind::Equal { what, expected, found } => {
                write!(f, "expected {what} of {expected}{}, found {found} at byte {at}", unit(what))
            }
            ErrorKind::MultipleOf { what, unit, found } => {
                write!(f, "expected {what} of a multiple of {unit}, found {found} at byte {at}")
            }
            ErrorKind::OneOf { what, expected, found } => {
                write!(f, "expected {what} of {expected}, found {found} at byte {at}")
            }
            ErrorKind::Cut { what, expected, found } => {
                write!(f, "expected {what} of {expected} bytes, found only {found} at byte {at}")
            }
            ErrorKind::StructCode { found } => {
                write!(f, "expected an item of Python's struct formats, found {found:02x} at byte {at}")
            }
            ErrorKind::StructSize => {
                write!(f, "expected a type of less than 2^63 bytes, found a larger one at byte {at}")
            }
            ErrorKind::StructValue => {
                write!(f, "expected a type with a value, found one without at byte {at}")
            }
            ErrorKind::Check { what, expected, found } => {
                write!(f, "expected check {expected:08x} of {what}, found {found:08x} at byte {at}")
            }
            ErrorKind::Utf8 { what } => {
                write!(f, "expected {what} in whole UTF-8 characters, found other bytes at byte {at}")
            }
        }
    }
}

/// Records are counted in bytes, everything else speaks for itself.
fn unit(what: &str) -> &'static str {
    if what.ends_with("header") || what.ends_with("record") || what.ends_with("file") { " bytes" } else { "" }
}

impl core::error::Error for ParseError {}

/// Copies the record at the start of `bytes`, which stand at byte `at` of the file.
pub(crate) fn record<R: bytemuck::Pod>(bytes: &[u8], what: &'static str, at: u64) -> Result<R, ParseError> {
    match bytes.get(..size_of::<R>()) {
        Some(bytes) => Ok(bytemuck::pod_read_unaligned(bytes)),
        None => {
            Err(ErrorKind::AtLeast { what, bound: size_of::<R>() as u64, found: bytes.len() as u64 }.at(at))
        }
    }
}
