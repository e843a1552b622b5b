//! Removes the files of dead writers, by the rule that all who remove go by (FORMAT.md, "Removal").

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use mmstats_host::directory::{self, Directory, Links};
use mmstats_host::places;
use mmstats_host::removal::{Candidate, Removal, RemovalError};
use mmstats_reader::{Error, Liveness, OpenError, Origin, Reader};

use crate::selection::{Filters, Process, Selection, Source};

/// How to clean.
#[derive(Clone, Copy, Debug)]
pub struct Cleaner<'a> {
    /// Change nothing, and say what would be done.
    pub dry_run: bool,
    /// Remove files that their writers wished to be kept, too.
    pub with_kept: bool,
    /// Only files of these processes that have one of these labels.
    pub filters: &'a Filters,
}

/// A file that was looked at, and what became of it.
#[derive(Debug)]
pub struct Report {
    /// Where it is, or was.
    pub path: PathBuf,
    /// What could be seen of it.
    pub seen: Option<Seen>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What could be seen of a file.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The version of its format.
    pub format: u8,
    /// Its writer, if it says so.
    pub pid: Option<u64>,
    /// Whether that lives.
    pub liveness: Liveness,
}

/// What became of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It is gone.
    Removed,
    /// It would have been removed.
    WouldRemove,
    /// Its writer lives.
    Alive,
    /// Nobody can say whether its writer lives.
    Unknown,
    /// Its writer is dead, and wished it to be kept.
    Kept,
    /// Somebody else holds the lock of its directory, or has squatted that one's name.
    Busy,
    /// Somebody else was faster.
    Gone,
    /// The user did not name this file, and the system does not let this user read or remove it.
    Denied(String),
    /// It could not be looked at.
    NotSeen(Error),
    /// It could not be removed.
    NotRemoved(RemovalError),
}

/// What to clean in a directory.
struct Work {
    directory: io::Result<Directory>,
    /// Whether somebody named it, or a file in it.
    is_named: bool,
    /// Whether all that is in it was asked for.
    is_whole: bool,
    /// Files in it that were asked for, or found.
    files: BTreeSet<OsString>,
}

impl Work {
    /// What to clean in `directory`: nothing yet.
    fn new(directory: io::Result<Directory>) -> Self {
        Self { directory, is_named: false, is_whole: false, files: BTreeSet::new() }
    }

    /// The directory, and the files in it to look at, sorted.
    fn open(self) -> io::Result<(Directory, BTreeSet<OsString>)> {
        let Self { directory, is_whole, mut files, .. } = self;
        let directory = directory?;
        if is_whole {
            let is_ours = |name: &OsString| places::is_file_name(name) || places::is_draft_name(name);
            files.extend(directory::names(directory.file())?.into_iter().filter(is_ours));
        }
        Ok((directory, files))
    }
}

impl Cleaner<'_> {
    /// Cleans `selection`, directory by directory, and calls `report` for each file. What is no file of
    /// statistics is passed over, unless it was named, and so is what the filters do not ask for: says how
    /// many files these leave out.
    pub fn clean(self, selection: &Selection, report: &mut impl FnMut(Report)) -> usize {
        let mut left_out = 0;
        for (path, work) in divide(selection) {
            let is_named = work.is_named;
            let asked_for = if is_named { work.files.clone() } else { BTreeSet::new() };
            let (directory, names) = match work.open() {
                Ok(opened) => opened,
                Err(error) => {
                    report(Report { path, seen: None, outcome: Outcome::NotSeen(Error::Read(error)) });
                    continue;
                }
            };
            for name in names {
                let path = path.join(&name);
                let Some((seen, outcome)) = self.clean_file(directory.file(), &name, &path) else {
                    left_out += 1;
                    continue;
                };
                if asked_for.contains(&name) || !is_passed_over(&name, &outcome) {
                    let outcome = if is_named { outcome } else { outcome.or_denied() };
                    report(Report { path, seen, outcome });
                }
            }
        }
        left_out
    }

    /// Whether `candidate`, which was found at `path`, is of a process and has a label that is asked for. It is
    /// only read if not all are.
    fn wants(self, candidate: &Candidate, path: &Path) -> Result<bool, Error> {
        let Filters { labels, processes } = self.filters;
        if self.filters.is_all() {
            return Ok(true);
        }
        let mut reader = Reader::new(path, candidate.file().try_clone().map_err(Error::Read)?)?;
        let (uid, liveness) = (reader.owner_uid(), reader.liveness().unwrap_or(Liveness::Unknown));
        let snapshot = reader.snapshot()?;
        let process = Process::new(path, &snapshot, uid, liveness);
        // The dead are what it is about.
        let taken = labels.of(&snapshot);
        Ok(processes.take(&process, true)
            && (taken.is_all() || snapshot.metrics().any(|metric| taken.takes(&metric))))
    }

    /// Removes the file `name` below `dir`, which is at `path`, if that is right; nothing if the filters do not
    /// ask for it.
    fn clean_file(self, dir: &File, name: &OsStr, path: &Path) -> Option<(Option<Seen>, Outcome)> {
        let looked = Candidate::open(dir, name).map_err(Error::from);
        let looked = looked.and_then(|candidate| Ok((Origin::of(candidate.file())?, candidate)));
        let (origin, candidate) = match looked {
            Ok(looked) => looked,
            Err(error) => return Some((None, Outcome::NotSeen(error))),
        };
        match self.wants(&candidate, path) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some((None, Outcome::NotSeen(error))),
        }
        let Origin { format, pid, liveness, is_kept } = origin;
        let seen = Seen { format, pid, liveness };
        let is_draft = places::is_draft_name(name);
        // What never got its name was not there to be kept.
        let with_kept = self.with_kept || is_draft;
        let outcome = match seen.liveness {
            Liveness::Alive => Outcome::Alive,
            Liveness::Unknown => Outcome::Unknown,
            // Only writers of format 2 make such files.
            Liveness::Dead if is_draft && seen.format == 1 => Outcome::Unknown,
            Liveness::Dead if is_kept && !with_kept => Outcome::Kept,
            Liveness::Dead if self.dry_run => Outcome::WouldRemove,
            Liveness::Dead => match candidate.remove(dir, name, with_kept, &Origin::writer) {
                Ok(Removal::Removed) => Outcome::Removed,
                Ok(Removal::Missing | Removal::Foreign) => Outcome::Gone,
                Ok(Removal::NotDead(Liveness::Alive)) => Outcome::Alive,
                Ok(Removal::NotDead(_)) => Outcome::Unknown,
                Ok(Removal::Kept) => Outcome::Kept,
                Ok(Removal::Busy) => Outcome::Busy,
                Err(error) => Outcome::NotRemoved(error),
            },
        };
        Some((Some(seen), outcome))
    }
}

