//! All tests and checks in one run, which does not stop at the first failure.
//!
//! | module | what it holds |
//! |---|---|
//! | `needs` | what has to be installed, and how |
//! | `steps` | what is run |
//! | `memcheck` | tests under Valgrind |
//! | `supervisor` | how commands are run: nothing stays behind |
//! | `table` | what ran, and how it ended |

mod memcheck;
pub(crate) mod needs;
mod steps;
mod supervisor;
mod table;

use std::error::Error;

use crate::Outcome;
use crate::supervise;
use steps::{Step, Work};
use supervisor::Supervisor;
use table::{Row, Table, Verdict};

/// Brings what is needed, runs the steps `names`, or all, and prints the table of them. The `filter` is an expression
/// of cargo-nextest that selects tests; with one and without names the step `tests` is run. If `strict`, it is a
/// failure that a step could not run.
///
/// # Errors
/// If there is no such step, it has no tests to select, or the system cannot tell where this program is.
pub(crate) fn run(names: &[String], filter: Option<&str>, strict: bool) -> Outcome {
    let steps = choose(names, filter)?;
    supervise::accept_children()?;
    let supervisor = Supervisor::new()?;
    let mut rows = Vec::new();
    for need in needs::ALL {
        rows.push(Row::of(&format!("need {}", need.name), || match need.bring() {
            Ok(()) => Verdict::Passed,
            Err(reason) => Verdict::CouldNotRun(reason),
        }));
    }
    for Step { name, mut work } in steps {
        println!("\n==> {name}");
        rows.push(Row::of(name, || match &mut work {
            Work::Command(command) => supervisor.carry_out(command),
            Work::Tests(tests) => supervisor.test(name, tests),
            Work::Memcheck(memcheck) => memcheck.check(name, &supervisor),
        }));
    }
    println!("\n{}", Table { rows: &rows, failed_tests: &supervisor.failed_tests()? });
    Ok(rows.iter().all(|row| match row.verdict {
        Verdict::Passed => true,
        Verdict::Failed(_) => false,
        Verdict::CouldNotRun(_) => !strict,
    }))
}

/// The steps `names` with their `filter`, in the order in which all steps are run.
fn choose(names: &[String], filter: Option<&str>) -> Result<Vec<Step>, Box<dyn Error>> {
    let all = steps::all(filter)?;
    let known: Vec<&str> = all.iter().map(|step| step.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no step {name}; choose from {}", known.join(", ")).into());
    }
    let is_chosen = |step: &Step| match (names, filter) {
        ([], None) => true,
        ([], Some(_)) => step.name == steps::TESTS,
        (names, _) => names.iter().any(|name| name == step.name),
    };
    let chosen: Vec<Step> = all.into_iter().filter(is_chosen).collect();
    match chosen.iter().find(|step| matches!(step.work, Work::Command(_))) {
        Some(step) if filter.is_some() => {
            Err(format!("the step {} has no tests that a filter can select", step.name).into())
        }
        _ => Ok(chosen),
    }
}
