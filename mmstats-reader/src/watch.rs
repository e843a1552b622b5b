//! Follows files while they come and go; `writers` tells who writes them.

mod writers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::liveness::Liveness;
use crate::moment::Moment;
use crate::reader::{Parked, Reader};
use crate::scan::{Found, Scan};
use crate::snapshot::{Snapshot, Writer};
use writers::{Identity, Writers};
pub use writers::{Novelty, WriterId};

/// Files that are read again and again, while new ones are taken up and others go.
///
/// A file that is gone is read once more, so that what its writer counted last is not lost: it is
/// held by a descriptor, as long as those that the watch may have suffice. A file of several names is read
/// once.
///
/// ```
/// use mmstats_reader::watch::{Event, Watch};
/// use mmstats_reader::scan;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// std::fs::write(directory.join("broken.mmstats"), "not statistics")?;
/// let mut watch = Watch::new(1024);
/// for _ in 0..2 {
///     watch.poll(scan([directory]), |event| match event {
///         Event::Reading(file) => println!("{:?} has {}", file.path, file.snapshot.metrics().count()),
///         Event::Gone(writer) => println!("{writer:?} is gone"),
///         // Once: it is as broken the next time.
///         Event::Failed { path, error } => println!("cannot read {path:?}: {error}"),
///     });
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Watch {
    /// By path. Compared byte by byte, as it is not as a path: that takes longer than all else of a poll.
    files: BTreeMap<OsString, Followed>,
    /// What was said of files that cannot be read.
    failed: BTreeMap<OsString, String>,
    writers: Writers,
    /// Descriptors to hold between two polls, and those that are held.
    max_open: usize,
    open: usize,
}

/// What a poll comes to, file by file.
#[derive(Debug)]
pub enum Event<'a> {
    /// A file was read.
    Reading(Reading<'a>),
    /// The file of this writer is gone, and what is in [`Event::Reading`] before this was the last of it.
    Gone(WriterId),
    /// A file could not be read. The next poll tries again, and says so only if it fails for another
    /// reason.
    Failed {
        /// The file, or a directory.
        path: &'a Path,
        /// Why.
        error: &'a Error,
    },
}

/// What was read of a file.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The name by which it was opened.
    pub path: &'a Path,
    /// Whether it was asked for by name.
    pub is_named: bool,
    /// Whose it is.
    pub writer: WriterId,
    /// Whether this poll found it.
    pub novelty: Novelty,
    /// Whether its writer lived just before it was read.
    pub liveness: Liveness,
    /// The user who owns it.
    pub owner_uid: u32,
    /// Who may read it, as its permissions say now.
    pub mode: u32,
    /// The user whose the writer says it is, if it says another.
    pub claimed_uid: Option<u32>,
    /// The process of the writer, in its own namespace, if it says so.
    pub pid: Option<u64>,
    /// When it was made, since 1970-01-01 UTC, if it says so: what the clock said then.
    pub created: Option<Duration>,
    /// The same by a clock that nobody sets: how old it is.
    pub made: Option<Moment>,
    /// Its values.
    pub snapshot: Snapshot<'a>,
}

/// A file that was read at least once.
#[derive(Debug)]
struct Followed {
    held: Held,
    /// The number of its inode, as its directory has it, and what it is with that of its device.
    listed_inode: Option<u64>,
    inode: (u64, u64),
    is_named: bool,
    identity: Identity,
    is_dead: bool,
}

#[derive(Debug)]
enum Held {
    Open(Reader),
    /// Without a descriptor until the next poll.
    Parked(Parked),
}

impl Watch {
    /// Follows nothing yet. It will hold at most `max_open` descriptors between two polls, and a few more
    /// during one; files beyond that are opened anew each time.
    pub fn new(max_open: usize) -> Self {
        Self {
            files: BTreeMap::new(),
            failed: BTreeMap::new(),
            writers: Writers::default(),
            max_open,
            open: 0,
        }
    }

