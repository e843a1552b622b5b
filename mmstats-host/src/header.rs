//! Reads headers of format 2, which say who wrote a file.

use std::fs::File;

use mmstats_format::header::Header;

use crate::buffer::{AlignedBuffer, ReadError};

/// Reads and checks the header of `file`, which has to be of format 2.
///
/// # Errors
/// If it cannot be read, or is not a header of format 2.
pub fn read_header(file: &File) -> Result<Header, ReadError> {
    read_header_into(file, &mut AlignedBuffer::default())
}

/// As [`read_header`]. Reads into `buffer`, which then holds the bytes of the header.
///
/// # Errors
/// If it cannot be read, or is not a header of format 2.
pub fn read_header_into(file: &File, buffer: &mut AlignedBuffer) -> Result<Header, ReadError> {
    let file_len = file.metadata().map_err(ReadError::System)?.len();
    let available = |len: usize| usize::try_from(file_len).unwrap_or(usize::MAX).min(len);
    let start = buffer.read(file, 0, available(Header::LEN))?;
    let len = Header::parse_len(start)?;
    let bytes = if len == start.len() { buffer.bytes() } else { buffer.read(file, 0, available(len))? };
    Ok(Header::parse(bytes, file_len)?)
}
