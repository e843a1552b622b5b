//! What `cargo xtask test` runs.

use std::env;
use std::io;
use std::process::Command;

use super::memcheck::Memcheck;
use super::needs;
use crate::deny;
use crate::place;

/// The step of most tests.
pub(super) const TESTS: &str = "tests";

/// A row of the table.
pub(super) struct Step {
    /// By which it is chosen.
    pub(super) name: &'static str,
    pub(super) work: Work,
}

/// What a step does.
pub(super) enum Work {
    Command(Command),
    Tests(Tests),
    Memcheck(Memcheck),
}

/// Tests that cargo-nextest runs, each in a process of its own and with a time limit: `.config/nextest.toml`.
pub(super) struct Tests {
    pub(super) command: Command,
    /// The program, with its arguments, in which each test runs.
    pub(super) runner: Vec<String>,
}

impl Tests {
    /// `arguments` of cargo that choose test binaries, and those of their tests that all the `filters` select.
    pub(super) fn new<'a>(arguments: &str, filters: impl IntoIterator<Item = &'a str>) -> Self {
        let mut command = Command::new(needs::nextest());
        command.current_dir(place::root()).args(["nextest", "run", "--no-fail-fast", "--no-input-handler"]);
        command.args(arguments.split_ascii_whitespace());
        let filters: Vec<String> = filters.into_iter().map(|filter| format!("({filter})")).collect();
        if !filters.is_empty() {
            command.args(["--filterset", &filters.join(" & ")]);
        }
        Self { command, runner: Vec::new() }
    }
}

/// All steps, with those tests that the `filter` selects.
///
/// # Errors
/// If the system cannot tell where this program is.
pub(super) fn all(filter: Option<&str>) -> io::Result<Vec<Step>> {
    let mut docs = cargo("doc --workspace --no-deps");
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let mut demo = Command::new(env::current_exe()?);
    demo.args(["demo", "--seconds", "3"]);
    let command = |name, command| Step { name, work: Work::Command(command) };
    let tests = |name, tests| Step { name, work: Work::Tests(tests) };
    let mut steps = vec![
        command("format", cargo("fmt --all --check")),
        // With what is built for `cargo xtask dist` alone.
        command(
            "clippy",
            cargo("clippy --workspace --all-targets --features mmstats-tools/dist -- -D warnings"),
        ),
        tests(
            TESTS,
            Tests::new(
                "--workspace --exclude mmstats-ui-tests --lib --bins --tests --features mmstats-tools/dist",
                filter,
            ),
        ),
        command("doctests", cargo("test --workspace --doc --no-fail-fast")),
        tests("ui-tests", Tests::new("--package mmstats-ui-tests", filter)),
        tests("orderings", orderings(filter)),
        tests(
            "platform-unix",
            tests_on("unix", "--package mmstats --package mmstats-host --package mmstats-tests", filter),
        ),
        command("platform-unix-doctests", doctests_on("unix")),
        tests("platform-unsupported", tests_on("unsupported", "--package mmstats", filter)),
        command("platform-unsupported-doctests", doctests_on("unsupported")),
        command("docs", docs),
        command("dependencies", deny::check(&["bans", "licenses", "sources"])?),
        command("demo", demo),
    ];
    // Who wants one tool builds nothing for the others.
    for (name, tool) in [
        ("cleanstats-alone", "cleanstats"),
        ("mmash-alone", "mmash"),
        ("pollstats-alone", "pollstats"),
        ("slurpstats-alone", "slurpstats"),
        ("topstats-alone", "topstats"),
    ] {
        let arguments = "clippy --package mmstats-tools --no-default-features --features";
        steps.push(command(name, cargo(&format!("{arguments} {tool} -- -D warnings"))));
    }
    steps.push(Step { name: "memcheck", work: Work::Memcheck(Memcheck::new(filter)) });
    Ok(steps)
}

/// The tests of the packages in `arguments`, with the code of another platform than this one.
fn tests_on(platform: &str, arguments: &str, filter: Option<&str>) -> Tests {
    let mut tests = Tests::new(&format!("{arguments} --lib --bins --tests"), filter);
    set_platform(&mut tests.command, platform)
        .envs([("MMSTATS_TORN_READS", "100000"), ("MMSTATS_FIRST_USES", "1000")]);
    tests
}

/// The same for the doctests of the SDK.
fn doctests_on(platform: &str) -> Command {
    let mut command = cargo("test --package mmstats --doc");
    set_platform(&mut command, platform);
    command
}

fn set_platform<'a>(command: &'a mut Command, platform: &str) -> &'a mut Command {
    set_cfg(command, &format!("mmstats_platform=\"{platform}\""), &format!("platform-{platform}"))
}

/// The models of what threads and readers may see of atomics, tried in every order by loom.
fn orderings(filter: Option<&str>) -> Tests {
    let arguments = "--package mmstats --release --lib";
    let mut tests = Tests::new(arguments, ["test(orderings)"].into_iter().chain(filter));
    // Built sooner, and fast enough.
    set_cfg(&mut tests.command, "loom", "loom")
        .envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")]);
    tests
}

/// Sets `cfg`, and a target folder of its own: other flags build everything anew.
fn set_cfg<'a>(command: &'a mut Command, cfg: &str, folder: &str) -> &'a mut Command {
    command
        .env("RUSTFLAGS", format!("-D warnings --cfg {cfg}"))
        .env("CARGO_TARGET_DIR", format!("target/{folder}"))
}

/// `arguments` of cargo.
pub(super) fn cargo(arguments: &str) -> Command {
    let mut command = place::cargo();
    command.args(arguments.split(' '));
    command
}
