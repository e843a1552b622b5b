//! What the bytes of an mmstats file mean, once, for writers and readers.
//!
//! `docs/FORMAT.md` is the normative description; the types here are its tables. Nothing here
//! touches a file: records are encoded to bytes and decoded from bytes that anyone may have
//! written, with every length and offset checked.
//!
//! | module | what it holds |
//! |---|---|
//! | [`header`] | the first 256 bytes: who wrote the file, and where its regions are |
//! | [`attribute`] | key and value pairs that describe the process |
//! | [`descriptor`] | one record per field: where its value is and what it means |
//! | [`slot`] | the header of one thread's values |
//! | [`buckets`] | how a histogram divides values |
//! | [`tagged`] | values of several words that are never seen half written |
//! | [`image`] | builds the bytes of a new file from descriptions of its fields |
//! | [`value`] | the value of a field, decoded from a slot's bytes |
//! | [`label`] | what a label may look like, and the labels of the process itself |
//! | [`v1`] | format 1, that of mmstats for Python, which has none of the above but values |
//! | [`error`] | "expected X, found Y at byte N" |
//!
//! ```
//! use mmstats_format::header::Header;
//!
//! let error = Header::parse(b"not an mmstats file", 19).unwrap_err();
//! assert_eq!(error.to_string(), "expected a header of at least 256 bytes, found 19 at byte 0");
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used))]

pub mod attribute;
pub mod buckets;
mod check;
pub mod descriptor;
pub mod error;
pub mod header;
pub mod image;
pub mod label;
mod le;
pub mod slot;
pub mod strings;
pub mod tagged;
pub mod v1;
pub mod value;

pub use check::SchemaHasher;
pub use le::{Le16, Le32, Le64};
