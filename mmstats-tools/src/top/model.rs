//! All files and what is known of them, without a terminal.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use mmstats_reader::Moment;
use mmstats_reader::Scan;
use mmstats_reader::watch::{Event, Reading, Watch, WriterId};

use super::shape::Shapes;
use super::track::{History, Poll};
use super::writer::{MAX_DISTRIBUTIONS, State, Writer};
use crate::escape;
use crate::selection::{Filters, Process, Selection};
use crate::users::Users;

/// All files, as they were read last.
#[derive(Debug)]
pub struct Model {
    watch: Watch,
    known: Known,
    /// When they were read last.
    pub now: Now,
    /// How often they were.
    reading: u64,
    /// Whether there were files, be they shown or not.
    has_found: bool,
}

#[derive(Debug)]
struct Known {
    filters: Filters,
    writers: BTreeMap<WriterId, Writer>,
    /// Those that are not shown because they are dead: another run of the program may resume their files.
    hidden: HashMap<WriterId, Writer>,
    /// All of them by their processes' names and ids.
    by_name: Vec<WriterId>,
    shapes: Shapes,
    users: Users,
    /// What could not be read, as far as nobody has asked.
    problems: Vec<String>,
    /// How often it changed which files and fields there are, and what processes are called.
    edition: u64,
}

/// A time by two clocks, neither of which can be set.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Since topstats started.
    pub monotonic: Duration,
    /// The clock by which it is known when files were made. It goes on while the machine sleeps.
    pub moment: Moment,
}

impl Now {
    /// This time; topstats started at `start`.
    pub fn since(start: Instant) -> Self {
        Self { monotonic: start.elapsed(), moment: Moment::now() }
    }
}

/// How long a process is shown that has ended.
const LINGERING: Duration = Duration::from_secs(10);

/// A field of a file.
pub type FieldId = (WriterId, u32);

impl Model {
    /// Knows nothing yet. Of the files that it will read it shows what `filters` take, and holds at most
    /// so many open.
    pub fn new(filters: Filters, max_open: usize) -> Self {
        let known = Known {
            filters,
            writers: BTreeMap::new(),
            hidden: HashMap::new(),
            by_name: Vec::new(),
            shapes: Shapes::default(),
            users: Users::default(),
            problems: Vec::new(),
            edition: 0,
        };
        let now = Now { monotonic: Duration::ZERO, moment: Moment::now() };
        Self { watch: Watch::new(max_open), known, now, reading: 0, has_found: false }
    }

    /// Reads the files of `scan`.
    pub fn poll(&mut self, scan: Scan, now: Now) {
        let mut distributions = MAX_DISTRIBUTIONS;
        let (known, last) = (&mut self.known, self.now.monotonic);
        let poll = Poll { now: now.monotonic, time: now.monotonic.saturating_sub(last) };
        let edition = known.edition;
        let mut has_found = false;
        self.watch.poll(scan, |event| match event {
            Event::Reading(reading) => {
                has_found = true;
                known.read(&reading, last, poll, &mut distributions);
            }
            Event::Gone(id) => {
                known.hidden.remove(&id);
                if let Some(writer) = known.writers.get_mut(&id) {
                    writer.leave(now.monotonic);
                }
            }
            Event::Failed { path, error } => {
                known.problems.push(format!("cannot read {}: {error}", escape::path(path)));
            }
        });
        known.forget(now.monotonic);
        if known.edition != edition {
            known.sort();
            known.shapes.tidy();
        }
        self.now = now;
        self.reading += 1;
        self.has_found = has_found;
    }

    /// What to say if no file of `selection` is shown.
    pub fn nothing_shown(&self, selection: &Selection) -> String {
        if self.has_found {
            self.known.filters.processes.nothing_shown().to_owned()
        } else {
            selection.nothing_found()
        }
    }

    /// Another number for each reading, after which values may be others.
    pub fn reading(&self) -> u64 {
        self.reading
    }

    /// Another number whenever there are other files or fields, or processes are called otherwise.
    pub fn edition(&self) -> u64 {
        self.known.edition
    }

    /// All files that are shown, by their processes' names and ids.
    pub fn writers(&self) -> impl Iterator<Item = (WriterId, &Writer)> {
        self.known.by_name.iter().filter_map(|id| Some((*id, self.writer(*id)?)))
    }

