//! Format 1: the files of mmstats for Python (FORMAT.md, "Format 1").
//!
//! There is no table of contents: a file is read from its start, field by field, and each field
//! says how long it is. So is its end found, and damage, which hides all that comes behind it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`record`] | the fields of a file, one after the other |
//! | [`place`] | where a field's value is, and which of two it is |
//! | [`struct_format`] | a field's type: a format of Python's `struct` module |
//! | [`text`] | labels and texts, as far as they are UTF-8 |
//!
//! ```
//! use mmstats_format::v1;
//!
//! let file = b"\x01\x05\x00calls\x01\x00H\x00\x00\x00\x2a\x00\x00\x00";
//! for record in v1::records(file)? {
//!     let record = record?;
//!     println!("{} {:?}", record.label_text(), record.value()?);
//! }
//! # let record = v1::records(file)?.next().unwrap()?;
//! # assert_eq!((record.label, record.type_), (&b"calls"[..], &b"H"[..]));
//! # assert_eq!(record.value()?, mmstats_format::value::Value::U64(42));
//! # Ok::<(), mmstats_format::error::ParseError>(())
//! ```

pub mod place;
pub mod record;
pub mod struct_format;
pub mod text;

pub use place::Place;
pub use record::{Record, Records, records};
pub use struct_format::StructFormat;

/// The first byte of every file of format 1.
pub const FIRST_BYTE: u8 = 1;
