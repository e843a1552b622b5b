//! Why a struct was not published.

use std::fmt;
use std::io;
use std::path::PathBuf;

use mmstats_format::label::LabelError;

/// Why [`create`](crate::MmStats::create) published nothing. It left no file behind.
///
/// Its `Debug` is its `Display`: a `main` that returns it shows what to do.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The directory for the file cannot be used.
    #[error("cannot use the directory {} (from {source_name}): {problem}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Where its name comes from: an option, a variable or the default.
        source_name: &'static str,
        /// What is wrong with it.
        #[source]
        problem: DirectoryProblem,
    },
    /// None of the default places can be used.
    #[error(
        "cannot make a directory in any of the default places ({places}): \
         name one that this user can write to in MMSTATS_PATH or `options().dir(…)`"
    )]
    NoDefaultDirectory {
        /// The places, and what is wrong with each.
        places: String,
    },
    /// This process's user has no id in its user namespace.
    #[error(
        "this user has no id in the user namespace, so mmstats cannot tell its directories from those of others: \
         map the user to an id (`unshare --map-current-user`, `bwrap --uid`, or /proc/PID/uid_map)"
    )]
    UnmappedUser,
    /// The template for the file's name is wrong.
    #[error("cannot use {template:?} as the template of a file name (from {source_name}): {problem}")]
    FileName {
        /// The template.
        template: String,
        /// Where it comes from: an option, a variable or the default.
        source_name: &'static str,
        /// What is wrong with it.
        #[source]
        problem: FileNameProblem,
    },
    /// The mode for the file is wrong.
    #[error(
        "cannot use {mode} as the file's mode (from {source_name}): \
         expected an octal mode that lets the owner read and write and others at most read: 600, 640, 644 or 604"
    )]
    Mode {
        /// What was given.
        mode: String,
        /// Where it comes from: an option or a variable.
        source_name: &'static str,
    },
    /// A label is too long, or has a control character, once its prefixes stand before it.
    #[error("cannot use the label {label:?}: {problem}")]
    Label {
        /// The label.
        label: String,
        /// Which rule it breaks.
        #[source]
        problem: LabelError,
    },
    /// The name changes from run to run, so there is none to resume from.
    #[error(
        "cannot resume from a file named by {template:?}: \
         expected a name that is the same for each run, without {{PID}} and {{TID}}; give one in `options().file_name(…)` or MMSTATS_FILES"
    )]
    Resume {
        /// The template of the name.
        template: String,
    },
    /// There is room for no thread.
    #[error("cannot publish {name} with room for no thread: expected a capacity of at least 1")]
    Capacity {
        /// The struct.
        name: &'static str,
    },
    /// The static was published before, by `init` or by its first use.
    #[error("{name} is published already: call `init` once, before the first use")]
    AlreadyPublished {
        /// The struct.
        name: &'static str,
    },
    /// This thread is in the middle of publishing, or of a fork.
    #[error(
        "cannot publish from a signal handler or a fork handler that interrupted mmstats: publish before, or after"
    )]
    Reentrant,
    /// Another thread is in the middle of its first use, and did not get through within a second.
    #[error("cannot publish again while another thread is in the middle of its first use: try again later")]
    Busy,
    /// The process is ending, and has removed its files.
    #[error("cannot publish while the process ends")]
    Ending,
    /// The key of an attribute is no label, is given twice or is one of mmstats' own.
    #[error(
        "cannot use the attribute {key:?}: expected a key of 1 to 255 bytes without control characters, given once, that does not start with \"sys.\""
    )]
    Attribute {
        /// The key.
        key: String,
    },
    /// The values and their descriptions do not fit the format.
    #[error("cannot publish {name}: expected values and texts of less than 4 GiB, found more")]
    TooLarge {
        /// The struct.
        name: &'static str,
    },
    /// The filesystem is full.
    #[error("no space for {len} bytes of statistics in {}: free some, or name another directory in MMSTATS_PATH", directory.display())]
    NoSpace {
        /// The directory.
        directory: PathBuf,
        /// Bytes that the file takes.
        len: u64,
    },
    /// The process may not write files that large.
    #[error(
        "the process may write files of at most {limit} bytes (RLIMIT_FSIZE), the statistics take {len}: raise the limit (`ulimit -f`)"
    )]
    FileSizeLimit {
        /// The limit in bytes.
        limit: u64,
        /// Bytes that the file takes.
        len: u64,
    },
    /// All names that the file could have are taken by files of programs that run, by kept files,
    /// or by something that is no file of mmstats.
    #[error("no free name for {name} in {}: all up to -{tried} are taken; cleanstats removes files of dead programs", directory.display())]
    NoFreeName {
        /// The directory.
        directory: PathBuf,
        /// The name that was tried first.
        name: String,
        /// The last suffix that was tried.
        tried: u32,
    },
    /// The system has no random numbers.
    #[error("cannot get random numbers for the file's id: {error}")]
    Random {
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The system refused a step.
    #[error(
        "cannot {step} in {}: {error}; \
         name a directory that this user can write to in MMSTATS_PATH or `options().dir(…)`", directory.display()
    )]
    Io {
        /// What was tried.
        step: &'static str,
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is wrong with a directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryProblem {
    /// There is none, and none can be made.
    #[error("it is missing and cannot be made: {0}")]
    Missing(#[source] io::Error),
    /// It cannot be opened.
    #[error("it cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// It is a link, which could be turned elsewhere.
    #[error("expected a directory, found a symbolic link; name its target")]
    Link,
    /// It is something else.
    #[error("expected a directory, found something else")]
    NotADirectory,
    /// It is another user's.
    #[error(
        "expected a directory of user {expected} or root, found one of user {found}; name one of your own"
    )]
    Owner {
        /// This process's effective user id.
        expected: u32,
        /// The owner's user id.
        found: u32,
    },
    /// It is another user's, and this user cannot open it.
    #[error(
        "it cannot be opened by user {uid} (owner: user {owner}); choose a directory of user {uid}; \
         if the program calls setuid, publish after it"
    )]
    Closed {
        /// The owner's user id.
        owner: u32,
        /// This process's effective user id.
        uid: u32,
    },
    /// It is this user's, but its mode lacks permissions of the owner, such as after an unusual umask.
    #[error(
        "expected a directory that its owner can read, write and search, found mode {mode:04o}; chmod u+rwx"
    )]
    ShutOut {
        /// Its mode.
        mode: u32,
    },
    /// Others could replace the files in it.
    #[error(
        "expected a directory in which only its owner may write, or one with the sticky bit, found mode {mode:04o}; \
         name a new directory below it, such as {}, which mmstats makes, or remove the others' permission to write \
         (chmod go-w)", below.display()
    )]
    TooOpen {
        /// Its mode.
        mode: u32,
        /// A directory that can be named instead.
        below: PathBuf,
    },
}

/// What is wrong with the template of a file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileNameProblem {
    /// It would leave the directory.
    #[error("expected a name without a slash; the directory goes into MMSTATS_PATH or `options().dir(…)`")]
    Slash,
    /// It has a control character.
    #[error("expected a name without control characters")]
    Control,
    /// It has a placeholder that nothing is known for.
    #[error("expected {{CMD}}, {{PID}}, {{TID}} or {{NAME}}, found {0:?}")]
    Placeholder(String),
    /// It has a brace without its counterpart.
    #[error("expected a closing brace after each opening one and the other way round")]
    Brace,
    /// It expands to nothing, or to a hidden file, which readers pass over.
    #[error("expected a name that does not start with a dot, found {0:?}")]
    Hidden(String),
    /// It expands to a name that no filesystem takes.
    #[error("expected a name of at most 240 bytes, found one of {0}")]
    TooLong(usize),
}
