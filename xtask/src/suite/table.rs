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

/// All steps, and how to repeat what failed.
pub(super) struct Table<'a> {
    pub(super) rows: &'a [Row],
    /// The commands that run failed tests again.
    pub(super) failed_tests: &'a [String],
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        for Row { name, verdict, took } in self.rows {
            writeln!(f, "{name:width$}  {:7.1} s  {verdict}", took.as_secs_f64())?;
        }
        let count = |is: fn(&Verdict) -> bool| self.rows.iter().filter(|row| is(&row.verdict)).count();
        write!(
            f,
            "\n{} steps: {} passed, {} failed, {} could not run",
            self.rows.len(),
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Failed(_))),
            count(|verdict| matches!(verdict, Verdict::CouldNotRun(_))),
        )?;
        let failed = || self.rows.iter().filter(|row| matches!(row.verdict, Verdict::Failed(_)));
        if failed().next().is_some() {
            write!(f, "\n\nTo run again what failed:")?;
        }
        for Row { name, .. } in failed() {
            // Its tests, if it told which, else the step.
            let step = format!("cargo xtask test {name}");
            let is_of_step = |command: &&String| command.contains(&format!("{step} "));
            let mut commands = self.failed_tests.iter().filter(is_of_step).peekable();
            if commands.peek().is_none() {
                write!(f, "\n  {step}")?;
            }
            commands.try_for_each(|command| write!(f, "\n  {command}"))?;
        }
        Ok(())
    }
}
