//! Who wrote a file, to decide whether it may be removed.

use std::fs::File;
use std::io;

use mmstats_format::header::FLAG_KEEP;
use mmstats_host::header::read_header;
use mmstats_host::liveness::{self, Liveness};
use mmstats_host::removal;

use crate::error::Error;
use crate::{v1, v2};

/// Who wrote a file of either format, without its values: what decides whether the file may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The version of the file's format.
    pub format: u8,
    /// The id of the process that wrote it, in that process's own namespace. Files of format 1 may lack it.
    pub pid: Option<u64>,
    /// Whether its writer is alive. For a file of format 1 it is dead only if no process of this machine can be the
    /// writer; the liveness that a [`Reader`](crate::Reader) returns is only a guess.
    pub liveness: Liveness,
    /// Whether its writer asked to keep the file after its death.
    pub is_kept: bool,
}

impl Origin {
    /// The origin of `file`.
    ///
    /// # Errors
    /// If it cannot be read, or is not an mmstats file.
    pub fn of(file: &File) -> Result<Self, Error> {
        let len = file.metadata().map_err(Error::Read)?.len();
        if v1::is_format_of(file, len)? {
            let contents = v1::Contents::read(file)?;
            if let Some(problem) = contents.problem() {
                return Err((*problem).into());
            }
            let (pid, created) = contents.writer();
            let liveness = liveness::probe_maker(file, pid, created).map_err(Error::Read)?;
            return Ok(Self { format: v1::FORMAT, pid, liveness, is_kept: false });
        }
        let header = read_header(file)?;
        let liveness = liveness::probe(file, &header).map_err(Error::Read)?;
        let (pid, is_kept) = (Some(header.pid.get().into()), header.has_flags(FLAG_KEEP));
        Ok(Self { format: v2::FORMAT, pid, liveness, is_kept })
    }

    /// The writer of `file`, of either format, or `None` if it is not an mmstats file: pass this function to
    /// [`remove_dead`](removal::remove_dead).
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn writer(file: &File) -> io::Result<Option<removal::Writer>> {
        match Self::of(file) {
            Ok(Self { liveness, is_kept, .. }) => Ok(Some(removal::Writer { liveness, is_kept })),
            Err(Error::Parse(_)) => Ok(None),
            Err(Error::Read(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