    /// One of them.
    pub fn writer(&self, id: WriterId) -> Option<&Writer> {
        self.known.writers.get(&id)
    }

    /// Keeps the history of the fields that are on the screen, and of no others.
    pub fn watch(&mut self, fields: &[FieldId]) {
        for (id, writer) in &mut self.known.writers {
            let first = fields.partition_point(|(other, _)| other < id);
            let wanted = fields.get(first..).unwrap_or_default();
            let mut wanted =
                wanted.iter().take_while(|(other, _)| other == id).map(|(_, field)| *field).peekable();
            if wanted.peek().is_none() && !writer.is_watched {
                continue;
            }
            writer.is_watched = wanted.peek().is_some();
            for (index, track) in (0..).zip(&mut writer.tracks) {
                if wanted.next_if_eq(&index).is_none() {
                    track.history = None;
                } else if track.history.is_none() {
                    track.history = Some(Box::<History>::default());
                }
            }
        }
    }

    /// What could not be read since this was last asked, safe to show.
    pub fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.known.problems)
    }
}

impl Known {
    /// Takes in a reading; `last` is when the one before would have been.
    fn read(&mut self, reading: &Reading<'_>, last: Duration, poll: Poll, distributions: &mut usize) {
        if !self.writers.contains_key(&reading.writer) {
            let Reading { path, snapshot, owner_uid, liveness, .. } = reading;
            let process = Process::new(path, snapshot, *owner_uid, *liveness);
            let is_shown = self.filters.processes.take(&process, reading.is_named);
            let is_known = self.hidden.contains_key(&reading.writer);
            // The values of one that is dead are read once: they do not change.
            if !is_shown && (is_known || !self.filters.processes.want(&process)) {
                return;
            }
            let writer = self.hidden.remove(&reading.writer).unwrap_or_else(|| {
                let user = self.users.name(reading.owner_uid).to_owned();
                let shape = self.shapes.of(snapshot, &self.filters.labels);
                Writer::new(reading, process, shape, user, last)
            });
            if !is_shown {
                let writer = self.hidden.entry(reading.writer).or_insert(writer);
                return writer.read(reading, poll, distributions);
            }
            self.say_problem(reading);
            self.writers.insert(reading.writer, writer);
            self.edition += 1;
        }
        if let Some(writer) = self.writers.get_mut(&reading.writer) {
            let is_other = writer.identify(reading, &mut self.shapes, &self.filters.labels);
            self.edition += u64::from(is_other);
            writer.read(reading, poll, distributions);
        }
    }

    /// Sorts the files by their processes, and finds out which of those have several.
    fn sort(&mut self) {
        let mut writers: Vec<(WriterId, &mut Writer)> =
            self.writers.iter_mut().map(|(id, writer)| (*id, writer)).collect();
        writers.sort_by(|(_, one), (_, other)| (one.key(), &one.path).cmp(&(other.key(), &other.path)));
        for same in writers.chunk_by_mut(|(_, one), (_, other)| one.key() == other.key()) {
            let is_one_of_several = same.len() > 1;
            for (_, writer) in same {
                writer.is_one_of_several = is_one_of_several;
            }
        }
        self.by_name = writers.into_iter().map(|(id, _)| id).collect();
    }

    /// Says what is wrong with a file that is read for the first time.
    fn say_problem(&mut self, reading: &Reading<'_>) {
        if let Some(problem) = reading.snapshot.problem() {
            self.problems.push(format!("cannot read {}: {problem}", escape::path(reading.path)));
        }
    }

    /// Lets go of those that have ended long enough ago, unless such are wanted.
    fn forget(&mut self, now: Duration) {
        let with_dead = self.filters.processes.with_dead;
        let count = self.writers.len();
        self.writers.values_mut().for_each(|writer| writer.forget_rates(now));
        self.writers.retain(|_, writer| match writer.state {
            State::Alive | State::Unknown | State::Dead => true,
            State::Stale(_) if with_dead || writer.is_named => true,
            State::Stale(since) | State::Gone(since) => now.saturating_sub(since) < LINGERING,
        });
        self.edition += u64::from(self.writers.len() != count);
    }
}
