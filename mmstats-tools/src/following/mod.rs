//! Sources of readings for the tools that follow files: pollstats, topstats and mmash.
//!
//! A [`Source`] yields [`Event`]s: a file was created, read, removed, or could not be read. Each event carries its
//! [time](Now). The tools depend only on this trait. [`LiveFiles`] is the source that reads the files of running
//! programs.
//!
//! | module | what it has |
//! |---|---|
//! | [`clock`] | the time: tools read the system's clocks through it |
//! | [`live`] | the source that reads files at each poll |

pub mod clock;
pub mod live;
#[cfg(test)]
pub(crate) mod scripted;

use std::error::Error;
use std::path::Path;

use mmstats_reader::watch::{Novelty, Reading, WriterId};

pub use clock::{Clock, Now, SystemClock};
pub use live::{Guard, LiveFiles};

/// Yields the events of files, poll by poll.
pub trait Source: Send {
    /// Polls at the time `now`: calls `visit` for each event since the last poll, in the order of their times. No event
    /// is later than `now`.
    fn poll(&mut self, now: Now, visit: &mut dyn FnMut(Event<'_>));

    /// The message for the user if there are no files.
    fn nothing_found(&self) -> String;
}

/// Something that happened to a file.
#[derive(Debug)]
pub struct Event<'a> {
    /// When it happened.
    pub time: Now,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What happened to a file.
#[derive(Debug)]
pub enum EventKind<'a> {
    /// It was created since the last poll, and this is its first reading: its counts started from zero.
    Made(&'a Reading<'a>),
    /// It was read. Either it was read before, or it may have existed before the poll that found it.
    Read(&'a Reading<'a>),
    /// The file of this writer was removed. The last reading had its last values.
    Gone(WriterId),
    /// It could not be read. A source reports this again only if the error changes.
    Failed {
        /// The file, or the directory that could not be read.
        path: &'a Path,
        /// Whether the user named it.
        is_named: bool,
        /// The reason.
        error: &'a (dyn Error + 'static),
    },
}

impl<'a> From<&'a Reading<'a>> for EventKind<'a> {
    fn from(reading: &'a Reading<'a>) -> Self {
        match reading.novelty {
            Novelty::Made => Self::Made(reading),
            Novelty::Known | Novelty::Found => Self::Read(reading),
        }
    }
}
