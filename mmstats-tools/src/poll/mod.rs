//! What comes to fields of many files from one look to the next.
//!
//! A [`Poll`] looks at the files and comes to a [`Line`]; a [`Sheet`](sheet::Sheet) writes it.
//!
//! | module | what it knows |
//! |---|---|
//! | [`arguments`], [`fields`], [`part`] | what was asked for: which metrics, and what of them |
//! | [`sample`] | a value at a time, and what came since |
//! | [`writer`] | a writer and its values from one look to the next |
//! | [`counting`] | all writers: which are counted, and what is wrong with their files |
//! | [`columns`], [`column`](mod@column) | which metrics are in which column, and what they add up to |
//! | [`filter`] | which files are counted |
//! | [`nearest`] | labels that may have been meant |
//! | [`sheet`] | how lines are written: for people, as CSV, as JSON |
//! | [`journal`] | what is said beside them |

pub mod arguments;
pub mod column;
pub mod columns;
pub mod counting;
pub mod fields;
pub mod filter;
pub mod journal;
pub mod nearest;
pub mod part;
pub mod sample;
pub mod sheet;
pub mod writer;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use mmstats_reader::Error;
use mmstats_reader::watch::{Event, Watch};

use crate::escape;
use crate::selection::Selection;
use column::Cell;
use counting::Counting;
use journal::Journal;

/// Looks at files again and again.
#[derive(Debug)]
pub struct Poll {
    selection: Selection,
    watch: Watch,
    counting: Counting,
    /// When it looked the last time.
    last: Option<Instant>,
}

/// What a look at the files came to.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was.
    pub time: SystemTime,
    /// The time since the last one; nothing in the first.
    pub interval: Option<Duration>,
    /// What is in each column.
    pub columns: Vec<Shown>,
    /// Whether these are other columns than those of the last line.
    pub has_new_columns: bool,
}

/// A column of a line.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What stands above it, safe to show.
    pub title: String,
    /// What is in it.
    pub cell: Cell,
    /// What its numbers are.
    pub sort: Sort,
}

/// What the numbers of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Values and counts, as they are.
    Exact,
    /// So many in a second.
    Rate,
    /// Measured in this unit.
    Measure(String),
}

impl Poll {
    /// Will look at the files of `selection`, holding at most `max_open` of them, for what `counting` counts.
    pub fn new(selection: Selection, max_open: usize, counting: Counting) -> Self {
        Self { selection, watch: Watch::new(max_open), counting, last: None }
    }

    /// Looks at the files as they are now.
    pub fn look(&mut self, journal: &mut Journal<'_>) -> Line {
        // Years before 1970 cannot be written.
        let (now, time) = (Instant::now(), SystemTime::now().max(SystemTime::UNIX_EPOCH));
        let Self { selection, watch, counting, last } = self;
        let is_first = last.is_none();
        let interval = last.replace(now).map(|last| now.saturating_duration_since(last));
        let mut files: u64 = 0;
        counting.start(interval, time);
        watch.poll(selection.scan(), |event| {
            files = files.saturating_add(1);
            match event {
                Event::Reading(reading) => counting.take(&reading, journal),
                Event::Gone(writer) => counting.let_go(writer, journal),
                Event::Failed { path, error } => say_failed(path, error, selection, journal),
            }
        });
        journal.debug(format_args!("looked at the files in {:?}", now.elapsed()));
        if files == 0 && is_first {
            journal.note(selection.nothing_found());
        }
        counting.finish(journal)
    }

    /// Says in the exit status if a field was never found.
    pub fn end(&self, journal: &mut Journal<'_>) {
        if self.counting.lacks_fields() {
            journal.fail();
        }
    }
}

fn say_failed(path: &Path, error: &Error, selection: &Selection, journal: &mut Journal<'_>) {
    let message = format!("cannot read {}: {error}", escape::path(path));
    if selection.names(path) { journal.error(message) } else { journal.note(message) }
}
