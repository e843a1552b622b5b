//! What comes to fields of many files from one look to the next.
//!
//! A [`Poll`] looks at the files and comes to a [`Line`]; a [`Sheet`](sheet::Sheet) writes it.
//!
//! | module | what it knows |
//! |---|---|
//! | [`arguments`], [`fields`], [`part`] | what was asked for: which metrics, and what of them |
//! | [`sample`] | a value at a time, and its change since |
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

use std::time::{Duration, SystemTime};

use crate::following::{Clock, EventKind, Source};
use column::Cell;
use counting::Counting;
use journal::Journal;

/// Looks at files again and again.
#[derive(Debug)]
pub struct Poll {
    counting: Counting,
    /// When it looked the last time.
    last: Option<Duration>,
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
    /// A poll of what `counting` counts.
    pub fn new(counting: Counting) -> Self {
        Self { counting, last: None }
    }

    /// Polls the files of `source`.
    pub fn look(&mut self, source: &mut dyn Source, clock: &dyn Clock, journal: &mut Journal<'_>) -> Line {
        let now = clock.now();
        let Self { counting, last } = self;
        let is_first = last.is_none();
        let interval = last.replace(now.monotonic).map(|last| now.monotonic.saturating_sub(last));
        let mut files: u64 = 0;
        // Times before 1970 cannot be written.
        counting.start(interval, now.wall.max(SystemTime::UNIX_EPOCH));
        source.poll(now, &mut |event| {
            files = files.saturating_add(1);
            match event.kind {
                EventKind::Made(reading) | EventKind::Read(reading) => {
                    counting.take(reading, event.time, journal);
                }
                EventKind::Gone(writer) => counting.let_go(writer, journal),
                EventKind::Failed { path, is_named, error } => {
                    counting.fail(path, is_named, error, event.time, journal);
                }
            }
        });
        let took = clock.now().monotonic.saturating_sub(now.monotonic);
        journal.debug(format_args!("looked at the files in {took:?}"));
        if files == 0 && is_first {
            journal.note(source.nothing_found());
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

#[cfg(test)]
mod tests {
    use mmstats_reader::Number;
    use mmstats_reader::watch::Novelty;

    use super::columns::Columns;
    use super::filter::Filter;
    use super::*;
    use crate::cli;
    use crate::following::scripted::{FakeClock, Next, Script};
    use crate::selection::Filters;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn rates_and_ages_come_from_the_clock_that_is_passed_in() {
        let (clock, mut script) = (FakeClock::new(), Script::new(FakeClock::moment(992)));
        let _ = cli::run("pollstats", |messages| {
            let columns = Columns::new(fields::parse("hits:rate", "")?);
            let filter = Filter::new(&[], "");
            let mut poll = Poll::new(Counting::new(Filters::default(), filter, columns, false));
            let mut journal = Journal::new(messages, 0);
            let mut look = |script: &mut Script| {
                let line = poll.look(script, &clock, &mut journal);
                let rates: Vec<Cell> = line.columns.into_iter().map(|column| column.cell).collect();
                (line.interval, rates)
            };
            let number = |rate| vec![Cell::Number(Number::Float(rate))];

            // The first line has all that was counted since the file was made.
            script.counts.hits.add(40);
            assert_eq!(look(&mut script), (None, number(5.0)));
            script.counts.hits.add(60);
            clock.advance(2 * SECOND);
            assert_eq!(look(&mut script), (Some(2 * SECOND), number(30.0)));
            script.then(Next::Read(Novelty::Known));
            clock.advance(4 * SECOND);
            assert_eq!(look(&mut script), (Some(4 * SECOND), number(0.0)));
            Ok(())
        });
    }

    #[test]
    fn a_file_that_was_made_between_two_lines_counted_from_zero() {
        let (clock, mut script) = (FakeClock::new(), Script::new(FakeClock::moment(1001)));
        let _ = cli::run("pollstats", |messages| {
            let columns = Columns::new(fields::parse("hits:delta", "")?);
            let filter = Filter::new(&[], "");
            let mut poll = Poll::new(Counting::new(Filters::default(), filter, columns, false));
            let mut journal = Journal::new(messages, 0);
            script.then(Next::Failed);
            poll.look(&mut script, &clock, &mut journal);
            script.counts.hits.add(40);
            script.then(Next::Read(Novelty::Made));
            clock.advance(2 * SECOND);
            let line = poll.look(&mut script, &clock, &mut journal);
            assert_eq!(line.columns.first().unwrap().cell, Cell::Number(Number::Whole(40)));
            Ok(())
        });
    }
}
