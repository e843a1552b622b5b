//! All files and what is known of them, without a terminal.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use mmstats_reader::watch::{Novelty, Reading, WriterId};

use super::shape::Shapes;
use super::track::{History, Poll};
use super::writer::{MAX_DISTRIBUTIONS, State, Writer};
use crate::following::{EventKind, Now, Source};
use crate::problems::{Due, Problem};
use crate::selection::{Filters, Process};
use crate::users::Users;

/// All files, as they were read last.
#[derive(Debug)]
pub struct Model {
    known: Known,
    /// When they were read last.
    pub now: Now,
    /// When they were read the time before.
    last: Duration,
    /// How often they were.
    reading: u64,
    /// Whether there were files, be they shown or not.
    has_found: bool,
}

#[derive(Debug)]
struct Known {
    filters: Filters,
    writers: BTreeMap<WriterId, Writer>,
    /// Dead writers that are not shown. They are kept because another run of the program may resume their files.
    hidden: HashMap<WriterId, Writer>,
    /// All of them by their processes' names and ids.
    by_name: Vec<WriterId>,
    shapes: Shapes,
    users: Users,
    /// What could not be read, as far as nobody has asked.
    problems: Vec<String>,
    due: Due,
    /// How often it changed which files and fields there are, and what processes are called.
    edition: u64,
}

/// How long a process is shown that has ended.
const LINGERING: Duration = Duration::from_secs(10);

/// A field of a file.
pub type FieldId = (WriterId, u32);

impl Model {
    /// An empty model at the time `now`. It will show the files and metrics that `filters` select.
    pub fn new(filters: Filters, now: Now) -> Self {
        let known = Known {
            filters,
            writers: BTreeMap::new(),
            hidden: HashMap::new(),
            by_name: Vec::new(),
            shapes: Shapes::default(),
            users: Users::default(),
            problems: Vec::new(),
            due: Due::each_time(),
            edition: 0,
        };
        Self { known, now, last: now.monotonic, reading: 0, has_found: false }
    }

    /// Reads the files of `source` at the time `now`.
    pub fn poll(&mut self, source: &mut dyn Source, now: Now) {
        let mut distributions = MAX_DISTRIBUTIONS;
        let (known, last) = (&mut self.known, self.now.monotonic);
        let time = now.monotonic.saturating_sub(last);
        let edition = known.edition;
        let mut has_found = false;
        source.poll(now, &mut |event| {
            let poll = Poll { now: event.time.monotonic, time };
            match event.kind {
                EventKind::Made(reading) | EventKind::Read(reading) => {
                    has_found = true;
                    known.read(reading, last, poll, &mut distributions);
                }
                EventKind::Gone(id) => {
                    known.hidden.remove(&id);
                    if let Some(writer) = known.writers.get_mut(&id) {
                        writer.leave(last, poll.now);
                    }
                }
                EventKind::Failed { path, error, .. } => {
                    known.say(&Problem::Unreadable(error), path, poll.now);
                }
            }
        });
        known.forget(last, now.monotonic);
        if known.edition != edition {
            known.sort();
            known.shapes.tidy();
        }
        (self.last, self.now) = (last, now);
        self.reading += 1;
        self.has_found = has_found;
    }

