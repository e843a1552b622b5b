//! The memory that files are read into.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bytemuck::{Pod, Zeroable};
use mmstats_format::error::{ErrorKind, ParseError};

/// Why a part of a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system reported an error.
    #[error(transparent)]
    System(io::Error),
    /// The file ends before it, or its contents are wrong.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// There is not enough memory for it.
    #[error("expected {len} bytes of free memory for the file's contents, found less")]
    Memory {
        /// Bytes needed.
        len: u64,
    },
}

/// Bytes to a multiple of which offsets in the file and in memory are both aligned.
const ALIGN: u64 = 64;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Block([u8; 64]);

const _: () = assert!(size_of::<Block>() as u64 == ALIGN && align_of::<Block>() as u64 == ALIGN);

/// Memory that holds a range of a file's bytes, used again for the next.
///
/// The kernel copies aligned words whole as long as file and memory are aligned alike
/// (FORMAT.md, "Reading"): so each read starts at a multiple of 64 bytes in both.
#[derive(Default)]
pub struct AlignedBuffer {
    blocks: Vec<Block>,
    /// Bytes before those that were asked for.
    start: usize,
    len: usize,
}

impl fmt::Debug for AlignedBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlignedBuffer").field("len", &self.len).finish_non_exhaustive()
    }
}

impl AlignedBuffer {
    /// Reads the `len` bytes at `offset` of `file`, in one call unless the system returns fewer bytes.
    /// They replace the bytes of the last read, also if this read fails.
    ///
    /// # Errors
    /// If the system cannot read them, the file is shorter, or there is not enough memory.
    pub fn read(&mut self, file: &File, offset: u64, len: usize) -> Result<&[u8], ReadError> {
        let lead = offset % ALIGN;
        let aligned = offset.saturating_sub(lead);
        let (start, needed) = usize::try_from(lead)
            .ok()
            .and_then(|start| Some((start, start.checked_add(len)?)))
            .ok_or(ReadError::Memory { len: len as u64 })?;
        (self.start, self.len) = (0, 0);
        self.grow(needed)?;

        let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut self.blocks);
        let mut rest = memory.get_mut(..needed).unwrap_or_default();
        let mut position = aligned;
        while !rest.is_empty() {
            let count = match file.read_at(rest, position) {
                Ok(0) => return Err(too_short(file, offset.saturating_add(len as u64))),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ReadError::System(error)),
            };
            rest = rest.get_mut(count..).unwrap_or_default();
            position = position.saturating_add(count as u64);
        }
        (self.start, self.len) = (start, len);
        Ok(self.bytes())
    }

    fn grow(&mut self, len: usize) -> Result<(), ReadError> {
        let blocks = len.div_ceil(size_of::<Block>());
        let missing = blocks.saturating_sub(self.blocks.len());
        if missing > 0 {
            // Its bytes are all read anew, so the old ones need no copying.
            self.blocks = Vec::new();
            self.blocks.try_reserve_exact(blocks).map_err(|_| ReadError::Memory { len: len as u64 })?;
            self.blocks.resize(blocks, Block::zeroed());
        }
        Ok(())
    }

    /// The bytes of the last read; empty if it failed.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        let memory: &[u8] = bytemuck::cast_slice(&self.blocks);
        memory.get(self.start..).and_then(|bytes| bytes.get(..self.len)).unwrap_or_default()
    }

    /// Keeps only the first `len` bytes of the last read.
    pub fn shorten(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// As [`AlignedBuffer::bytes`], to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut self.blocks);
        memory.get_mut(self.start..).and_then(|bytes| bytes.get_mut(..self.len)).unwrap_or_default()
    }
}

/// The error for `file`, which ends before byte `expected`.
fn too_short(file: &File, expected: u64) -> ReadError {
    match file.metadata() {
        Ok(metadata) => {
            let found = metadata.len();
            ErrorKind::AtLeast { what: "a file", bound: expected, found }.at(found).into()
        }
        Err(error) => ReadError::System(error),
    }
}
