//! All tests and checks in one run, which does not stop at the first failure.

mod memcheck;
pub(crate) mod needs;
mod table;

use std::env;
use std::process::Command;

use crate::Outcome;
use crate::deny;
use crate::place::{self, shown};
use table::{Row, Verdict};

/// Brings what is needed, runs every step, and prints the table of them. If `strict`, it is a
/// failure that a step could not run.
///
/// # Errors
/// If the system cannot tell where this program is.
pub(crate) fn run(strict: bool) -> Outcome {
    let mut rows = Vec::new();
    for need in needs::ALL {
        rows.push(Row::of(&format!("need {}", need.name), || match need.bring() {
            Ok(()) => Verdict::Passed,
            Err(reason) => Verdict::CouldNotRun(reason),
        }));
    }
    for (name, mut command) in steps()? {
        println!("\n==> {name}: {}", shown(&command));
        rows.push(Row::of(name, || carry_out(&mut command)));
    }
    println!("\n==> memcheck");
    rows.push(Row::of("memcheck", memcheck::check));
    println!("\n{}", table::Table(&rows));
    Ok(rows.iter().all(|row| match row.verdict {
        Verdict::Passed => true,
        Verdict::Failed(_) => false,
        Verdict::CouldNotRun(_) => !strict,
    }))
}

/// Runs the tests that reach the unsafe code under Valgrind.
///
/// # Errors
/// If it cannot be run.
pub(crate) fn memcheck() -> Outcome {
    match memcheck::check() {
        Verdict::Passed => Ok(true),
        Verdict::Failed(reason) => {
            eprintln!("xtask: {reason}");
            Ok(false)
        }
        Verdict::CouldNotRun(reason) => Err(reason.into()),
    }
}

fn steps() -> std::io::Result<Vec<(&'static str, Command)>> {
    let mut docs = cargo("doc --workspace --no-deps");
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let mut demo = Command::new(env::current_exe()?);
    demo.args(["demo", "--seconds", "3"]);
    let mut steps = vec![
        ("format", cargo("fmt --all --check")),
        // With what is built for `cargo xtask dist` alone.
        ("clippy", cargo("clippy --workspace --all-targets --features mmstats-tools/dist -- -D warnings")),
        (
            "tests",
            cargo(
                "test --workspace --exclude mmstats-ui-tests --lib --bins --tests --features mmstats-tools/dist \
                 --no-fail-fast",
            ),
        ),
        ("doctests", cargo("test --workspace --doc --no-fail-fast")),
        ("ui-tests", cargo("test --package mmstats-ui-tests")),
        ("orderings", orderings()),
        ("platform unix", on_platform("unix", "test --package mmstats --package mmstats-tests")),
        ("platform unsupported", on_platform("unsupported", "test --package mmstats")),
        ("docs", docs),
        ("dependencies", deny::check(&["bans", "licenses", "sources"])?),
        ("demo", demo),
    ];
    // Who wants one tool builds nothing for the others.
    for (name, tool) in [
        ("cleanstats alone", "cleanstats"),
        ("mmash alone", "mmash"),
        ("pollstats alone", "pollstats"),
        ("slurpstats alone", "slurpstats"),
        ("topstats alone", "topstats"),
    ] {
        let arguments = "clippy --package mmstats-tools --no-default-features --features";
        steps.push((name, cargo(&format!("{arguments} {tool} -- -D warnings"))));
    }
    Ok(steps)
}

/// `arguments` of cargo, with the code of another platform than this one.
fn on_platform(platform: &str, arguments: &str) -> Command {
    let cfg = format!("mmstats_platform=\"{platform}\"");
    let mut command = with_cfg(&cfg, &format!("target/platform-{platform}"), arguments);
    command.env("MMSTATS_TORN_READS", "100000");
    command
}

/// The models of what threads and readers may see of atomics, tried in every order by loom.
fn orderings() -> Command {
    let mut command = with_cfg("loom", "target/loom", "test --package mmstats --release --lib orderings");
    // Built sooner, and fast enough.
    command.envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")]);
    command
}

/// `arguments` of cargo, with `cfg`, in a target folder of its own: other flags build everything anew.
fn with_cfg(cfg: &str, folder: &str, arguments: &str) -> Command {
    let mut command = cargo(arguments);
    command.env("RUSTFLAGS", format!("-D warnings --cfg {cfg}")).args(["--target-dir", folder]);
    command
}

fn cargo(arguments: &str) -> Command {
    let mut command = place::cargo();
    command.args(arguments.split(' '));
    command
}

fn carry_out(command: &mut Command) -> Verdict {
    match command.status() {
        Ok(status) if status.success() => Verdict::Passed,
        Ok(status) => Verdict::Failed(status.to_string()),
        Err(error) => Verdict::CouldNotRun(format!("cannot start {}: {error}", shown(command))),
    }
}
