//! What is said on standard error beside the lines.

use std::fmt::Display;

use crate::cli::Messages;

/// Says as much as was asked for.
#[derive(Debug)]
pub struct Journal<'a> {
    messages: &'a mut Messages,
    verbosity: u8,
}

impl<'a> Journal<'a> {
    /// Says warnings from a `verbosity` of 1 on, what files come and go from 2 on, and each look at them
    /// from 3 on.
    pub fn new(messages: &'a mut Messages, verbosity: u8) -> Self {
        Self { messages, verbosity }
    }

    /// Has the exit status be 1.
    pub fn fail(&mut self) {
        self.messages.fail();
    }

    /// Says what has to be known.
    pub fn note(&self, message: impl Display) {
        self.messages.note(message);
    }

    /// Says that something is not as it should be.
    pub fn warn(&self, message: impl Display) {
        self.say(1, message);
    }

    /// Says what happens to files.
    pub fn info(&self, message: impl Display) {
        self.say(2, message);
    }

    /// Says what is done.
    pub fn debug(&self, message: impl Display) {
        self.say(3, message);
    }

    fn say(&self, level: u8, message: impl Display) {
        if self.verbosity >= level {
            self.messages.note(message);
        }
    }
}
