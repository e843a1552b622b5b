//! Command line tools that show what programs count, and what they are made of.
//!
//! The tools only read: they never import the writer. A tool is one short file in `src/bin/` that
//! says what its options are and what it does with the files; what tools share is here:
//!
//! | module | what it does |
//! |---|---|
//! | [`cli`] | runs a tool: messages, exit status, closed pipes |
//! | [`names`] | parses and prints names of metrics, and selects metrics by them |
//! | [`selection`] | which files, processes and labels |
//! | [`slurping`] | reads files once, and shows them |
//! | [`description`] | all data of a metric except its value |
//! | [`entry`] | a value with its description |
//! | [`combining`] | makes one set of values of those of several files |
//! | [`output`] | shows files, in one short module for each format |
//! | [`changes`] | how much a value changed between two readings of a file |
//! | [`cleaning`] | removes files of dead writers |
//! | [`poll`] | what comes to fields from one look at files to the next |
//! | [`following`] | sources of readings of files, and the clock |
//! | [`problems`] | the problems that a file can have, their messages, and when a message is due |
//! | [`ticks`] | the times of polls |
//! | [`color`] | when to use colours |
//! | [`charset`] | which characters a terminal can show |
//! | [`terminal`] | what it can do, and how large it is |
//! | [`mmash`](mod@mmash) | shows files in a browser |
//! | `top` | follows files on a full screen |
//! | [`display`] | how names and numbers look to people |
//! | [`users`] | what the system calls its users |
//! | [`escape`] | makes strings that anyone may have written safe to show |
#![forbid(unsafe_code)]

#[cfg(feature = "watching")]
pub mod changes;
pub mod charset;
#[cfg(feature = "cleanstats")]
pub mod cleaning;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "pollstats")]
pub mod color;
#[cfg(feature = "cli")]
pub mod combining;
#[cfg(feature = "cli")]
pub mod description;
pub mod display;
#[cfg(feature = "cli")]
pub mod entry;
pub mod escape;
#[cfg(feature = "watching")]
pub mod following;
#[cfg(feature = "mmash")]
pub mod mmash;
pub mod names;
#[cfg(feature = "cli")]
pub mod output;
#[cfg(feature = "pollstats")]
pub mod poll;
#[cfg(feature = "cli")]
pub mod problems;
#[cfg(feature = "cli")]
pub mod selection;
#[cfg(feature = "slurpstats")]
pub mod slurping;
#[cfg(any(feature = "pollstats", feature = "slurpstats", feature = "topstats"))]
pub mod terminal;
#[cfg(feature = "watching")]
pub mod ticks;
#[cfg(feature = "topstats")]
pub mod top;
#[cfg(any(feature = "mmash", feature = "topstats"))]
pub mod users;
