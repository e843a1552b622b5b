//! Follows files while they come and go; `writers` tells their writers apart, and `guard` checks which files may be shown.

mod guard;
mod writers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;

use crate::error::Error;
use crate::reader::{Parked, Reader};
use crate::scan::{Found, Scan};
use crate::snapshot::Snapshot;
use crate::writer::Writer;
pub use guard::{Guard, Opened};
use guard::{Sink, Source};
use mmstats_host::liveness::Liveness;
use mmstats_host::moment::Moment;
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
    /// Directories that are open beside them during this poll.
    directories: usize,
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
    /// Why it may not be shown, if a [`Guard`] said so.
    pub refusal: Option<String>,
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
    /// Whether it could not be shown when it was read last.
    is_refused: bool,
}

#[derive(Debug)]
enum Held {
    Open(Reader),
    /// Without a descriptor until the next poll.
    Parked(Parked),
}

/// What became of a file that was read.
struct Shown {
    identity: Identity,
    liveness: Liveness,
    is_refused: bool,
    /// Whether it was not shown because its name no longer exists or belongs to another file.
    is_gone: bool,
}

/// So many directories can be open during a poll without an effect on the files. For each further one, one file less is
/// kept open between two polls.
const MAX_DIRECTORIES: usize = 16;

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
            directories: 0,
        }
    }

    /// Reads the files that were there at the last poll and are no longer, then those of `scan`, sorted
    /// by path.
    pub fn poll(&mut self, scan: Scan, visit: impl FnMut(Event<'_>)) {
        self.poll_guarded(scan, None, visit);
    }

    /// As [`Watch::poll`], with a `guard` that is asked about each file directly before it is read and directly
    /// after. What may not be shown has a [`Reading::refusal`]. A file that is gone is not read once more, since
    /// nobody can say who may read it.
    pub fn poll_guarded(&mut self, scan: Scan, guard: Option<&mut Guard<'_>>, visit: impl FnMut(Event<'_>)) {
        let mut sink = Sink { guard, visit };
        self.writers.start_poll();
        self.directories = scan.directories();
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
            self.read_last(Path::new(&path), file, &mut sink);
        }
        let others = self.other_names(&found);
        for (path, (inode, mut found)) in found {
            if !others.contains(&path) {
                self.read(path, inode, &mut found, &mut sink);
            }
        }
        for writer in self.writers.end_poll() {
            (sink.visit)(Event::Gone(writer));
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
            let Some(inode) = found.regular_inode(Path::new(path)) else { continue };
            match names.get(&inode) {
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

    /// Reads a file that has lost its name once more, if it is held and nobody guards it.
    fn read_last<V: FnMut(Event<'_>)>(&mut self, path: &Path, file: Followed, sink: &mut Sink<'_, '_, V>) {
        let Followed { held, is_named, mut identity, is_dead, .. } = file;
        if let Held::Open(mut reader) = held {
            self.open = self.open.saturating_sub(1);
            let source = Source { path, is_named, place: None };
            // That it cannot be read now is no news: it was, and nobody can look at it any more.
            if sink.guard.is_none()
                && let Ok(shown) = self.show(&source, &mut reader, Some((identity, is_dead)), Ok(()), sink)
            {
                identity = shown.identity;
            }
        }
        self.writers.leave(identity);
        self.forgive_absence(path);
    }

    /// That a file is not there which was read before is no failure, also of one that was named: its program
    /// has ended.
    fn forgive_absence(&mut self, path: &Path) {
        // As if it had been said.
        self.failed.insert(path.into(), Error::Read(Errno::ENOENT.into()).to_string());
    }

    /// Reads the file at `path`, which is there.
    fn read<V: FnMut(Event<'_>)>(
        &mut self,
        name: OsString,
        inode: Option<u64>,
        found: &mut Found,
        sink: &mut Sink<'_, '_, V>,
    ) {
        let path = Path::new(&name);
        if let Some(file) = self.files.remove(&name) {
            let is_refused = file.is_refused;
            let Some((reader, identity, is_dead)) = self.take_up(file, path, found) else {
                self.forgive_absence(path);
                return self.read(name, inode, found, sink);
            };
            let source = Source::new(path, found);
            let before = sink.ask(reader.file(), reader.inode(), &source);
            if is_refused && before.is_ok() {
                // What describes its values was read before it could be shown.
                self.writers.leave(identity);
                return self.read(name, inode, found, sink);
            }
            match self.follow(&source, inode, reader, Some((identity, is_dead)), before, sink) {
                Ok(()) => return,
                // Something was written over it, or another file has its inode by now.
                Err(Error::Changed { .. }) => self.writers.leave(identity),
                Err(error) => {
                    self.writers.leave(identity);
                    return self.fail(path, &error, sink);
                }
            }
        }
        let Some(opened) = found.open(path) else { return };
        let source = Source::new(path, found);
        let read = opened.and_then(|file| {
            let before = sink.ask_of_new(&file, &source)?;
            let reader = Reader::new(path.to_owned(), file)?;
            self.follow(&source, inode, reader, None, before, sink)
        });
        if let Err(error) = read {
            self.fail(path, &error, sink);
        }
    }

    /// Shows what `reader` reads of the file from `source`, and keeps it for the next poll. Before that the
    /// guard said `before`.
    fn follow<V: FnMut(Event<'_>)>(
        &mut self,
        source: &Source<'_>,
        listed_inode: Option<u64>,
        mut reader: Reader,
        known: Option<(Identity, bool)>,
        before: Result<(), String>,
        sink: &mut Sink<'_, '_, V>,
    ) -> Result<(), Error> {
        let Shown { identity, liveness, is_refused, is_gone } =
            self.show(source, &mut reader, known, before, sink)?;
        let path = source.path;
        if is_gone {
            self.writers.leave(identity);
            self.forgive_absence(path);
            return Ok(());
        }
        self.failed.remove(path.as_os_str());
        let inode = reader.inode();
        let held = self.hold(reader);
        let (is_named, is_dead) = (source.is_named, liveness == Liveness::Dead);
        let file = Followed { held, listed_inode, inode, is_named, identity, is_dead, is_refused };
        self.files.insert(path.into(), file);
        Ok(())
    }

    /// What is known of `file`, with a descriptor; nothing if it is no longer the one that was `found` at
    /// `path`.
    fn take_up(&mut self, file: Followed, path: &Path, found: &Found) -> Option<(Reader, Identity, bool)> {
        let Followed { held, identity, is_dead, .. } = file;
        let reader = match held {
            Held::Open(reader) => {
                self.open = self.open.saturating_sub(1);
                Some(reader)
            }
            Held::Parked(parked) => found
                .place(path)
                .and_then(|(directory, name)| directory.open_file(name).ok())
                .and_then(|file| parked.open(file)),
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
        let others = self.directories.saturating_sub(MAX_DIRECTORIES);
        if self.open >= self.max_open.saturating_sub(others) {
            return Held::Parked(reader.park());
        }
        self.open = self.open.saturating_add(1);
        Held::Open(reader)
    }

    /// Reads the values of `reader` and shows them, unless the file is guarded and gone. `known` is who wrote
    /// them last time, and whether that is dead.
    fn show<V: FnMut(Event<'_>)>(
        &mut self,
        source: &Source<'_>,
        reader: &mut Reader,
        known: Option<(Identity, bool)>,
        before: Result<(), String>,
        sink: &mut Sink<'_, '_, V>,
    ) -> Result<Shown, Error> {
        // Before the values are read: those of a dead writer are its last ones.
        let (mut liveness, asked) = match (reader.probe_v1(), known) {
            (Some((liveness, writer)), _) => (liveness, Some(writer)),
            (None, Some((_, true))) => (Liveness::Dead, None),
            (None, _) => (reader.liveness().unwrap_or(Liveness::Unknown), None),
        };
        let (owner_uid, inode) = (reader.owner_uid(), reader.inode());
        let claimed_uid = reader.header().map(|header| header.uid.get()).filter(|uid| *uid != owner_uid);
        let instance_id = reader.header().map(|header| header.instance_id);
        let (mut snapshot, mut file) = reader.snapshot_and_file()?;
        if asked.is_some_and(|asked| asked != snapshot.writer()) {
            // The original made the file anew in place: this writer was not asked after yet.
            drop(snapshot);
            liveness = reader.liveness().unwrap_or(Liveness::Unknown);
            (snapshot, file) = reader.snapshot_and_file()?;
        }
        let Writer { pid, created } = snapshot.writer();
        let (identity, novelty) = match known {
            Some((identity, _)) if identity.created == created => (identity, Novelty::Known),
            known => {
                if let Some((identity, _)) = known {
                    self.writers.leave(identity);
                }
                self.writers.identify(instance_id, owner_uid, created, snapshot.made(inode.1))
            }
        };
        let refusal = before.and_then(|()| sink.ask(file, inode, source)).err();
        let is_refused = refusal.is_some();
        if is_refused && source.is_gone(inode) {
            return Ok(Shown { identity, liveness, is_refused, is_gone: true });
        }
        (sink.visit)(Event::Reading(Reading {
            path: source.path,
            is_named: source.is_named,
            writer: identity.id,
            novelty,
            liveness,
            owner_uid,
            refusal,
            claimed_uid,
            pid,
            created,
            made: identity.made.map(|made| made.moment),
            snapshot,
        }));
        Ok(Shown { identity, liveness, is_refused, is_gone: false })
    }

    /// Says that the file at `path` cannot be read, unless that was said before.
    fn fail<V: FnMut(Event<'_>)>(&mut self, path: &Path, error: &Error, sink: &mut Sink<'_, '_, V>) {
        let why = error.to_string();
        if self.failed.get(path.as_os_str()) != Some(&why) {
            (sink.visit)(Event::Failed { path, error });
            self.failed.insert(path.into(), why);
        }
    }
}
