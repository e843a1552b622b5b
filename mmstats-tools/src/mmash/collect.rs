//! Polls the files at each interval, and publishes what it found. [`series`] knows which series there are, [`earlier`]
//! what values were at earlier polls.

mod earlier;
mod series;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use mmstats_reader::watch::{Novelty, Reading, WriterId};

use self::earlier::{Dead, LastValues};
use super::distribution::Distribution;
use super::field::{Field, Interned, Track};
use super::history::History;
use super::state::{Application, File, Held, LastWhole, Series, SeriesId, State};
use super::tally::{Step, Tally};
use crate::changes::{Before, Interval};
use crate::cli::Messages;
use crate::following::{Clock, EventKind, Now, Source};
use crate::problems::{Due, Problem};
use crate::selection::{Filters, Process, Taken};
use crate::users::Users;

/// What follows files.
pub(crate) struct Collector {
    found: Found,
    /// When the first tick was, by a clock that is never set and by the one that people have.
    start: Duration,
    start_time: f64,
    interval: Duration,
    tick: u64,
    /// How long the last look took.
    took: Duration,
}

/// What is known of the files.
struct Found {
    /// The time of this look, and between the last one and this.
    now: Duration,
    interval: Duration,
    filters: Arc<Filters>,
    due: Due,
    /// Whether the first poll is over. If it finds a private file, the server does not start and says so. Private files
    /// that later polls find are reported one by one.
    has_started: bool,
    /// The message about a private file that the first poll found.
    private: Option<String>,
    files: HashMap<WriterId, Arc<File>>,
    /// Files of dead writers, which are not shown. They are kept because another run of the program may resume them.
    dead: HashMap<WriterId, Dead>,
    /// Whose files they are, sorted by path; empty if that has to be found out anew.
    order: Vec<WriterId>,
    applications: Interned<Application>,
    fields: Interned<Field>,
    users: Users,
    ids: HashMap<(Arc<Application>, Arc<Field>), SeriesId>,
    series: Arc<Vec<Option<Series>>>,
    /// What each series comes to at this tick.
    tallies: Vec<Tally>,
    /// How fast each grows, smoothed.
    paces: Vec<f32>,
    /// The values that came at this tick, of the distributions that are kept.
    came: HashMap<SeriesId, Distribution>,
    /// Places in `series` that are empty, and those of series that no file has.
    free: Vec<SeriesId>,
    orphans: Vec<SeriesId>,
    history: Arc<RwLock<History>>,
}

/// Seconds over which a pace is smoothed: an order by it is calm, and follows what happens.
const PACE_SECONDS: f64 = 10.0;

impl Collector {
    /// Follows the files that `filters` select from the time `now` on. Past values go to `history`.
    pub(crate) fn new(filters: Filters, interval: Duration, history: Arc<RwLock<History>>, now: Now) -> Self {
        let found = Found {
            now: now.monotonic,
            interval: Duration::ZERO,
            filters: Arc::new(filters),
            due: Due::once_a_minute(),
            has_started: false,
            private: None,
            files: HashMap::new(),
            dead: HashMap::new(),
            order: Vec::new(),
            applications: Interned::default(),
            fields: Interned::default(),
            users: Users::default(),
            ids: HashMap::new(),
            series: Arc::default(),
            tallies: Vec::new(),
            paces: Vec::new(),
            came: HashMap::new(),
            free: Vec::new(),
            orphans: Vec::new(),
            history,
        };
        let (start, start_time) = (now.monotonic, since_epoch(now));
        Self { found, start, start_time, interval, tick: 0, took: Duration::ZERO }
    }

