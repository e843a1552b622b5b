//! Removes the files of dead writers, by the rule that all who remove go by (FORMAT.md, "Removal").

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use mmstats_reader::removal::{Candidate, Removal, remove_dead};
use mmstats_reader::{Error, Liveness, OpenError, Reader, directory, places};

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
    /// Nobody asked for this very file, and it is not this user's to read or remove.
    Denied(Error),
    /// It could not be looked at.
    NotSeen(Error),
    /// It could not be removed.
    NotRemoved(Error),
}

/// What to clean in a directory.
struct Work {
    /// How it came to be selected, or a file in it: by name, if that is one of the ways.
    source: Source,
    /// Whether all that is in it was asked for.
    is_whole: bool,
    /// Files in it that were asked for, or found.
    files: BTreeSet<OsString>,
}

impl Work {
    /// The files in `dir` to look at, sorted.
    fn names_in(&self, dir: &File) -> io::Result<BTreeSet<OsString>> {
        let mut names = self.files.clone();
        if self.is_whole {
            let is_ours = |name: &OsString| places::is_file_name(name) || places::is_draft_name(name);
            names.extend(directory::names(dir)?.into_iter().filter(is_ours));
        }
        Ok(names)
    }
}

impl Cleaner<'_> {
    /// Cleans `selection`, directory by directory, and calls `report` for each file. What is no file of
    /// statistics is passed over, unless it was named, and so is what the filters do not ask for: says how
    /// many files these leave out.
    pub fn clean(self, selection: &Selection, report: &mut impl FnMut(Report)) -> usize {
        let mut left_out = 0;
        for (path, work) in divide(selection) {
            let opened = open(&path, work.source);
            let (dir, names) = match opened.and_then(|dir| work.names_in(&dir).map(|names| (dir, names))) {
                Ok(opened) => opened,
                Err(error) => {
                    report(Report { path, seen: None, outcome: Outcome::NotSeen(Error::Read(error)) });
                    continue;
                }
            };
            for name in names {
                let is_named = work.source == Source::Argument && work.files.contains(&name);
                let (seen, outcome) = match self.is_wanted(&path.join(&name)) {
                    Ok(true) => self.clean_file(&dir, &name),
                    Ok(false) => {
                        left_out += 1;
                        continue;
                    }
                    Err(error) => (None, Outcome::NotSeen(error)),
                };
                if is_named || !is_passed_over(&name, &outcome) {
                    let outcome = outcome.or_denied(work.source);
                    report(Report { path: path.join(&name), seen, outcome });
                }
            }
        }
        left_out
    }

    /// Whether the file at `path` is of a process and has a label that is asked for. It is only opened if
    /// not all are.
    fn is_wanted(self, path: &Path) -> Result<bool, Error> {
        let Filters { labels, processes } = self.filters;
        if self.filters.is_all() {
            return Ok(true);
        }
        let mut reader = Reader::open(path)?;
        let (uid, liveness) = (reader.owner_uid(), reader.liveness().unwrap_or(Liveness::Unknown));
        let snapshot = reader.snapshot()?;
        let process = Process::new(path, &snapshot, uid, liveness);
        // The dead are what it is about.
        Ok(processes.take(&process, true)
            && (labels.is_all() || snapshot.metrics().any(|metric| labels.take(metric.label()))))
    }

    /// Removes the file `name` below `dir` if that is right.
    fn clean_file(self, dir: &File, name: &OsStr) -> (Option<Seen>, Outcome) {
        let candidate = match Candidate::look(dir, name) {
            Ok(candidate) => candidate,
            Err(error) => return (None, Outcome::NotSeen(error)),
        };
        let seen = Seen { format: candidate.format(), pid: candidate.pid(), liveness: candidate.liveness() };
        let is_draft = places::is_draft_name(name);
        // What never got its name was not there to be kept.
        let with_kept = self.with_kept || is_draft;
        let outcome = match seen.liveness {
            Liveness::Alive => Outcome::Alive,
            Liveness::Unknown => Outcome::Unknown,
            // Only writers of format 2 make such files.
            Liveness::Dead if is_draft && seen.format == 1 => Outcome::Unknown,
            Liveness::Dead if candidate.is_kept() && !with_kept => Outcome::Kept,
            Liveness::Dead if self.dry_run => Outcome::WouldRemove,
            Liveness::Dead => match remove_dead(dir, name, with_kept) {
                Ok(Removal::Removed) => Outcome::Removed,
                Ok(Removal::Missing | Removal::Foreign) => Outcome::Gone,
                Ok(Removal::NotDead(Liveness::Alive)) => Outcome::Alive,
                Ok(Removal::NotDead(_)) => Outcome::Unknown,
                Ok(Removal::Kept) => Outcome::Kept,
                Ok(Removal::Busy) => Outcome::Busy,
                Err(error) => Outcome::NotRemoved(error),
            },
        };
        (Some(seen), outcome)
    }
}

impl Outcome {
    /// This outcome, or that nothing was denied that anybody asked for.
    fn or_denied(self, source: Source) -> Self {
        match self {
            Self::NotSeen(error) | Self::NotRemoved(error)
                if source != Source::Argument && is_denied(&error) =>
            {
                Self::Denied(error)
            }
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

/// The directories of `selection`, sorted, each with what to clean in it.
fn divide(selection: &Selection) -> BTreeMap<PathBuf, Work> {
    let mut directories: BTreeMap<PathBuf, Work> = BTreeMap::new();
    for (path, source) in selection.paths() {
        let is_directory = match source {
            Source::Argument => path.is_dir(),
            Source::Pattern => path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()),
            Source::DefaultPlace => true,
        };
        let (directory, file) = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !is_directory => (parent.to_owned(), Some(name.to_owned())),
            _ => (path, None),
        };
        let new = Work { source, is_whole: false, files: BTreeSet::new() };
        let work = directories.entry(directory).or_insert(new);
        if source == Source::Argument {
            work.source = source;
        }
        match file {
            Some(name) => {
                work.files.insert(name);
            }
            None => work.is_whole = true,
        }
    }
    directories
}

/// Opens the directory at `path`. A link is followed only if somebody named it.
fn open(path: &Path, source: Source) -> io::Result<File> {
    // The parent of a mere name.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    // Without a trailing slash, behind which a link would be followed.
    let found: PathBuf = path.components().collect();
    if source == Source::Argument { directory::open(path) } else { directory::open_found(&found) }
}

/// Whether this user has no right to what `error` was met at.
fn is_denied(error: &Error) -> bool {
    match error {
        Error::Open(OpenError::Io(error))
        | Error::Read(error)
        | Error::Lock(error)
        | Error::Remove(error) => error.kind() == io::ErrorKind::PermissionDenied,
        _ => false,
    }
}
