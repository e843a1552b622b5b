//! Counts what comes to all writers.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, SystemTime};

use mmstats_reader::watch::{Reading, WriterId};

use super::Line;
use super::columns::Columns;
use super::filter::Filter;
use super::journal::Journal;
use super::writer::{Look, Writer};
use crate::escape;
use crate::following::Now;
use crate::problems::{Due, Problem};
use crate::selection::{Filters, Process};

/// What is counted, of whom, and what was counted so far.
#[derive(Debug)]
pub struct Counting {
    filters: Filters,
    filter: Filter,
    columns: Columns,
    /// Whether what comes is shown by the second.
    is_by_second: bool,
    writers: BTreeMap<WriterId, Writer>,
    due: Due,
    /// When this look at the files started, and how long that is after the last one.
    time: SystemTime,
    interval: Option<Duration>,
    /// How many looks there were.
    line: u64,
    was_said: bool,
}

impl Counting {
    /// Counts in `columns` the changes of the files and metrics that `filters` and `filter` select; per second with
    /// `is_by_second`.
    pub fn new(filters: Filters, filter: Filter, columns: Columns, is_by_second: bool) -> Self {
        // The first poll sets the time.
        let (writers, due, time) = (BTreeMap::new(), Due::each_time(), SystemTime::UNIX_EPOCH);
        Self {
            filters,
            filter,
            columns,
            is_by_second,
            writers,
            due,
            time,
            interval: None,
            line: 0,
            was_said: false,
        }
    }

    /// Starts a look at the files at `time`, which is `interval` after the last one.
    pub fn start(&mut self, interval: Option<Duration>, time: SystemTime) {
        (self.interval, self.time, self.line) = (interval, time, self.line.saturating_add(1));
    }

    /// Counts the changes of a file that was read at the time `now`.
    pub fn take(&mut self, reading: &Reading<'_>, now: Now, journal: &mut Journal<'_>) {
        let Self { filters: Filters { labels, processes }, filter, columns, writers, due, .. } = self;
        let writer = writers.entry(reading.writer).or_default();
        let shows_dead = reading.is_named || processes.with_dead;
        let is_new = writer.meet(reading);
        if is_new {
            let Reading { path, snapshot, owner_uid, liveness, .. } = reading;
            writer.is_wanted = processes.want(&Process::new(path, snapshot, *owner_uid, *liveness));
        }
        writer.is_fit = filter.takes(&reading.snapshot).unwrap_or(writer.is_fit);
        let is_counted = writer.counts(reading, shows_dead);
        if is_new {
            say_taken(writer, reading, journal);
        }
        for problem in Problem::of(&reading.snapshot, reading.owner_uid, reading.claimed_uid) {
            say(&problem, reading.path, reading.is_named, due, now.monotonic, journal);
        }

        let is_first = self.interval.is_none();
        let age = || reading.made.map_or(Duration::ZERO, |made| now.moment.since(made));
        let time = self.interval.unwrap_or_default();
        let look = Look { is_first, is_counted, line: self.line, time, age: is_first.then(age) };
        writer.count(reading, look, &labels.of(&reading.snapshot), columns);
    }

    /// Notes that the file at `path` could not be read at the time `now`.
    pub fn fail(
        &mut self,
        path: &Path,
        is_named: bool,
        error: &(dyn Error + 'static),
        now: Now,
        journal: &mut Journal<'_>,
    ) {
        say(&Problem::Unreadable(error), path, is_named, &mut self.due, now.monotonic, journal);
    }

    /// Forgets a writer whose file is gone.
    pub fn let_go(&mut self, writer: WriterId, journal: &Journal<'_>) {
        if let Some(writer) = self.writers.remove(&writer) {
            journal.info(format_args!("{} is gone", escape::path(&writer.path)));
        }
    }

    /// Ends a look at the files: what it came to.
    pub fn finish(&mut self, journal: &Journal<'_>) -> Line {
        for writer in self.writers.values().filter(|writer| writer.is_there) {
            writer.add_now(&mut self.columns);
        }
        self.say_what_is_missing(journal);
        let (has_new_columns, columns) = self.columns.finish(self.interval.is_none(), self.is_by_second);
        for mixed in self.columns.mixed() {
            journal
                .note(format_args!("{mixed}: files have values that cannot be added up; some are left out"));
        }
        Line { time: self.time, interval: self.interval, columns, has_new_columns }
    }

    /// Says which fields nothing has, or why there is nothing at all.
    fn say_what_is_missing(&mut self, journal: &Journal<'_>) {
        if self.writers.values().any(|writer| writer.is_there) {
            self.columns.missing().iter().for_each(|missing| journal.note(missing));
        } else if !self.was_said && !self.writers.is_empty() {
            self.was_said = true;
            journal.note(self.why_nothing());
        }
    }

    fn why_nothing(&self) -> String {
        let count = |is_so: fn(&Writer) -> bool| self.writers.values().filter(|writer| is_so(writer)).count();
        let reasons = [
            (count(|writer| !writer.is_wanted), "of other processes than --process says"),
            (count(|writer| writer.is_wanted && !writer.is_fit), "that --filter does not take"),
            (
                count(|writer| writer.is_wanted && writer.is_fit),
                "of programs that have died, which --stale would show",
            ),
        ];
        let reasons = reasons.iter().filter(|(count, _)| *count > 0);
        let reasons: Vec<String> = reasons.map(|(count, why)| format!("{count} {why}")).collect();
        format!("no file is counted; there are {}", reasons.join(", "))
    }

    /// Whether there are fields of which nothing was ever found.
    pub fn lacks_fields(&self) -> bool {
        self.columns.lack()
    }
}

/// Says what becomes of a file that was found.
fn say_taken(writer: &Writer, reading: &Reading<'_>, journal: &Journal<'_>) {
    let path = escape::path(reading.path);
    match (writer.is_wanted, writer.is_fit, writer.is_there) {
        (false, _, _) => journal.info(format_args!("left out {path}: not a process that --process says")),
        (_, false, _) => journal.info(format_args!("left out {path}: --filter does not take it")),
        (_, _, false) => journal.info(format_args!("left out {path}: its program has died; see --stale")),
        _ => journal.info(format_args!("counting {path}")),
    }
}

/// Reports a `problem` of the file at `path`, if the message is due. A file that cannot be read, or only in part, is
/// reported at any verbosity, and is an error if the user named it.
fn say(
    problem: &Problem<'_>,
    path: &Path,
    is_named: bool,
    due: &mut Due,
    now: Duration,
    journal: &mut Journal<'_>,
) {
    let is_grave = matches!(problem, Problem::Unreadable(_) | Problem::Damaged(_));
    if is_grave && is_named {
        journal.fail();
    }
    if due.is_due(path, problem, now) {
        let message = problem.of_file(path);
        if is_grave { journal.note(message) } else { journal.warn(message) }
    }
}
