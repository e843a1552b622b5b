//! Counts what comes to all writers.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use mmstats_reader::moment::Moment;
use mmstats_reader::watch::{Reading, WriterId};

use super::Line;
use super::columns::Columns;
use super::filter::Filter;
use super::journal::Journal;
use super::writer::{Look, Trouble, Writer};
use crate::escape;
use crate::selection::{Process, Processes};

/// What is counted, of whom, and what was counted so far.
#[derive(Debug)]
pub struct Counting {
    processes: Processes,
    filter: Filter,
    columns: Columns,
    /// Whether what comes is shown by the second.
    is_by_second: bool,
    writers: BTreeMap<WriterId, Writer>,
    /// When this look at the files started, and how long that is after the last one.
    time: SystemTime,
    interval: Option<Duration>,
    was_said: bool,
}

impl Counting {
    /// Counts in `columns` what comes to the files of `processes` that `filter` takes; by the second with
    /// `is_by_second`.
    pub fn new(processes: Processes, filter: Filter, columns: Columns, is_by_second: bool) -> Self {
        // The first look says what time it is.
        let (writers, time) = (BTreeMap::new(), SystemTime::UNIX_EPOCH);
        Self { processes, filter, columns, is_by_second, writers, time, interval: None, was_said: false }
    }

    /// Starts a look at the files at `time`, which is `interval` after the last one.
    pub fn start(&mut self, interval: Option<Duration>, time: SystemTime) {
        (self.interval, self.time) = (interval, time);
    }

    /// Counts what is new in a file, which was read at the moment `now`.
    pub fn take(&mut self, reading: &Reading<'_>, now: Moment, journal: &mut Journal<'_>) {
        let Self { processes, filter, columns, writers, .. } = self;
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
        say_problems(writer, reading, journal);

        let is_first = self.interval.is_none();
        let age = || reading.made.map_or(Duration::ZERO, |made| now.since(made));
        let time = self.interval.unwrap_or_default();
        let look = Look { is_first, is_counted, time, age: is_first.then(age) };
        writer.count(reading, look, columns);
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

/// Says what is wrong with a file, each thing once.
fn say_problems(writer: &mut Writer, reading: &Reading<'_>, journal: &mut Journal<'_>) {
    let (path, snapshot, said) = (escape::path(reading.path), &reading.snapshot, &mut writer.said);
    if let Some(problem) = snapshot.problem()
        && said.insert(Trouble::Damaged)
    {
        let message = format!("cannot read {path}: {problem}");
        if reading.is_named { journal.error(message) } else { journal.note(message) }
    }
    let (torn, skipped) = (snapshot.torn(), snapshot.skipped());
    if torn > 0 && said.insert(Trouble::Torn) {
        journal.warn(match torn {
            1 => format!("cannot read 1 value of {path}: it was only partly written"),
            torn => format!("cannot read {torn} values of {path}: they were only partly written"),
        });
    }
    if skipped > 0 && said.insert(Trouble::Unknown) {
        journal.warn(match skipped {
            1 => format!("{path} has 1 field of a kind that this version does not know"),
            skipped => format!("{path} has {skipped} fields of kinds that this version does not know"),
        });
    }
    if let Some(claimed) = reading.claimed_uid
        && said.insert(Trouble::Claimed)
    {
        let owner = reading.owner_uid;
        journal.warn(format_args!("{path} belongs to user {owner}, but says that user {claimed} wrote it"));
    }
}
