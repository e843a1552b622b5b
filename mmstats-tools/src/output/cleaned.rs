//! Says what became of a file that was looked at to be removed.

use std::io::{self, Write};

use mmstats_host::removal::RemovalError;
use serde::ser::{SerializeMap, Serializer as _};
use serde_json::Serializer;

use super::json::Harmless;
use super::liveness;
use crate::cleaning::{Outcome, Report};
use crate::escape;

/// Writes a line for people if the file was removed, or would have been, as the Python original wrote it.
///
/// # Errors
/// If `out` does not take it.
pub fn text(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let deed = match report.outcome {
        Outcome::Removed => "Deleting",
        Outcome::WouldRemove => "Would delete",
        _ => return Ok(()),
    };
    let pid = report.seen.and_then(|seen| seen.pid).unwrap_or_default();
    writeln!(out, "PID {pid} not found. {deed} {}", escape::path(&report.path))
}

/// Writes an object for programs, on a line:
/// `{"path":…,"format":2,"pid":4711,"liveness":"dead","action":"removed","reason":"dead","message":null}`.
/// What is not known is null.
///
/// # Errors
/// If `out` does not take it.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry("path", &report.path.to_string_lossy())?;
    object.serialize_entry("format", &report.seen.map(|seen| seen.format))?;
    object.serialize_entry("pid", &report.seen.and_then(|seen| seen.pid))?;
    object.serialize_entry("liveness", &report.seen.map(|seen| liveness(seen.liveness)))?;
    object.serialize_entry("action", action(&report.outcome))?;
    object.serialize_entry("reason", reason(&report.outcome))?;
    object.serialize_entry("message", &why_left(report))?;
    object.end()?;
    writeln!(out)
}

/// What was done.
fn action(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Removed => "removed",
        Outcome::WouldRemove => "would_remove",
        _ => "left",
    }
}

/// Why that was done, in a word.
pub fn reason(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Removed | Outcome::WouldRemove => "dead",
        Outcome::Alive => "alive",
        Outcome::Unknown => "unknown",
        Outcome::Kept => "kept",
        Outcome::Busy => "busy",
        Outcome::Gone => "gone",
        Outcome::Denied(_) => "denied",
        Outcome::NotSeen(_) | Outcome::NotRemoved(_) => "failed",
    }
}

/// Why a file was left whose writer does not live, and what to do if it should not be.
pub fn why_left(report: &Report) -> Option<String> {
    let why = match &report.outcome {
        Outcome::Removed | Outcome::WouldRemove | Outcome::Alive | Outcome::Gone => return None,
        Outcome::Unknown if report.seen.is_some_and(|seen| seen.format == 1) => {
            "its program is not known to be dead: it may run where it is not seen, in a container or on another \
             machine"
        }
        Outcome::Unknown => {
            "its program is not known to be dead: the file is a copy, another machine's, or was made without a lock"
        }
        Outcome::Kept => "its program wished it to be kept; --kept removes it",
        Outcome::Busy => {
            "somebody else holds the .lock of its directory, or has made one that is not to be relied on; try again"
        }
        // The text before the error already says that the file cannot be removed.
        Outcome::NotRemoved(RemovalError::Remove(error)) => return Some(error.to_string()),
        Outcome::NotRemoved(error) => return Some(error.to_string()),
        Outcome::NotSeen(error) => return Some(error.to_string()),
        Outcome::Denied(error) => return Some(error.clone()),
    };
    Some(why.to_owned())
}
