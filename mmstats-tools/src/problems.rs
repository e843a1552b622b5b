//! The problems that a file can have: their messages, which are the same in all tools, and when a message is due.
//!
//! Each tool decides whether a [`Problem`] is an error, which changes the exit status, or a note. Tools that read files
//! repeatedly ask [`Due`] whether to report a problem.

#[cfg(feature = "watching")]
mod due;

use std::error::Error;
use std::fmt;
use std::path::Path;

use mmstats_reader::{ParseError, Snapshot};

use crate::escape;

#[cfg(feature = "watching")]
pub use due::Due;

/// What to do about files that other users cannot read.
const PRIVATE_ADVICE: &str =
    "use --token-file, listen only on unix:PATH, or name only files that everyone can read";

/// A problem of a file.
#[derive(Clone, Copy, Debug)]
pub enum Problem<'a> {
    /// The file cannot be read at all.
    Unreadable(&'a (dyn Error + 'static)),
    /// Only the fields before the damage can be read.
    Damaged(&'a ParseError),
    /// The number of values that were only partly written each time they were read.
    Torn(u64),
    /// The number of fields of kinds that this version does not know.
    UnknownKinds(u64),
    /// The file names a writer who is not its owner.
    Claimed {
        /// The user who owns it.
        owner: u32,
        /// The user who wrote it, according to the file.
        claimed: u32,
    },
    /// Not every user of the machine can read the file, for this reason, but every user can connect to mmash.
    Private(&'a str),
}

/// A problem and the file that has it, as a message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    path: &'a Path,
    problem: Problem<'a>,
}

impl<'a> Problem<'a> {
    /// The problems of a file of the user `owner` with this `snapshot`. `claimed` is the user who wrote it, according to
    /// the file.
    pub fn of(snapshot: &'a Snapshot<'_>, owner: u32, claimed: Option<u32>) -> impl Iterator<Item = Self> {
        let damaged = snapshot.problem().map(Self::Damaged);
        let torn = Some(snapshot.torn()).filter(|torn| *torn > 0).map(Self::Torn);
        let unknown = Some(snapshot.skipped()).filter(|skipped| *skipped > 0).map(Self::UnknownKinds);
        let claimed = claimed.filter(|claimed| *claimed != owner);
        let claimed = claimed.map(|claimed| Self::Claimed { owner, claimed });
        damaged.into_iter().chain(torn).chain(unknown).chain(claimed)
    }

    /// The message about this problem of the file at `path`.
    pub fn of_file(self, path: &'a Path) -> Message<'a> {
        Message { path, problem: self }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = escape::path(self.path);
        match self.problem {
            Problem::Unreadable(error) => write!(f, "cannot read {path}: {error}"),
            Problem::Damaged(error) => write!(f, "cannot read {path}: {error}"),
            Problem::Torn(1) => write!(f, "cannot read 1 value of {path}: it was only partly written"),
            Problem::Torn(torn) => {
                write!(f, "cannot read {torn} values of {path}: they were only partly written")
            }
            Problem::UnknownKinds(1) => {
                write!(f, "{path} has 1 field of a kind that this version does not know")
            }
            Problem::UnknownKinds(fields) => {
                write!(f, "{path} has {fields} fields of kinds that this version does not know")
            }
            Problem::Claimed { owner, claimed } => {
                write!(f, "{path} belongs to user {owner}, but says that user {claimed} wrote it")
            }
            Problem::Private(why) => write!(
                f,
                "cannot serve {path}: not readable by everyone ({why}), but other users of this machine can connect \
                 to mmash; {PRIVATE_ADVICE}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn messages_name_the_file_escaped_and_count_in_plain_english() {
        let error = io::Error::other("expected a file, found none");
        let path = Path::new("a\n.mmstats");
        for (problem, message) in [
            (Problem::Unreadable(&error), r"cannot read a\u{a}.mmstats: expected a file, found none"),
            (Problem::Torn(1), r"cannot read 1 value of a\u{a}.mmstats: it was only partly written"),
            (Problem::Torn(2), r"cannot read 2 values of a\u{a}.mmstats: they were only partly written"),
            (
                Problem::UnknownKinds(1),
                r"a\u{a}.mmstats has 1 field of a kind that this version does not know",
            ),
            (
                Problem::UnknownKinds(2),
                r"a\u{a}.mmstats has 2 fields of kinds that this version does not know",
            ),
            (
                Problem::Claimed { owner: 1, claimed: 2 },
                r"a\u{a}.mmstats belongs to user 1, but says that user 2 wrote it",
            ),
        ] {
            assert_eq!(problem.of_file(path).to_string(), message);
        }
        let private = Problem::Private("it has mode 0600").of_file(path).to_string();
        let start = r"cannot serve a\u{a}.mmstats: not readable by everyone (it has mode 0600), but ";
        assert!(private.starts_with(start) && private.contains("--token-file"), "{private}");
    }
}
