//! What ran, how long it took, and what could not run and why.

use std::fmt;
use std::time::{Duration, Instant};

/// How a step ended.
pub(super) enum Verdict {
    Passed,
    /// It ran, and this is how it ended.
    Failed(String),
    /// Nothing was found out, for this reason.
    CouldNotRun(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::CouldNotRun(reason) => write!(f, "could not run: {reason}"),
        }
    }
}

/// One step.
pub(super) struct Row {
    name: String,
    pub(super) verdict: Verdict,
    took: Duration,
}

impl Row {
    /// Runs the `step` and notes how long it took.
    pub(super) fn of(name: &str, step: impl FnOnce() -> Verdict) -> Self {
        let start = Instant::now();
        let verdict = step();
        Self { name: name.to_owned(), verdict, took: start.elapsed() }
    }
}

/// All steps.
pub(super) struct Table<'a>(pub(super) &'a [Row]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|row| row.name.len()).max().unwrap_or_default();
        for Row { name, verdict, took } in self.0 {
            writeln!(f, "{name:width$}  {:7.1} s  {verdict}", took.as_secs_f64())?;
        }
        let count = |is: fn(&Verdict) -> bool| self.0.iter().filter(|row| is(&row.verdict)).count();
        write!(
            f,
            "\n{} steps: {} passed, {} failed, {} could not run",
            self.0.len(),
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Failed(_))),
            count(|verdict| matches!(verdict, Verdict::CouldNotRun(_))),
        )
    }
}
