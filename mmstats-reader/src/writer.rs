//! Who made a file.

use std::time::Duration;

/// Who made a file, and when, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The process, in its own namespace.
    pub pid: Option<u64>,
    /// When it made the file, since 1970-01-01 UTC.
    pub created: Option<Duration>,
}

impl Writer {
    /// The one that a file of format 1 names; it counts time in seconds.
    pub(crate) fn of_v1(pid: Option<u64>, created: Option<f64>) -> Self {
        Self { pid, created: created.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) }
    }
}
