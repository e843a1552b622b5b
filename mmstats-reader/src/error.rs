//! Why a file cannot be read.

use std::io;

use mmstats_format::error::ParseError;
use mmstats_host::buffer::ReadError;
use mmstats_host::file::OpenError;

/// Why a file cannot be read.
///
/// It does not name the file: a caller says `cannot read {path}: {error}`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system could not read what was opened.
    #[error(transparent)]
    Read(io::Error),
    /// The bytes are not those of an mmstats file.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// What may never change was changed while the file was open.
    #[error("expected {what} as when the file was opened, found another at byte {offset}; open it again")]
    Changed {
        /// What was changed.
        what: &'static str,
        /// The first byte in the file that differs.
        offset: u64,
    },
    /// There is not enough memory for what the file holds.
    #[error("expected {len} bytes of free memory for the file's contents, found less")]
    Memory {
        /// Bytes needed.
        len: u64,
    },
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::System(error) => Self::Read(error),
            ReadError::Parse(error) => Self::Parse(error),
            ReadError::Memory { len } => Self::Memory { len },
        }
    }
}
