//! Finds files.

use std::collections::btree_map;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::file::OpenError;
use crate::places::is_file_name;
use crate::reader::Reader;

/// Opens the files that `paths` name, and those in the directories that `paths` name. A file of several
/// names is opened by the first of them.
///
/// A directory's files are those whose names end in `.mmstats` and do not start with a dot. What
/// it holds that is not a regular file is passed over, and so is a file that is gone when its
/// turn comes; a path that is named here is an error then.
pub fn scan<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Scan {
    collect(paths, true)
}

/// As [`scan`], for paths that nobody named but a pattern or the like found: they are treated as
/// the contents of a directory are.
pub fn scan_found<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Scan {
    collect(paths, false)
}

/// Files, sorted by path, each opened when its turn comes.
#[derive(Debug)]
pub struct Scan {
    /// Sorted byte by byte, which is quicker than as paths.
    paths: btree_map::IntoIter<OsString, Found>,
    /// Devices and inodes of the files that were opened.
    opened: HashSet<(u64, u64)>,
}

/// How a path came up.
#[derive(Debug)]
pub(crate) enum Found {
    Named,
    /// In a directory, which says that it is the inode of this number, or by a pattern, which does not.
    Listed {
        inode: Option<u64>,
    },
    /// A directory that could not be listed.
    Unlisted(io::Error),
}

impl Found {
    /// The number of the inode that `path` is now, as far as can be said without opening it.
    pub(crate) fn inode(&self, path: &Path) -> Option<u64> {
        match self {
            Self::Listed { inode: Some(inode) } => Some(*inode),
            Self::Listed { inode: None } | Self::Named => Some(fs::symlink_metadata(path).ok()?.ino()),
            Self::Unlisted(_) => None,
        }
    }

    /// Whether somebody named the path.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Named)
    }

    /// Opens `path`, which came up in this way; nothing if it is to be passed over.
    pub(crate) fn open(self, path: &Path) -> Option<Result<Reader, Error>> {
        match self {
            Self::Unlisted(error) => Some(Err(Error::Read(error))),
            Self::Named => Some(Reader::open(path)),
            Self::Listed { .. } => match Reader::open(path) {
                Err(error) if error.is_not_found() => None,
                Err(Error::Open(OpenError::NotRegular { .. })) => None,
                reader => Some(reader),
            },
        }
    }
}

impl Scan {
    /// The files of both, sorted by path.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        // Of a path that is in both, how it came up here counts.
        let paths: BTreeMap<OsString, Found> = other.paths.chain(self.paths).collect();
        Self::of(paths)
    }

    fn of(paths: BTreeMap<OsString, Found>) -> Self {
        Self { paths: paths.into_iter(), opened: HashSet::new() }
    }

    /// The paths, sorted, none of them opened yet.
    pub(crate) fn into_paths(self) -> impl Iterator<Item = (OsString, Found)> {
        self.paths
    }
}

impl Iterator for Scan {
    type Item = (PathBuf, Result<Reader, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        self.paths.find_map(|(path, found)| {
            let path = PathBuf::from(path);
            let reader = found.open(&path)?;
            let is_another = reader.as_ref().is_ok_and(|reader| !self.opened.insert(reader.inode()));
            (!is_another).then_some((path, reader))
        })
    }
}

fn collect<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, is_named: bool) -> Scan {
    let mut files = BTreeMap::new();
    for path in paths {
        let path = path.into();
        // A link to a directory is as good as the directory: what is in it is looked at with the
        // same care. A link to a file is left to `Reader::open` to refuse.
        if path.is_dir() {
            match list(&path) {
                Ok(listed) => listed.into_iter().for_each(|(path, inode)| {
                    files.entry(path.into()).or_insert(Found::Listed { inode: Some(inode) });
                }),
                Err(error) => {
                    files.insert(path.into(), Found::Unlisted(error));
                }
            }
        } else {
            files.insert(path.into(), if is_named { Found::Named } else { Found::Listed { inode: None } });
        }
    }
    Scan::of(files)
}

/// The paths of the files in `directory` whose names are those of statistics, and their inodes' numbers
/// as the directory has them.
fn list(directory: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_file_name(&entry.file_name()) {
            files.push((entry.path(), entry.ino()));
        }
    }
    Ok(files)
}
