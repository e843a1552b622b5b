//! A file, the process that writes it, and its fields.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use mmstats_reader::Moment;
use mmstats_reader::watch::{Novelty, Reading};
use mmstats_reader::{Kind, Liveness, Torn};

use super::shape::{Field, Shape, Shapes};
use super::track::{Poll, Track};
use crate::changes::Interval;
use crate::selection::{Labels, Process};

/// A file and the process that writes it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Writer {
    /// The process.
    pub process: Process,
    /// The name of the user who owns the file.
    pub user: String,
    /// The user whose the writer says it is, if that is another.
    pub claimed_uid: Option<u32>,
    /// The file's name.
    pub path: PathBuf,
    /// Whether it was asked for by name.
    pub is_named: bool,
    /// Whether its process has other files, too.
    pub(super) is_one_of_several: bool,
    /// When the file was made, if it says so.
    made: Option<Moment>,
    /// Whether it still writes.
    pub state: State,
    /// Why only a part of the file can be read, if so; and whether that was also so at the reading before.
    pub problem: Option<String>,
    was_damaged: bool,
    /// Whether another run of the program has resumed the file since the reading before.
    is_resumed: bool,
    /// Its fields.
    pub shape: Rc<Shape>,
    /// What is known of each.
    pub tracks: Vec<Track>,
    /// Whether one of them is on the screen.
    pub(super) is_watched: bool,
    /// When it was read last.
    read: Duration,
}

/// Whether a writer still writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Alive,
    /// Nobody can say.
    Unknown,
    /// It is dead, since this time or longer, and its file still there.
    Stale(Duration),
    /// Its file is gone, since this time.
    Gone(Duration),
    /// It was dead before anyone looked.
    Dead,
}

/// Distributions of fields that are not on the screen that are kept, so that there is something to show
/// as soon as they are. Each takes some kilobytes.
pub const MAX_DISTRIBUTIONS: usize = 1000;

impl Writer {
    /// A writer that was not there at the time `last`, and the name of its user.
    pub fn new(
        reading: &Reading<'_>,
        process: Process,
        shape: Rc<Shape>,
        user: String,
        last: Duration,
    ) -> Self {
        let mut writer = Self {
            process,
            user,
            claimed_uid: reading.claimed_uid,
            path: reading.path.to_owned(),
            is_named: reading.is_named,
            is_one_of_several: false,
            made: reading.made,
            state: State::Dead,
            problem: None,
            was_damaged: true,
            is_resumed: false,
            tracks: Vec::new(),
            is_watched: false,
            shape,
            read: last,
        };
        writer.tracks.resize_with(writer.shape.fields.len(), Track::default);
        writer.state = match reading.liveness {
            Liveness::Alive => State::Alive,
            Liveness::Unknown => State::Unknown,
            // It was there since the last poll, although it has ended by now.
            Liveness::Dead if reading.novelty == Novelty::Made => State::Unknown,
            Liveness::Dead => State::Dead,
        };
        writer
    }

    /// Takes in what the file says of itself. Says whether it is called otherwise now, or has other fields.
    pub fn identify(&mut self, reading: &Reading<'_>, shapes: &mut Shapes, labels: &Labels) -> bool {
        let Reading { path, snapshot, .. } = reading;
        let mmstats_reader::Writer { pid, created } = snapshot.writer();
        let is_renamed = created != self.process.created
            || path.as_os_str() != self.path.as_os_str()
            || pid != self.process.pid;
        let is_same_run = !is_renamed && created == self.process.created;
        if is_renamed {
            self.path = path.to_path_buf();
            self.process.pid = pid;
        }
        self.is_resumed = created != self.process.created;
        if self.is_resumed {
            // This run was there since the last poll, although it may have ended by now. It may have another command.
            self.state = State::Unknown;
            self.process.name = Process::new(path, snapshot, reading.owner_uid, reading.liveness).name;
        }
        self.process.created = created;
        self.made = reading.made;
        self.problem = snapshot.problem().map(ToString::to_string);
        let has_other_fields = !self.shape.fits(snapshot, is_same_run);
        if has_other_fields {
            self.reshape(shapes.of(snapshot, labels));
        }
        is_renamed || has_other_fields
    }

