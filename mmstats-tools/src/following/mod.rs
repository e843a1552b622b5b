//! Where the tools that follow files get their readings from.
//!
//! A [`Source`] yields [`Event`]s: a file was made, read, is gone, or could not be read. Each event has its [time](Now).
//! The tools know only this trait. [`LiveFiles`] is the source of the files that programs write now.
//!
//! | module | what it knows |
//! |---|---|
//! | [`clock`] | the time: the only module that reads the system's clocks for the tools |
//! | [`live`] | the files of a selection, as they are now |

pub mod clock;
pub mod live;
#[cfg(test)]
pub(crate) mod scripted;

use std::error::Error;
use std::path::Path;

use mmstats_reader::watch::{Novelty, Reading, WriterId};

pub use clock::{Clock, Now, SystemClock};
pub use live::{Guard, LiveFiles};

/// Yields what happens to files, poll by poll.
pub trait Source: Send {
    /// Calls `visit` for each event since the last poll, in the order of their times. This poll is at the time `now`; no
    /// event is later.
    fn poll(&mut self, now: Now, visit: &mut dyn FnMut(Event<'_>));

    /// The message for the user if there are no files.
    fn nothing_found(&self) -> String;
}

/// Something that happened to a file.
#[derive(Debug)]
pub struct Event<'a> {
    /// When.
    pub time: Now,
    /// What.
    pub kind: EventKind<'a>,
}

/// What happened to a file.
#[derive(Debug)]
pub enum EventKind<'a> {
    /// It was made since the last poll, and this is the first reading of it: its counts started from zero.
    Made(&'a Reading<'a>),
    /// It was read, and it was there before.
    Read(&'a Reading<'a>),
    /// The file of this writer is gone. The last [`EventKind::Read`] had its last values.
    Gone(WriterId),
    /// It could not be read. A source says so again only if the error is another one.
    Failed {
        /// The file, or a directory.
        path: &'a Path,
        /// Whether the user named it.
        is_named: bool,
        /// Why.
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
