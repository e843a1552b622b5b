//! Descriptors that stay open for as long as a file is published.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Identity;
use super::directory::Directory;

/// A file or directory that stays open, unless the program closes the descriptor, as daemons do with all
/// that they have. The number may be another file's after that, which is the program's to use and to close.
#[derive(Debug)]
pub(super) struct KeptFile {
    file: Option<File>,
    identity: Identity,
}

impl KeptFile {
    /// Keeps `file`, which is the one of `identity`.
    pub(super) fn new(file: File, identity: Identity) -> Self {
        Self { file: Some(file), identity }
    }

    /// The file, if the descriptor still is of that.
    pub(super) fn file(&self) -> Option<&File> {
        self.file.as_ref().filter(|file| Identity::of(file).is_ok_and(|found| found == self.identity))
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if self.file().is_none() {
            std::mem::forget(self.file.take());
        }
    }
}

/// Keeps `directory` open for a file in it; nothing if the process may open no more files.
///
/// After the program has changed its root, or somebody has moved the directory, the file's path leads
/// elsewhere or nowhere. Through the descriptor the file can still be removed. All publications in a
/// directory share one descriptor: a program may publish thousands of structs.
///
/// The price: whoever takes over a program that has changed its root can reach what is outside through the
/// descriptor. README.md says how to avoid that.
///
/// The caller holds the lock of all publications, which a fork waits for.
pub(super) fn keep_directory(directory: &Directory) -> Option<Arc<KeptFile>> {
    static ALL: Mutex<Vec<Weak<KeptFile>>> = Mutex::new(Vec::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|kept| kept.strong_count() > 0);
    let is_same = |kept: &Arc<KeptFile>| kept.identity == directory.identity && kept.file().is_some();
    if let Some(kept) = all.iter().filter_map(Weak::upgrade).find(is_same) {
        return Some(kept);
    }
    let kept = Arc::new(KeptFile::new(directory.file.try_clone().ok()?, directory.identity));
    all.push(Arc::downgrade(&kept));
    Some(kept)
}
