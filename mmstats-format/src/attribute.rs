//! An attribute: a key and a value that describe the process (FORMAT.md, "Attributes").

use bytemuck::{Pod, Zeroable};

use crate::check::record_check;
use crate::error::{ErrorKind, ParseError};
use crate::le::Le32;
use crate::strings::StrRef;

/// The record of an attribute.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct AttributeRecord {
    /// Unique among the file's attributes.
    pub key: StrRef,
    /// Any text.
    pub value: StrRef,
    /// CRC-32 of this record with `check` as zero, then of key and value.
    pub check: Le32,
    /// Zero.
    pub reserved: Le32,
}

const _: () = {
    assert!(size_of::<AttributeRecord>() == AttributeRecord::LEN);
    assert!(core::mem::offset_of!(AttributeRecord, value) == 8);
    assert!(core::mem::offset_of!(AttributeRecord, check) == 16);
};

impl AttributeRecord {
    /// Bytes of the record as of minor version 0.
    pub const LEN: usize = 24;

    /// The record of an attribute whose strings stand at `key` and `value`.
    #[must_use]
    pub fn new(key: (StrRef, &str), value: (StrRef, &str)) -> Self {
        let mut record = Self { key: key.0, value: value.0, ..Self::zeroed() };
        record.check = Le32::new(record_check(&record, &[key.1.as_bytes(), value.1.as_bytes()]));
        record
    }

    /// Decodes the key and the value of the record at the start of `bytes`, which stands at byte
    /// `at` of the file.
    ///
    /// # Errors
    /// If a string leaves `strings`, or the check does not fit.
    pub fn parse<'a>(bytes: &[u8], strings: &'a str, at: u64) -> Result<(&'a str, &'a str), ParseError> {
        let mut record: Self = crate::error::record(bytes, "an attribute record", at)?;
        let key = record.key.resolve(strings, "the end of an attribute's key", at)?;
        let value = record.value.resolve(strings, "the end of an attribute's value", at.saturating_add(8))?;
        let found = core::mem::take(&mut record.check).get();
        let expected = record_check(&record, &[key.as_bytes(), value.as_bytes()]);
        if found != expected {
            return Err(ErrorKind::Check { what: "an attribute", expected, found }.at(at));
        }
        Ok((key, value))
    }
}
