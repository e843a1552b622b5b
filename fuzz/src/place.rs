//! A file whose contents the target chooses.

use std::fs::{self, File, Metadata};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file in a directory of its own, in memory where the system has such a filesystem.
pub struct Place {
    directory: TempDir,
    path: PathBuf,
    file: File,
}

impl Place {
    /// An empty file.
    ///
    /// # Panics
    /// If the system does not allow it.
    pub fn new() -> Self {
        let directory = directory();
        let path = directory.path().join("a.mmstats");
        let file = File::create(&path).expect("a new file");
        Self { directory, path, file }
    }

    /// Makes the file consist of `bytes`. It stays the same inode.
    ///
    /// # Panics
    /// If the system does not allow it.
    pub fn fill(&mut self, bytes: &[u8]) {
        self.file.set_len(bytes.len() as u64).expect("a length");
        self.file.seek(SeekFrom::Start(0)).expect("the start");
        self.file.write_all(bytes).expect("bytes");
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that holds nothing but the file.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What the system says of the file.
    ///
    /// # Panics
    /// If the system says nothing.
    pub fn metadata(&self) -> Metadata {
        self.file.metadata().expect("metadata")
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// A new directory, in memory where the system has such a filesystem.
///
/// # Panics
/// If the system does not allow it.
pub fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if fs::metadata(memory).is_ok() { memory.into() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("mmstats-fuzz-").tempdir_in(parent).expect("a new directory")
}