    /// Takes in a reading of the file. `distributions` is how many more of them may be kept.
    pub fn read(&mut self, reading: &Reading<'_>, poll: Poll, distributions: &mut usize) {
        self.update_state(reading.liveness, poll.now);
        let time = poll.now.saturating_sub(self.read);
        let interval = Interval::new(time, poll.time, reading.novelty, !self.was_damaged, self.is_resumed);
        (self.read, self.was_damaged) = (poll.now, self.problem.is_some());
        let fields = self.shape.fields.iter().zip(&mut self.tracks);
        for ((field, track), metric) in fields.zip(reading.snapshot.metrics()) {
            if !field.is_taken {
                continue;
            }
            let kind = field.description.kind();
            let is_distribution = matches!(kind, Some(Kind::Histogram | Kind::Timer));
            let keeps = is_distribution && (track.history.is_some() || *distributions > 0);
            *distributions -= usize::from(keeps && *distributions > 0);
            // A sum that stopped at the end of its type is not known.
            let value = metric
                .value()
                .and_then(|value| if metric.is_clamped(&value) { Err(Torn) } else { Ok(value) });
            track.read(value, kind, &interval, poll, keeps);
        }
    }

    /// Notes that its values are still those that were read last at the time `now`, as those of a dead writer are.
    pub(super) fn skip(&mut self, now: Duration) {
        let time = now.saturating_sub(self.read);
        self.tracks.iter_mut().for_each(|track| track.skip(time));
        self.read = now;
    }

    fn update_state(&mut self, liveness: Liveness, now: Duration) {
        self.process.liveness = liveness;
        self.state = match (liveness, self.state) {
            (Liveness::Alive, _) => State::Alive,
            (Liveness::Unknown, _) => State::Unknown,
            (Liveness::Dead, state @ (State::Stale(_) | State::Dead)) => state,
            (Liveness::Dead, _) => State::Stale(now),
        };
    }

    /// Goes on with other fields, of which those that were there before keep what is known of them.
    fn reshape(&mut self, shape: Rc<Shape>) {
        let name = |field: &Field| field.name(0).to_string();
        let old = self.shape.fields.iter().map(name);
        // Nothing keeps a writer from giving a name twice: those of one name keep their order.
        let mut known: HashMap<String, VecDeque<Track>> = HashMap::new();
        for (name, track) in old.zip(self.tracks.drain(..)) {
            known.entry(name).or_default().push_back(track);
        }
        let track = |field| known.get_mut(&name(field)).and_then(VecDeque::pop_front).unwrap_or_default();
        self.tracks = shape.fields.iter().map(track).collect();
        self.shape = shape;
    }

    /// Its file is gone. Its rates are of the time after `last`, when all files were read before, if it was read once more.
    pub fn leave(&mut self, last: Duration, now: Duration) {
        self.state = State::Gone(now);
        if self.read <= last {
            self.tracks.iter_mut().for_each(Track::stop);
        }
    }

    /// Whether it has rates for the time since the last poll, which was at `last`: it is alive, or ended after `last`.
    pub(super) fn has_rates(&self, last: Duration) -> bool {
        match self.state {
            State::Alive | State::Unknown => true,
            State::Stale(since) | State::Gone(since) => since > last,
            State::Dead => false,
        }
    }

    /// Forgets the rates, because the writer has ended.
    pub(super) fn forget_rates(&mut self, last: Duration) {
        if !self.has_rates(last) {
            self.tracks.iter_mut().for_each(Track::stop);
        }
    }

    /// How long it has been writing, at the moment `now`, if it still does.
    pub fn uptime(&self, now: Moment) -> Option<Duration> {
        let is_running = matches!(self.state, State::Alive | State::Unknown);
        self.made.filter(|_| is_running).map(|made| now.since(made))
    }

    /// How many a field has counted a second since its file was made. Format 1 does not say what counts
    /// from zero.
    pub fn life_rate(&self, field: &Field, track: &Track, now: Moment) -> Option<f64> {
        let uptime = self.uptime(now)?.as_secs_f64();
        field.description.kind()?;
        track.count().filter(|_| uptime > 0.0).map(|count| count / uptime)
    }

    /// What files of one process have in common.
    pub fn key(&self) -> (&str, Option<u64>, u32) {
        (&self.process.name, self.process.pid, self.process.uid)
    }

    /// What its file's name says beyond the process's name and id.
    pub fn file_name(&self) -> &OsStr {
        let stem = self.path.file_stem().unwrap_or_default();
        let process = self.process.pid.map(|pid| format!("{}-{pid}-", self.process.name));
        let rest = process.and_then(|process| stem.to_str()?.strip_prefix(&process));
        rest.filter(|rest| !rest.is_empty()).map_or(stem, OsStr::new)
    }
}