impl Outcome {
    /// For a file that nobody named: an error for lack of permissions becomes [`Outcome::Denied`].
    fn or_denied(self) -> Self {
        match self {
            Self::NotSeen(error) if is_denied(&error) => Self::Denied(error.to_string()),
            Self::NotRemoved(error) if is_removal_denied(&error) => Self::Denied(error.to_string()),
            outcome => outcome,
        }
    }
}

/// Whether a file that nobody named is passed over in silence: it is gone, or no file of statistics;
/// or its writer, as far as anybody can say, is about to give it its name.
fn is_passed_over(name: &OsStr, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::NotSeen(Error::Open(OpenError::NotRegular { .. }) | Error::Parse(_)) => true,
        Outcome::NotSeen(Error::Open(error)) => error.is_not_found(),
        Outcome::Alive | Outcome::Unknown => places::is_draft_name(name),
        _ => false,
    }
}

/// The directories of `selection`, sorted, each opened once, with what to clean in it.
fn divide(selection: &Selection) -> BTreeMap<PathBuf, Work> {
    let mut directories: BTreeMap<PathBuf, Work> = BTreeMap::new();
    let Some(paths) = selection.paths() else {
        for (path, directory) in places::default_directories(Links::NotFollowed) {
            let work = directories.entry(path).or_insert_with(|| Work::new(directory));
            work.is_whole = true;
        }
        return directories;
    };
    for (path, source) in paths {
        let is_named = source == Source::Argument;
        // What was found may be anybody's link.
        let links = if is_named { Links::Followed } else { Links::NotFollowed };
        let work = match (Directory::find(&path, links), path.parent(), path.file_name()) {
            (Ok(None), Some(parent), Some(name)) => {
                let open = || Work::new(Directory::open_for_search(parent, links));
                let work = directories.entry(parent.to_owned()).or_insert_with(open);
                work.files.insert(name.to_owned());
                work
            }
            (found, _, _) => {
                let directory = found.and_then(|found| found.ok_or_else(|| io::ErrorKind::NotFound.into()));
                let work =
                    directories.entry(path).or_insert_with(|| Work::new(Err(io::ErrorKind::NotFound.into())));
                if !work.is_whole {
                    // One that was opened for its files cannot be listed.
                    (work.directory, work.is_whole) = (directory, true);
                }
                work
            }
        };
        work.is_named |= is_named;
    }
    directories
}

/// Whether this user has no right to what `error` was met at.
fn is_denied(error: &Error) -> bool {
    match error {
        Error::Open(OpenError::Io(error)) | Error::Read(error) => is_permission_denied(error),
        _ => false,
    }
}

/// Whether `error` says that this user has no right to remove the file.
fn is_removal_denied(error: &RemovalError) -> bool {
    match error {
        RemovalError::Open(OpenError::Io(error))
        | RemovalError::Read(error)
        | RemovalError::Lock(error)
        | RemovalError::Remove(error) => is_permission_denied(error),
        _ => false,
    }
}

fn is_permission_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}
