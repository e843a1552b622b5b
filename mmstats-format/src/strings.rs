//! The strings region and references into it.

use bytemuck::{Pod, Zeroable};

use crate::error::{ErrorKind, ParseError};
use crate::le::Le32;

/// A string: where it stands in the strings region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct StrRef {
    /// Bytes from the start of the strings region.
    pub offset: Le32,
    /// Length in bytes.
    pub len: Le32,
}

const _: () = assert!(size_of::<StrRef>() == 8);

impl StrRef {
    /// The string that this refers to in `strings`, the published part of the strings region.
    ///
    /// # Errors
    /// `at`, the byte in the file where this reference stands, is the offset of the error that
    /// is returned if the reference leaves the region or cuts a character.
    pub fn resolve<'a>(self, strings: &'a str, what: &'static str, at: u64) -> Result<&'a str, ParseError> {
        let start = u64::from(self.offset.get());
        let end = start.saturating_add(u64::from(self.len.get()));
        let bound = strings.len() as u64;
        if end > bound {
            return Err(ErrorKind::AtMost { what, bound, found: end }.at(at));
        }
        usize::try_from(start)
            .ok()
            .zip(usize::try_from(end).ok())
            .and_then(|(start, end)| strings.get(start..end))
            .ok_or_else(|| ErrorKind::Utf8 { what }.at(at))
    }
}