    /// Reads the files that were there at the last poll and are no longer, then those of `scan`, sorted
    /// by path.
    pub fn poll(&mut self, scan: Scan, mut visit: impl FnMut(Event<'_>)) {
        self.writers.start_poll();
        let found: BTreeMap<OsString, (Option<u64>, Found)> = scan
            .into_paths()
            .map(|(path, found)| {
                let inode = found.inode(Path::new(&path));
                (path, (inode, found))
            })
            .collect();
        let is_gone = |path: &OsString, file: &mut Followed| {
            found.get(path).is_none_or(|(inode, _)| inode.is_none() || *inode != file.listed_inode)
        };
        let gone: Vec<(OsString, Followed)> = self.files.extract_if(.., is_gone).collect();
        self.failed.retain(|path, _| found.contains_key(path));
        for (path, file) in gone {
            self.read_last(Path::new(&path), file, &mut visit);
        }
        let others = self.other_names(&found);
        for (path, (inode, found)) in found {
            if !others.contains(&path) {
                self.read(path, inode, found, &mut visit);
            }
        }
        for writer in self.writers.end_poll() {
            visit(Event::Gone(writer));
        }
    }

    /// The paths among those `found` by which a file is not read, since it has another one: the one by which
    /// it was read before, one that somebody named, or the first.
    fn other_names(&self, found: &BTreeMap<OsString, (Option<u64>, Found)>) -> HashSet<OsString> {
        let mut others = HashSet::new();
        let is_new = |(path, _): &(&OsString, _)| !self.files.contains_key(*path);
        let mut new = found.iter().filter(is_new).peekable();
        if new.peek().is_none() {
            return others;
        }
        let mut names: HashMap<(u64, u64), (&OsString, bool)> = HashMap::new();
        for (path, file) in &self.files {
            names.insert(file.inode, (path, true));
        }
        for (path, (_, found)) in new {
            let Ok(file) = fs::symlink_metadata(path) else { continue };
            let inode = (file.dev(), file.ino());
            match names.get(&inode) {
                _ if !file.is_file() => {}
                Some((other, false)) if found.is_named() => {
                    others.insert((*other).clone());
                    names.insert(inode, (path, true));
                }
                Some(_) => _ = others.insert(path.clone()),
                None => _ = names.insert(inode, (path, found.is_named())),
            }
        }
        others
    }

    /// Reads a file that has lost its name once more, if it is held.
    fn read_last(&mut self, path: &Path, file: Followed, visit: &mut impl FnMut(Event<'_>)) {
        let Followed { held, is_named, mut identity, is_dead, .. } = file;
        if let Held::Open(mut reader) = held {
            self.open = self.open.saturating_sub(1);
            // That it cannot be read now is no news: it was, and nobody can look at it any more.
            if let Ok((last, _)) = self.show(path, is_named, &mut reader, Some((identity, is_dead)), visit) {
                identity = last;
            }
        }
        self.writers.leave(identity);
        self.forgive_absence(path);
    }

    /// That a file is not there which was read before is no failure, also of one that was named: its program
    /// has ended.
    fn forgive_absence(&mut self, path: &Path) {
        if let Err(error) = fs::symlink_metadata(path).map_err(|error| Error::Open(error.into()))
            && error.is_not_found()
        {
            // As if it had been said.
            self.failed.insert(path.into(), error.to_string());
        }
    }

    /// Reads the file at `path`, which is there.
    fn read(&mut self, name: OsString, inode: Option<u64>, found: Found, visit: &mut impl FnMut(Event<'_>)) {
        let (path, is_named) = (Path::new(&name), found.is_named());
        if let Some(file) = self.files.remove(&name) {
            let Some((reader, identity, is_dead)) = self.take_up(file) else {
                self.forgive_absence(path);
                return self.read(name, inode, found, visit);
            };
            match self.follow(path, inode, is_named, reader, Some((identity, is_dead)), visit) {
                Ok(()) => return,
                // Something was written over it, or another file has its inode by now.
                Err(Error::Changed { .. }) => self.writers.leave(identity),
                Err(error) => {
                    self.writers.leave(identity);
                    return self.fail(path, &error, visit);
                }
            }
        }
        let read = match found.open(path) {
            Some(Ok(reader)) => self.follow(path, inode, is_named, reader, None, visit),
            Some(Err(error)) => Err(error),
            None => return,
        };
        if let Err(error) = read {
            self.fail(path, &error, visit);
        }
    }

    /// Shows what `reader` reads of the file at `path`, and keeps it for the next poll.
    fn follow(
        &mut self,
        path: &Path,
        listed_inode: Option<u64>,
        is_named: bool,
        mut reader: Reader,
        known: Option<(Identity, bool)>,
        visit: &mut impl FnMut(Event<'_>),
    ) -> Result<(), Error> {
        let (identity, liveness) = self.show(path, is_named, &mut reader, known, visit)?;
        self.failed.remove(path.as_os_str());
        let inode = reader.inode();
        let held = self.hold(reader);
        let is_dead = liveness == Liveness::Dead;
        let file = Followed { held, listed_inode, inode, is_named, identity, is_dead };
        self.files.insert(path.into(), file);
        Ok(())
    }

    /// What is known of `file`, with a descriptor; nothing if it is no longer the one at its path.
    fn take_up(&mut self, file: Followed) -> Option<(Reader, Identity, bool)> {
        let Followed { held, identity, is_dead, .. } = file;
        let reader = match held {
            Held::Open(reader) => {
                self.open = self.open.saturating_sub(1);
                Some(reader)
            }
            Held::Parked(parked) => parked.open(),
        };
        if reader.is_none() {
            self.writers.leave(identity);
        }
        Some((reader?, identity, is_dead))
    }

    /// Keeps `reader` until the next poll, with its descriptor if there are enough.
    ///
    /// All files are read in turn, so that of more files than descriptors any that is let go is needed
    /// as soon as any other: those that are held stay.
    fn hold(&mut self, reader: Reader) -> Held {
        if self.open >= self.max_open {
            return Held::Parked(reader.park());
        }
        self.open = self.open.saturating_add(1);
        Held::Open(reader)
    }

    /// Reads the values of `reader` and shows them. `known` is who wrote them last time, and whether that
    /// is dead.
    fn show(
        &mut self,
        path: &Path,
        is_named: bool,
        reader: &mut Reader,
        known: Option<(Identity, bool)>,
        visit: &mut impl FnMut(Event<'_>),
    ) -> Result<(Identity, Liveness), Error> {
        // Before the values are read: those of a dead writer are its last ones.
        let (mut liveness, asked) = match (reader.probe_v1(), known) {
            (Some((liveness, writer)), _) => (liveness, Some(writer)),
            (None, Some((_, true))) => (Liveness::Dead, None),
            (None, _) => (reader.liveness().unwrap_or(Liveness::Unknown), None),
        };
        let (owner_uid, mode) = (reader.owner_uid(), reader.mode()?);
        let claimed_uid = reader.header().map(|header| header.uid.get()).filter(|uid| *uid != owner_uid);
        let instance_id = reader.header().map(|header| header.instance_id);
        let (_, inode) = reader.inode();
        let mut snapshot = reader.snapshot()?;
        if asked.is_some_and(|asked| asked != snapshot.writer()) {
            // The original made the file anew in place: this writer was not asked after yet.
            drop(snapshot);
            liveness = reader.liveness().unwrap_or(Liveness::Unknown);
            snapshot = reader.snapshot()?;
        }
        let Writer { pid, created } = snapshot.writer();
        let (identity, novelty) = match known {
            Some((identity, _)) if identity.created == created => (identity, Novelty::Known),
            known => {
                if let Some((identity, _)) = known {
                    self.writers.leave(identity);
                }
                self.writers.identify(instance_id, owner_uid, created, snapshot.made(inode))
            }
        };
        visit(Event::Reading(Reading {
            path,
            is_named,
            writer: identity.id,
            novelty,
            liveness,
            owner_uid,
            mode,
            claimed_uid,
            pid,
            created,
            made: identity.made.map(|made| made.moment),
            snapshot,
        }));
        Ok((identity, liveness))
    }

    /// Says that the file at `path` cannot be read, unless that was said before.
    fn fail(&mut self, path: &Path, error: &Error, visit: &mut impl FnMut(Event<'_>)) {
        let why = error.to_string();
        if self.failed.get(path.as_os_str()) != Some(&why) {
            visit(Event::Failed { path, error });
            self.failed.insert(path.into(), why);
        }
    }
}