    /// The message if no file of `source` is shown.
    pub fn nothing_shown(&self, source: &dyn Source) -> String {
        if self.has_found {
            self.known.filters.processes.nothing_shown().to_owned()
        } else {
            source.nothing_found()
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

    /// Whether the rates of `writer` are those of the last reading: it is alive, or was at the reading before.
    pub fn has_rates(&self, writer: &Writer) -> bool {
        writer.has_rates(self.last)
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
            let is_wanted = self.filters.processes.want(&process);
            let hidden = self.hidden.remove(&reading.writer);
            let is_resumed = hidden.as_ref().is_some_and(|hidden| hidden.process.created != process.created);
            // One that has also ended since the last poll is shown for a while, as others that end.
            let was_there = is_wanted && (reading.novelty == Novelty::Made || is_resumed);
            if !is_shown && !was_there {
                if let Some(mut hidden) = hidden {
                    // It was read before, and the values of one that is dead do not change.
                    hidden.skip(poll.now);
                    self.hidden.insert(reading.writer, hidden);
                } else if is_wanted {
                    let mut writer = self.writer(reading, process, last);
                    writer.read(reading, poll, distributions);
                    self.hidden.insert(reading.writer, writer);
                }
                return;
            }
            let writer = hidden.unwrap_or_else(|| self.writer(reading, process, last));
            if let Some(problem) = reading.snapshot.problem() {
                self.say(&Problem::Damaged(problem), reading.path, poll.now);
            }
            self.writers.insert(reading.writer, writer);
            self.edition += 1;
        }
        if let Some(writer) = self.writers.get_mut(&reading.writer) {
            let is_other = writer.identify(reading, &mut self.shapes, &self.filters.labels);
            self.edition += u64::from(is_other);
            writer.read(reading, poll, distributions);
        }
    }

    /// The writer of a `reading`, which is the first; `last` is when the one before would have been.
    fn writer(&mut self, reading: &Reading<'_>, process: Process, last: Duration) -> Writer {
        let user = self.users.name(reading.owner_uid).to_owned();
        let shape = self.shapes.of(&reading.snapshot, &self.filters.labels);
        Writer::new(reading, process, shape, user, last)
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

    /// Reports a `problem` of the file at `path`, if the message is due.
    fn say(&mut self, problem: &Problem<'_>, path: &Path, now: Duration) {
        if self.due.is_due(path, problem, now) {
            self.problems.push(problem.of_file(path).to_string());
        }
    }

    /// Forgets writers that ended long enough ago, unless dead ones are to be shown. The files were read at the times
    /// `now` and, before that, `last`.
    fn forget(&mut self, last: Duration, now: Duration) {
        let with_dead = self.filters.processes.with_dead;
        let count = self.writers.len();
        self.writers.values_mut().for_each(|writer| writer.forget_rates(last));
        let ended = self.writers.extract_if(.., |_, writer| match writer.state {
            State::Alive | State::Unknown | State::Dead => false,
            State::Stale(_) if with_dead || writer.is_named => false,
            State::Stale(since) | State::Gone(since) => now.saturating_sub(since) >= LINGERING,
        });
        // The file of one that is stale may be resumed.
        let stale = ended.filter(|(_, writer)| matches!(writer.state, State::Stale(_)));
        self.hidden.extend(stale);
        self.edition += u64::from(self.writers.len() != count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::following::Clock;
    use crate::following::scripted::{FakeClock, Next, Script};

    const SECOND: Duration = Duration::from_secs(1);

    /// The rate of the scripted counter and the uptime of its writer, as they are shown.
    fn shown(model: &Model) -> Vec<(Option<f64>, Option<Duration>)> {
        let show = |(_, writer): (WriterId, &Writer)| {
            let mut fields = writer.shape.fields.iter().zip(&writer.tracks);
            let hits = fields.find(|(field, _)| field.name(0).to_string() == "hits");
            let rate = hits.and_then(|(_, track)| track.rate());
            (rate.filter(|_| model.has_rates(writer)), writer.uptime(model.now.moment))
        };
        model.writers().map(show).collect()
    }

    #[test]
    fn rates_and_ages_come_from_the_times_of_events() {
        let (clock, mut script) = (FakeClock::new(), Script::new(FakeClock::moment(993)));
        let mut model = Model::new(Filters::default(), clock.now());
        script.counts.hits.add(10);
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), [(None, Some(7 * SECOND))]);
        script.counts.hits.add(60);
        clock.advance(2 * SECOND);
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), [(Some(30.0), Some(9 * SECOND))]);
        // This reading is half a second older than its poll, so it is one and a half seconds after the last one.
        script.counts.hits.add(60);
        script.lag = SECOND / 2;
        clock.advance(2 * SECOND);
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), [(Some(40.0), Some(11 * SECOND))]);
    }

    #[test]
    fn a_file_that_is_gone_has_rates_only_if_it_was_read_once_more_and_is_shown_for_a_while() {
        let (clock, mut script) = (FakeClock::new(), Script::new(FakeClock::moment(993)));
        let mut model = Model::new(Filters::default(), clock.now());
        model.poll(&mut script, clock.now());
        script.counts.hits.add(60);
        clock.advance(2 * SECOND);
        model.poll(&mut script, clock.now());
        script.then(Next::Gone);
        script.lag = SECOND / 2;
        clock.advance(2 * SECOND);
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), [(None, None)]);
        script.then(Next::Failed);
        clock.advance(LINGERING.saturating_sub(SECOND));
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), [(None, None)]);
        clock.advance(SECOND / 2);
        model.poll(&mut script, clock.now());
        assert_eq!(shown(&model), []);
    }
}