    /// Ends the first look, after which it can be shown what was found.
    ///
    /// # Errors
    /// If a file may not be shown: which, and why.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        self.found.has_started = true;
        self.found.private.take().map_or(Ok(()), Err)
    }

    /// The time from `now` until the next poll is due.
    pub(crate) fn until_next(&self, now: Now) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "a time is an approximation")]
        let next = Duration::try_from_secs_f64(self.tick as f64 * self.interval.as_secs_f64());
        let wait = next.unwrap_or(Duration::MAX).saturating_sub(now.monotonic.saturating_sub(self.start));
        // Also who cannot keep up leaves others some time.
        wait.max(self.took / 4)
    }

    /// Polls all files of `source`.
    pub(crate) fn look(&mut self, source: &mut dyn Source, clock: &dyn Clock, messages: &Messages) -> State {
        let (last, now) = (self.tick, clock.now());
        let interval = self.interval.as_secs_f64();
        let elapsed = now.monotonic.saturating_sub(self.start).as_secs_f64() / interval;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ticks since the start")]
        let due = elapsed as u64 + 1;
        // Those that were missed are left out.
        self.tick = due.max(last + 1);
        #[expect(clippy::cast_precision_loss, reason = "a time is an approximation")]
        let (missing, ticks) = ((self.tick - 1) as f64 * interval, (self.tick - last) as f64);
        let time = since_epoch(now);
        if (self.start_time + missing - time).abs() > interval.max(1.0) {
            // The clock was set.
            self.start_time = time - missing;
        }
        let found = &mut self.found;
        found.interval = now.monotonic.saturating_sub(found.now);
        found.now = now.monotonic;
        source.poll(now, &mut |event| match event.kind {
            EventKind::Made(reading) | EventKind::Read(reading) => {
                found.take_in(reading, event.time, messages);
            }
            EventKind::Gone(writer) => found.leave(writer),
            EventKind::Failed { path, error, .. } => {
                found.say(&Problem::Unreadable(error), path, event.time, messages);
            }
        });
        let rates = found.finish(self.tick, ticks * interval);
        found.collect_garbage(self.tick);
        let state = found.publish(self.start_time + missing, self.tick, rates);
        self.took = clock.now().monotonic.saturating_sub(now.monotonic);
        state
    }
}

impl Found {
    /// Stores a reading of a file at the time `now`.
    fn take_in(&mut self, reading: &Reading<'_>, now: Now, messages: &Messages) {
        let process = Process::new(reading.path, &reading.snapshot, reading.owner_uid, reading.liveness);
        let last = self.files.remove(&reading.writer);
        let is_taken = self.filters.processes.take(&process, reading.is_named);
        if !is_taken && last.is_none() {
            if reading.refusal.is_some() || !self.filters.processes.want(&process) {
                return;
            }
            let dead = self.dead.get(&reading.writer);
            let is_resumed = dead.is_some_and(|dead| dead.created != process.created);
            if reading.novelty != Novelty::Made && !is_resumed {
                return self.remember(reading, &process);
            }
            // It died after the last poll: what it counted until then is taken in.
        }
        if let Some(why) = &reading.refusal {
            self.say(&Problem::Private(why), reading.path, now, messages);
            // Nothing of it is shown from now on, also not what came to it.
            if let Some(last) = last {
                self.part(&last);
            }
            return;
        }
        let application = self.application(&process);
        let filters = Arc::clone(&self.filters);
        let taken = filters.labels.of(&reading.snapshot);
        let plan = match &last {
            Some(last)
                if last.application == application
                    && self.is_plan_of(&last.series, &reading.snapshot, &taken) =>
            {
                Arc::clone(&last.series)
            }
            _ => self.plan(&application, &reading.snapshot, &taken),
        };
        let dead = self.dead.remove(&reading.writer);
        let mut before = LastValues::new(
            last.as_deref(),
            dead.as_ref(),
            &plan,
            (self.now.saturating_sub(self.interval), self.now),
        );
        let file = self.file((reading, now), process, application, &mut before, plan, &taken);
        let file = match last {
            Some(last) if Arc::ptr_eq(&last.series, &file.series) => file,
            last => {
                self.join(&file);
                if let Some(last) = last {
                    self.part(&last);
                }
                file
            }
        };
        if is_taken {
            self.files.insert(reading.writer, Arc::new(file));
        } else {
            // It has died, and what it counted last is known.
            self.part(&file);
            let dead = Dead::new(&file, &self.series);
            self.dead.insert(reading.writer, dead);
        }
    }

