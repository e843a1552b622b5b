//! One open file.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use mmstats_format::error::ParseError;
use mmstats_format::header::Header;

use crate::buffer::AlignedBuffer;
use crate::error::Error;
use crate::file::open_regular;
use crate::liveness::{self, Liveness};
use crate::snapshot::Snapshot;
use crate::v2::schema::{self, Schema};
use crate::v2::settle::settle;
use crate::v2::slots::Slots;
use crate::v2::{FORMAT, View};

/// An open file of statistics, whose values can be read again and again.
///
/// It holds the file itself, not its name: a file that was removed meanwhile can still be read.
pub struct Reader {
    path: PathBuf,
    file: File,
    owner_uid: u32,
    schema: Schema,
    header: AlignedBuffer,
    slots: AlignedBuffer,
    scratch: AlignedBuffer,
}

impl Reader {
    /// Opens the file at `path` and parses what describes its values.
    ///
    /// A file that is damaged behind its header is opened all the same, with the fields before
    /// the damage: see [`Reader::problem`].
    ///
    /// # Errors
    /// If it is no regular file, cannot be read, or is not an mmstats file.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let file = open_regular(&path)?;
        Self::new(path, file)
    }

    /// Reads from `file`, which was opened by the name `path`.
    fn new(path: PathBuf, file: File) -> Result<Self, Error> {
        let metadata = file.metadata().map_err(Error::Read)?;
        let (mut header, mut slots) = (AlignedBuffer::default(), AlignedBuffer::default());
        if metadata.len() > 0 && header.read(&file, 0, 1)? == [1] {
            return Err(Error::Format { found: 1 });
        }
        let schema = Schema::read(&file, &mut header, &mut slots)?;
        let scratch = AlignedBuffer::default();
        Ok(Self { path, file, owner_uid: metadata.uid(), schema, header, slots, scratch })
    }

    /// Reads all values as they are now.
    ///
    /// This takes two reads of the file, one of its header and one of its values, unless fields
    /// were added or a text was being written. A single word is never seen half written; values
    /// of several words are read again until they are whole.
    ///
    /// # Errors
    /// If the file cannot be read, was cut short, or was changed where it may not be.
    pub fn snapshot(&mut self) -> Result<Snapshot<'_>, Error> {
        let len = self.schema.header_len();
        let header = self.header.read(&self.file, 0, len)?;
        self.schema.update(&self.file, header, &mut self.slots)?;

        let region = self.schema.header.slots;
        let len = region.published_len();
        let len = usize::try_from(len).map_err(|_| Error::Memory { len })?;
        self.slots.read(&self.file, region.offset.get(), len)?;
        let settled = settle(&self.schema, &self.file, &mut self.slots, &mut self.scratch)?;
        let stride = region.record_len.get() as usize;
        let slots = Slots::new(self.slots.bytes(), stride, region.capacity.get());
        Ok(Snapshot::new(View { schema: &self.schema, slots }, settled))
    }

    /// Asks the system whether the writer lives.
    ///
    /// # Errors
    /// If the system does not answer.
    pub fn liveness(&self) -> io::Result<Liveness> {
        liveness::probe(&self.file, &self.schema.header)
    }

    /// The name by which the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of the file's format.
    pub fn format(&self) -> u8 {
        FORMAT
    }

    /// Who wrote the file, and where its regions are. Its counts are those of the records that
    /// could be parsed.
    pub fn header(&self) -> &Header {
        &self.schema.header
    }

    /// The user who owns the file. This, and not what the header says, is whose statistics they
    /// are.
    pub fn owner_uid(&self) -> u32 {
        self.owner_uid
    }

    /// Whether the header names another user than the file's owner.
    pub fn claims_other_owner(&self) -> bool {
        self.schema.header.uid.get() != self.owner_uid
    }

    /// What stopped the parser, if anything did. The fields before it can be read.
    pub fn problem(&self) -> Option<&ParseError> {
        self.schema.problem.as_ref()
    }

    /// How many fields are of a kind that this version does not know. They are passed over.
    pub fn skipped(&self) -> u64 {
        self.schema.skipped
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads and checks the header of `file`, which has to be of format 2.
///
/// # Errors
/// If it cannot be read, or is not a header of format 2.
pub fn read_header(file: &File) -> Result<Header, Error> {
    schema::read_header_into(file, &mut AlignedBuffer::default())
}
