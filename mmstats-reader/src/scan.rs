//! Finds files.

use std::collections::btree_map;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;

use crate::error::Error;
use crate::reader::Reader;
use mmstats_host::directory::{self, Directory, Links};
use mmstats_host::file::OpenError;
use mmstats_host::places::{default_directories, is_file_name};

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
/// the contents of a directory are, and a link is not followed.
pub fn scan_found<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>) -> Scan {
    collect(paths, false)
}

/// Opens the files in the [default directories](default_directories).
pub fn scan_default() -> Scan {
    let mut collected = Collected::default();
    for (path, directory) in default_directories(Links::Followed) {
        match directory {
            Ok(directory) => collected.list(directory),
            Err(error) => collected.fail(path, error),
        }
    }
    collected.into_scan()
}

/// Files, sorted by path, each opened when its turn comes, below its directory, which is open already.
#[derive(Debug)]
pub struct Scan {
    /// Sorted byte by byte, which is quicker than as paths.
    paths: btree_map::IntoIter<OsString, Found>,
    /// Devices and inodes of the files that were opened.
    opened: HashSet<(u64, u64)>,
    /// How many directories are open.
    directories: usize,
}

/// How a path came up.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its last name is looked for in this directory.
    In {
        directory: Arc<Directory>,
        /// The number that the inode of that name has, if the directory was listed.
        inode: Option<u64>,
        /// Whether somebody named the path.
        is_named: bool,
    },
    /// It is no path of a file that could be opened.
    Failed(io::Error),
}

/// The last name of `path`, which is below a directory that was found.
fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

impl Found {
    /// The number of the inode that `path` is now, as far as can be said without opening it.
    pub(crate) fn inode(&self, path: &Path) -> Option<u64> {
        match self {
            Self::In { inode: Some(inode), .. } => Some(*inode),
            Self::In { directory, .. } => Some(directory.stat(name_of(path)).ok()?.st_ino),
            Self::Failed(_) => None,
        }
    }

    /// The device's number and the inode's of the regular file that `path` is now, if it is one.
    pub(crate) fn regular_inode(&self, path: &Path) -> Option<(u64, u64)> {
        let Self::In { directory, .. } = self else { return None };
        let found = directory.stat(name_of(path)).ok()?;
        directory::is_regular(&found).then_some((found.st_dev, found.st_ino))
    }

    /// Whether somebody named the path.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::In { is_named: true, .. })
    }

    /// The directory of `path` and its name there.
    pub(crate) fn place<'a>(&'a self, path: &'a Path) -> Option<(&'a Directory, &'a OsStr)> {
        match self {
            Self::In { directory, .. } => Some((directory, name_of(path))),
            Self::Failed(_) => None,
        }
    }

    /// Opens `path`, which came up in this way; nothing if it is to be passed over.
    pub(crate) fn open(&mut self, path: &Path) -> Option<Result<File, Error>> {
        match self {
            Self::Failed(error) => {
                let error = std::mem::replace(error, Errno::ENOENT.into());
                Some(Err(Error::Read(error)))
            }
            Self::In { directory, is_named, .. } => match directory.open_file(name_of(path)) {
                Err(error) if !*is_named && error.is_not_found() => None,
                Err(OpenError::NotRegular { .. }) if !*is_named => None,
                opened => Some(opened.map_err(Error::from)),
            },
        }
    }
}

impl Scan {
    /// The files of both, sorted by path.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let directories = self.directories.saturating_add(other.directories);
        // Of a path that is in both, how it came up here counts.
        let paths: BTreeMap<OsString, Found> = other.paths.chain(self.paths).collect();
        Self { paths: paths.into_iter(), opened: HashSet::new(), directories }
    }

    /// How many directories are open until all files have had their turn.
    pub(crate) fn directories(&self) -> usize {
        self.directories
    }

    /// The paths, sorted, none of them opened yet.
    pub(crate) fn into_paths(self) -> impl Iterator<Item = (OsString, Found)> {
        self.paths
    }
}

impl Iterator for Scan {
    type Item = (PathBuf, Result<Reader, Error>);

    fn next(&mut self) -> Option<Self::Item> {
        self.paths.find_map(|(path, mut found)| {
            let path = PathBuf::from(path);
            let reader = match found.open(&path)? {
                Ok(file) => Reader::new(path.clone(), file),
                Err(error) => Err(error),
            };
            let is_another = reader.as_ref().is_ok_and(|reader| !self.opened.insert(reader.inode()));
            (!is_another).then_some((path, reader))
        })
    }
}

/// The paths of a scan that is being made.
#[derive(Default)]
struct Collected {
    files: BTreeMap<OsString, Found>,
    /// Those of files that are not found by listing them.
    parents: HashMap<PathBuf, Arc<Directory>>,
    directories: usize,
}

fn collect<P: Into<PathBuf>>(paths: impl IntoIterator<Item = P>, is_named: bool) -> Scan {
    let mut collected = Collected::default();
    let links = if is_named { Links::Followed } else { Links::NotFollowed };
    for path in paths {
        let path = path.into();
        match Directory::find(&path, links) {
            Ok(Some(directory)) => collected.list(directory),
            Ok(None) => collected.add(path, is_named),
            Err(error) => collected.fail(path, error),
        }
    }
    collected.into_scan()
}

impl Collected {
    /// Adds the files in `directory` whose names are those of statistics.
    fn list(&mut self, directory: Directory) {
        let entries = match directory::entries(directory.file()) {
            Ok(entries) => entries,
            Err(error) => return self.fail(directory.path().to_owned(), error),
        };
        let directory = Arc::new(directory);
        for (name, inode) in entries.into_iter().filter(|(name, _)| is_file_name(name)) {
            self.files.entry(directory.path().join(name).into()).or_insert_with(|| Found::In {
                directory: Arc::clone(&directory),
                inode: Some(inode),
                is_named: false,
            });
        }
        self.directories = self.directories.saturating_add(1);
    }

    /// Adds `path`, which is no directory.
    fn add(&mut self, path: PathBuf, is_named: bool) {
        let found = match self.parent_of(&path) {
            Ok(directory) => Found::In { directory, inode: None, is_named },
            Err(error) if !is_named && error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => Found::Failed(error),
        };
        self.files.insert(path.into(), found);
    }

    /// The directory of `path`, opened once for all files in it. What is below it is opened without
    /// following links.
    fn parent_of(&mut self, path: &Path) -> io::Result<Arc<Directory>> {
        let (parent, name) = path.parent().zip(path.file_name()).ok_or(Errno::ENOENT)?;
        // Behind a slash it would have to be a directory.
        if !path.as_os_str().as_bytes().ends_with(name.as_bytes()) {
            return Err(Errno::ENOTDIR.into());
        }
        if let Some(directory) = self.parents.get(parent) {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(Directory::open_for_search(parent, Links::Followed)?);
        self.directories = self.directories.saturating_add(1);
        self.parents.insert(parent.to_owned(), Arc::clone(&directory));
        Ok(directory)
    }

    /// Adds `path`, which cannot be opened.
    fn fail(&mut self, path: PathBuf, error: io::Error) {
        self.files.insert(path.into(), Found::Failed(error));
    }

    fn into_scan(self) -> Scan {
        let Self { files, directories, .. } = self;
        Scan { paths: files.into_iter(), opened: HashSet::new(), directories }
    }
}