    /// Stores the values of a dead writer. Its file is read only once, because it does not change.
    fn remember(&mut self, reading: &Reading<'_>, process: &Process) {
        if let Some(dead) = self.dead.get_mut(&reading.writer) {
            dead.seen = self.now;
            return;
        }
        let filters = Arc::clone(&self.filters);
        let taken = filters.labels.of(&reading.snapshot);
        let metrics = reading.snapshot.metrics().filter(|metric| taken.takes(metric));
        let values = metrics.map(|metric| {
            let value = metric.value().ok();
            let field = self.fields.intern(Field::of(&metric, value.as_ref()));
            let held = value.map(|value| Held::new(&metric, value));
            let held = held.filter(|held| !matches!(held, Held::Clamped(_)));
            let is_whole = held.is_some();
            (field, (LastWhole { value: held, age: Duration::ZERO }, is_whole))
        });
        let values = values.collect();
        let is_whole = reading.snapshot.problem().is_none();
        let application = self.application(process);
        let dead =
            Dead { application, created: process.created, read: self.now, seen: self.now, is_whole, values };
        self.dead.insert(reading.writer, dead);
    }

    /// The file as it was read, whose metrics are those of `plan`.
    fn file(
        &mut self,
        (reading, now): (&Reading<'_>, Now),
        process: Process,
        application: Arc<Application>,
        before: &mut LastValues<'_>,
        plan: Arc<[SeriesId]>,
        taken: &Taken<'_>,
    ) -> File {
        let snapshot = &reading.snapshot;
        let threads = snapshot.threads().count();
        let was_whole = before.are_all_of(&application);
        let is_resumed = before.are_of_other_run(&process);
        let time = if before.are_of_this_look() { Duration::ZERO } else { self.interval };
        let interval = Interval::new(time, self.interval, reading.novelty, was_whole, is_resumed);
        let (values, not_whole) = self.values(reading, &interval, before, &plan, threads, taken);
        let last = before.last;
        let process = match last {
            Some(last) if *last.process == process => Arc::clone(&last.process),
            _ => Arc::new(process),
        };
        File {
            id: reading.writer.number(),
            path: match last {
                Some(last) if *last.path == *reading.path => Arc::clone(&last.path),
                _ => reading.path.into(),
            },
            format: snapshot.format(),
            read: self.now,
            process,
            application,
            age: reading.made.map(|made| now.moment.since(made)),
            problem: snapshot.problem().map(|problem| problem.to_string().into()),
            series: plan,
            values,
            not_whole,
            threads,
        }
    }

    /// Adds the values of `reading` to the tallies. Its metrics are those of `plan`; it is an `interval` after the last
    /// one. Returns the values, and which of them were not read whole. If they equal the last values, it returns those,
    /// so that the memory is shared.
    fn values(
        &mut self,
        reading: &Reading<'_>,
        interval: &Interval,
        before: &mut LastValues<'_>,
        plan: &Arc<[SeriesId]>,
        threads: usize,
        taken: &Taken<'_>,
    ) -> (Arc<[Held]>, HashMap<usize, LastWhole>) {
        let Self { series, tallies, came, history, .. } = self;
        let history = history.read().unwrap_or_else(PoisonError::into_inner);
        let metrics = reading.snapshot.metrics().filter(|metric| taken.takes(metric));
        let mut values = Vec::with_capacity(plan.len());
        let unchanged = before.last.filter(|last| Arc::ptr_eq(&last.series, plan));
        let mut is_all_unchanged = true;
        let mut not_whole = HashMap::new();
        for (index, (id, metric)) in plan.iter().zip(metrics).enumerate() {
            let series = series.get(*id as usize).and_then(Option::as_ref);
            let (shown, mut before) = before.get(index, *id, series);
            let read = metric.value().ok().map(|value| Held::new(&metric, value));
            let is_whole = read.as_ref().is_some_and(|held| !matches!(held, Held::Clamped(_)));
            let now = read.or_else(|| shown.cloned()).unwrap_or(Held::Torn);
            let is_unchanged = shown == Some(&now);
            if !is_whole {
                not_whole.insert(index, LastWhole::after(before, interval.time));
                before = Before::Unknown;
            }
            is_all_unchanged &= is_unchanged;
            if let (Some(Series { field, .. }), Some(tally)) = (series, tallies.get_mut(*id as usize)) {
                let step = Step { field, before, now: &now, is_unchanged, interval, threads };
                if let Some(distribution) = tally.add(&step)
                    && history.has(*id)
                {
                    came.entry(*id).and_modify(|came| came.merge(&distribution)).or_insert(distribution);
                }
            }
            values.push(now);
        }
        let values = match unchanged {
            Some(last) if is_all_unchanged => Arc::clone(&last.values),
            _ => values.into(),
        };
        (values, not_whole)
    }

    /// Reports a `problem` of the file at `path`, if the message is due.
    fn say(&mut self, problem: &Problem<'_>, path: &Path, now: Now, messages: &Messages) {
        if !self.due.is_due(path, problem, now.monotonic) {
            return;
        }
        let message = problem.of_file(path);
        if matches!(problem, Problem::Private(_)) && !self.has_started {
            self.private.get_or_insert_with(|| message.to_string());
        } else {
            messages.note(message);
        }
    }

    /// Notes that the file of `writer` is gone.
    fn leave(&mut self, writer: WriterId) {
        self.dead.remove(&writer);
        if let Some(file) = self.files.remove(&writer) {
            self.part(&file);
        }
    }

    /// Appends this tick, which took so many `seconds`, to the history, and says how fast all grew.
    fn finish(&mut self, tick: u64, seconds: f64) -> Vec<f32> {
        let history = Arc::clone(&self.history);
        let mut history = history.write().unwrap_or_else(PoisonError::into_inner);
        self.admit(&mut history, tick);
        #[expect(clippy::cast_possible_truncation, reason = "a weight between 0 and 1")]
        let weight = -(-seconds / PACE_SECONDS).exp_m1() as f32;
        let mut rates = Vec::with_capacity(self.tallies.len());
        for (id, (tally, series)) in (0..).zip(self.tallies.iter_mut().zip(self.series.iter())) {
            let mut rate = f32::NAN;
            if let Some(Series { field, .. }) = series
                && field.track.is_some()
            {
                if let Some(found) = tally.rate(field) {
                    #[expect(clippy::cast_possible_truncation, reason = "a rate is an approximation")]
                    let found = found as f32;
                    rate = found;
                }
                if history.has(id) {
                    let point = tally.point(field, self.came.remove(&id));
                    history.push(id, tick, &point, tally.has_changed);
                }
                tally.clear();
            }
            if let Some(pace) = self.paces.get_mut(id as usize) {
                // One that is not finite would stay so for ever.
                let known = if rate.is_finite() { rate.abs() } else { 0.0 };
                *pace += weight * (known - *pace);
            }
            rates.push(rate);
        }
        self.came.clear();
        rates
    }

    /// Decides which series are kept from this tick on.
    fn admit(&self, history: &mut History, tick: u64) {
        let has_room = history.has_room();
        let (mut unchanged, mut changed): (Vec<(SeriesId, Track)>, _) = (Vec::new(), Vec::new());
        for (id, (tally, series)) in (0..).zip(self.tallies.iter().zip(self.series.iter())) {
            if tally.files == 0 || !(has_room || tally.has_changed) {
                continue;
            }
            if let Some(Series { field, .. }) = series
                && let Some(track) = field.track
                && !history.has(id)
            {
                if tally.has_changed { &mut changed } else { &mut unchanged }.push((id, track));
            }
        }
        history.admit(tick, &unchanged, &changed);
    }

    fn publish(&mut self, time: f64, tick: u64, rates: Vec<f32>) -> State {
        let is_known = |writer| self.files.contains_key(writer);
        if self.order.len() != self.files.len() || !self.order.iter().all(is_known) {
            self.order = self.files.keys().copied().collect();
            let path = |writer: &WriterId| self.files.get(writer).map(|file| Arc::clone(&file.path));
            self.order.sort_by_cached_key(|writer| (path(writer), *writer));
        }
        let files = self.order.iter().filter_map(|writer| self.files.get(writer).cloned()).collect();
        State::new(time, tick, files, Arc::clone(&self.series), rates, self.paces.clone())
    }
}

/// Seconds from 1970-01-01 UTC until `now`.
fn since_epoch(now: Now) -> f64 {
    now.wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
