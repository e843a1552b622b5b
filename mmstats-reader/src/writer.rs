//! Who wrote a file.

use std::time::Duration;

/// Who wrote a file, and when, as far as the file says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The id of the process, in its own namespace.
    pub pid: Option<u64>,
    /// When the process created the file: time since 1970-01-01 UTC.
    pub created: Option<Duration>,
}

impl Writer {
    /// The writer that a file of format 1 names. `created` is in seconds.
    pub(crate) fn of_v1(pid: Option<u64>, created: Option<f64>) -> Self {
        Self { pid, created: created.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) }
    }
}
