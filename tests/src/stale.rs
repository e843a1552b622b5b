//! Files whose writer is dead, without a process to kill.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bytemuck::Zeroable;
use mmstats_format::header::{FLAG_LOCKED, Header, MAGIC, Region};
use mmstats_format::{Le16, Le32, Le64};

/// Writes a file without fields to `path`, which must be free, that looks as if its writer had
/// died; `flags` as in the header.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, flags: u32) -> io::Result<()> {
    write_with(path, |header| header.flags = Le32::new(flags | FLAG_LOCKED))
}

/// As [`write()`], with a header that `change` changed.
///
/// # Errors
/// If it cannot be written.
pub fn write_with(path: &Path, change: impl FnOnce(&mut Header)) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let metadata = file.metadata()?;
    let region = Region::new(256, 128, 0);
    let mut header = Header {
        magic: MAGIC,
        header_len: Le16::new(256),
        flags: Le32::new(FLAG_LOCKED),
        file_len: Le64::new(256),
        st_dev: Le64::new(metadata.dev()),
        st_ino: Le64::new(metadata.ino()),
        attributes: region,
        descriptors: region,
        strings: region,
        slots: region,
        ..Header::zeroed()
    };
    change(&mut header);
    file.write_all(bytemuck::bytes_of(&header.with_check(&[])))
}
