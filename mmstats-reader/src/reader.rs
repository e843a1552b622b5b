//! One open file.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use mmstats_format::error::ParseError;
use mmstats_format::header::Header;

use crate::error::Error;
use crate::snapshot::{Snapshot, View};
use crate::writer::Writer;
use crate::{v1, v2};
use mmstats_host::file::open_regular;
use mmstats_host::liveness::{self, Liveness};

/// An open file of statistics, whose values can be read again and again.
///
/// It holds the file itself, not its name: a file that was removed meanwhile can still be read.
pub struct Reader {
    path: PathBuf,
    file: File,
    /// Its device's number and its own.
    inode: (u64, u64),
    owner_uid: u32,
    contents: Contents,
}

/// What is kept of a file of each format.
enum Contents {
    V1(Box<v1::Contents>),
    V2(Box<v2::Contents>),
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

    /// As [`Reader::open`], for a regular `file` that is already open. `path` is the path by which it was opened.
    ///
    /// # Errors
    /// If it cannot be read, or is not an mmstats file.
    pub fn new(path: impl Into<PathBuf>, file: File) -> Result<Self, Error> {
        let path = path.into();
        let metadata = file.metadata().map_err(Error::Read)?;
        let contents = if v1::is_format_of(&file, metadata.len())? {
            Contents::V1(Box::new(v1::Contents::read(&file)?))
        } else {
            Contents::V2(Box::new(v2::Contents::read(&file)?))
        };
        let inode = (metadata.dev(), metadata.ino());
        Ok(Self { path, file, inode, owner_uid: metadata.uid(), contents })
    }

    /// Reads all values as they are now.
    ///
    /// In format 2 this takes two reads of the file, one of its header and one of its values,
    /// unless fields were added or a text was being written. In format 1 it takes one read of the
    /// whole file if nothing has changed since the last one, else two, unless values change
    /// meanwhile. A single word is never seen half written; values of several words are read
    /// again until they are whole.
    ///
    /// # Errors
    /// If the file cannot be read, was cut short, or was changed where it may not be.
    pub fn snapshot(&mut self) -> Result<Snapshot<'_>, Error> {
        let (snapshot, _) = self.snapshot_and_file()?;
        Ok(snapshot)
    }

    /// [`Reader::snapshot`], and the file that it was read from.
    pub(crate) fn snapshot_and_file(&mut self) -> Result<(Snapshot<'_>, &File), Error> {
        let Self { file, contents, .. } = self;
        let snapshot = match contents {
            Contents::V1(contents) => {
                let (view, settled) = contents.update(file)?;
                Snapshot::new(View::V1(view), settled)
            }
            Contents::V2(contents) => {
                let (view, settled) = contents.update(file)?;
                Snapshot::new(View::V2(view), settled)
            }
        };
        Ok((snapshot, file))
    }

    /// Asks the system whether the writer lives.
    ///
    /// # Errors
    /// If the system does not answer.
    pub fn liveness(&self) -> io::Result<Liveness> {
        match &self.contents {
            Contents::V1(contents) => Ok(contents.probe(self.inode.1).0),
            Contents::V2(contents) => liveness::probe(&self.file, &contents.schema.header),
        }
    }

    /// Of a file of format 1: whether its writer lives, and which one that is, as far as the last read
    /// says. The original makes files anew in place, so that the next read may find another.
    pub(crate) fn probe_v1(&self) -> Option<(Liveness, Writer)> {
        let Contents::V1(contents) = &self.contents else { return None };
        Some(contents.probe(self.inode.1))
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Which file it is, whatever its name: its device's number and its own.
    pub(crate) fn inode(&self) -> (u64, u64) {
        self.inode
    }

    /// The name by which the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version of the file's format.
    pub fn format(&self) -> u8 {
        match &self.contents {
            Contents::V1(_) => v1::FORMAT,
            Contents::V2(_) => v2::FORMAT,
        }
    }

    /// Who wrote the file, and where its regions are. Its counts are those of the records that
    /// could be parsed. Format 1 has no header.
    pub fn header(&self) -> Option<&Header> {
        match &self.contents {
            Contents::V1(_) => None,
            Contents::V2(contents) => Some(&contents.schema.header),
        }
    }

    /// The user who owns the file. This, and not what the header says, is whose statistics they
    /// are.
    pub fn owner_uid(&self) -> u32 {
        self.owner_uid
    }

    /// Whether the header names another user than the file's owner.
    pub fn claims_other_owner(&self) -> bool {
        self.header().is_some_and(|header| header.uid.get() != self.owner_uid)
    }

    /// What stopped the parser, if anything did. The fields before it can be read.
    pub fn problem(&self) -> Option<&ParseError> {
        match &self.contents {
            Contents::V1(contents) => contents.problem(),
            Contents::V2(contents) => contents.schema.problem.as_ref(),
        }
    }

    /// How many fields are of a kind or layout that this version does not know. They are passed over.
    pub fn skipped(&self) -> u64 {
        match &self.contents {
            Contents::V1(_) => 0,
            Contents::V2(contents) => contents.schema.fields.skipped(),
        }
    }
}

/// A file that is not open for the moment, and all else that a reader has of it.
pub(crate) struct Parked {
    path: PathBuf,
    /// Its device's number and its own.
    inode: (u64, u64),
    owner_uid: u32,
    contents: Contents,
}

impl Reader {
    /// Gives the descriptor back.
    pub(crate) fn park(self) -> Parked {
        let Self { path, inode, owner_uid, contents, .. } = self;
        Parked { path, inode, owner_uid, contents }
    }
}

impl Parked {
    /// Goes on with `file`, which was opened anew, if it is the same.
    pub(crate) fn open(self, file: File) -> Option<Reader> {
        let Self { path, inode, owner_uid, contents } = self;
        let metadata = file.metadata().ok()?;
        let is_same = inode == (metadata.dev(), metadata.ino());
        is_same.then_some(Reader { path, file, inode, owner_uid, contents })
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked").field("path", &self.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}
