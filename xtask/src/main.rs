//! The project's tasks; `cargo xtask --help` lists them.
//!
//! | module | task |
//! |---|---|
//! | `demo` | a web server, its load and a view of its statistics, with a comparison at the end |
//! | `suite` | all tests and checks, and what they need |
//! | `supervise` | a program in a known state, of which nothing stays behind: how the suite runs its steps and tests |
//! | `fuzz` | the fuzz targets, each for some time |
//! | `dist` | the tools as they are installed, with man pages and completions |
//! | `deny` | the rules for dependencies, as cargo-deny checks them |

mod demo;
mod deny;
mod dist;
mod fuzz;
mod place;
mod suite;
mod supervise;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Tasks of the project.

Usage: cargo xtask demo [--seconds N]   or   cargo demo [-- --seconds N]
       cargo xtask test [--filter EXPRESSION] [STEP ...]
       cargo xtask memcheck
       cargo xtask bench [writing | reading | tools | watching]
       cargo xtask fuzz [--seconds N] [TARGET ...]
       cargo xtask soak
       cargo xtask dist
       cargo xtask audit [--db PATH]
       cargo xtask picture

  demo    starts a web server that publishes its statistics, sends it requests, shows its file
          every second here and in a browser, and at the end compares what was sent with what
          was counted; it ends at Ctrl-C, or after N seconds
  test    installs what the tests need, runs all of them and every check, and ends with a table of
          all steps, and with commands that run again what failed; with CI=true it fails if
          something could not run. With names of steps it runs only these, and with an expression of
          cargo-nextest only the tests that it selects, in the step `tests` unless others are named:
          cargo xtask test --filter 'test(umask)'
  memcheck
          runs the tests that reach the unsafe code under Valgrind: the step `memcheck` of test
  bench   measures updates beside the floor, what the machine needs for the same at the least, and
          beside other libraries, as tables in Markdown; then reading, and the tools; or only one of
          them. Only if it is named: what mmash and topstats take while they follow a thousand files,
          six minutes
  fuzz    runs the fuzz targets, 60 or N seconds each
  soak    runs the tests of gauges, texts, records, attackers, swapped directories, kills, threads,
          idle clients and load with ten to a hundred times as much work as `test` does
  dist    builds the tools and writes their man pages and completions for bash, fish and zsh:
          target/dist/{bin,man,completions}
  audit   looks the dependencies up in the RustSec advisory database, which is fetched, or
          cloned from the git repository at PATH; for every release
  picture draws docs/topstats.svg: topstats beside the demo's web server, in a terminal of tmux";

/// What a task comes to: `Ok(false)` is a failure that it has told about itself.
type Outcome = Result<bool, Box<dyn Error>>;

enum Task {
    Help,
    Demo {
        time: Option<Duration>,
    },
    Test {
        steps: Vec<String>,
        filter: Option<String>,
    },
    Bench {
        subject: Option<String>,
    },
    Fuzz {
        time: Duration,
        targets: Vec<String>,
    },
    Soak,
    Dist,
    Audit {
        db: Option<PathBuf>,
    },
    Picture,
    /// What the suite runs commands with; nobody types this, nor the next one.
    Supervise(supervise::Task),
    Start {
        parent: i32,
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let task = match parse_arguments() {
        Ok(task) => task,
        Err(error) => {
            eprintln!("xtask: {error}; see cargo xtask --help");
            return ExitCode::from(2);
        }
    };
    let outcome = match task {
        Task::Help => {
            println!("{USAGE}");
            Ok(true)
        }
        Task::Demo { time } => demo::run(time),
        Task::Test { steps, filter } => {
            suite::run(&steps, filter.as_deref(), env::var_os("CI").is_some_and(|value| value == "true"))
        }
        Task::Bench { subject } => bench(subject.as_deref()),
        Task::Fuzz { time, targets } => fuzz::run(time, &targets),
        Task::Soak => soak(),
        Task::Dist => dist::run(),
        Task::Audit { db } => deny::audit(db.as_deref()),
        Task::Picture => demo::picture::draw(),
        Task::Supervise(task) => match task.carry_out() {
            // The status says more than success.
            Ok(status) => std::process::exit(status),
            Err(error) => Err(error),
        },
        Task::Start { parent, program } => {
            eprintln!("xtask: {}", supervise::start(parent, &program));
            return ExitCode::from(supervise::NOT_STARTED);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures writing and reading, or only what `subject` names.
fn bench(subject: Option<&str>) -> Outcome {
    // Where reading is measured the tools are too; they and the programs that they look at are found beside
    // the benches.
    if subject != Some("writing")
        && !carry_out("build --release --package mmstats-tools --package mmstats-tests", &[])?
    {
        return Ok(false);
    }
    let subject = subject.map(|subject| format!(" -- {subject}")).unwrap_or_default();
    carry_out(&format!("run --release --package mmstats-benches{subject}"), &[])
}

/// Runs cargo with `arguments` and `variables`.
fn carry_out(arguments: &str, variables: &[(&str, &str)]) -> Outcome {
    let status = place::cargo().args(arguments.split(' ')).envs(variables.iter().copied()).status()?;
    Ok(status.success())
}

/// Runs for long what the tests run for a moment.
fn soak() -> Outcome {
    let values = carry_out(
        "test --package mmstats-tests --test gauges_are_never_mixed --test texts_are_never_mixed \
         --test records_are_never_mixed --test strangers_can_do_no_harm --test a_kill_loses_nothing \
         --test threads_count_in_one_file --test handlers_count_at_a_threads_first_use -- --nocapture",
        &[
            ("MMSTATS_TORN_READS", "100000000"),
            ("MMSTATS_ATTACK_ROUNDS", "60000"),
            ("MMSTATS_KILLS", "30000"),
            ("MMSTATS_COUNTING_SECONDS", "60"),
            ("MMSTATS_FIRST_USES", "100000"),
        ],
    )?;
    let clients = carry_out(
        "test --package mmstats-tools --test mmash -- idle_connections who_asks_as_fast --nocapture",
        &[("MMSTATS_IDLE", "10000"), ("MMSTATS_LOAD_SECONDS", "60")],
    )?;
    let swaps = carry_out(
        "test --package mmstats-tools --test mmash -- swapping_ --nocapture",
        &[("MMSTATS_SWAP_POLLS", "5000"), ("MMSTATS_SLOW_SWAP_POLLS", "300")],
    )?;
    Ok(values && clients && swaps)
}

fn parse_arguments() -> Result<Task, lexopt::Error> {
    use lexopt::prelude::*;

    // The alias gives `cargo demo -- --seconds 5` as `demo -- --seconds 5`.
    let (task, rest): (Vec<_>, Vec<_>) =
        env::args_os().skip(1).enumerate().partition(|(index, _)| *index == 0);
    let rest = rest.into_iter().skip_while(|(index, argument)| *index == 1 && argument == "--");
    let mut parser = lexopt::Parser::from_args(task.into_iter().chain(rest).map(|(_, argument)| argument));
    let mut task = match parser.next()? {
        None | Some(Long("help") | Short('h')) => return Ok(Task::Help),
        Some(Value(name)) => match name.string()?.as_str() {
            "demo" => Task::Demo { time: None },
            "test" => Task::Test { steps: Vec::new(), filter: None },
            "memcheck" => Task::Test { steps: vec!["memcheck".to_owned()], filter: None },
            "bench" => Task::Bench { subject: None },
            "fuzz" => Task::Fuzz { time: Duration::from_mins(1), targets: Vec::new() },
            "soak" => Task::Soak,
            "dist" => Task::Dist,
            "audit" => Task::Audit { db: None },
            "picture" => Task::Picture,
            "supervise" => Task::Supervise(supervise::Task::default()),
            "start" => {
                let parent = parser.value()?.parse()?;
                return Ok(Task::Start { parent, program: parser.raw_args()?.skip(1).collect() });
            }
            other => {
                let tasks = "demo, test, memcheck, bench, fuzz, soak, dist, audit or picture";
                return Err(format!("expected {tasks}, found {other}").into());
            }
        },
        Some(other) => return Err(other.unexpected()),
    };
    while let Some(argument) = parser.next()? {
        match (&mut task, argument) {
            (Task::Demo { time }, Long("seconds")) => {
                *time = Some(Duration::from_secs(parser.value()?.parse()?));
            }
            (Task::Test { steps, .. }, Value(step)) => steps.push(step.string()?),
            (Task::Test { filter, .. }, Long("filter") | Short('E')) => {
                *filter = Some(parser.value()?.string()?);
            }
            (Task::Supervise(task), Long("parent")) => task.parent = Some(parser.value()?.parse()?),
            (Task::Supervise(task), Long("seconds")) => task.seconds = Some(parser.value()?.parse()?),
            (Task::Supervise(task), Long("again")) => task.again = Some(parser.value()?.string()?),
            (Task::Supervise(task), Long("failures")) => task.failures = Some(parser.value()?.into()),
            (Task::Supervise(task), Value(program)) => {
                task.program = std::iter::once(program).chain(parser.raw_args()?).collect();
            }
            (Task::Bench { subject: subject @ None }, Value(wanted)) => {
                *subject = Some(wanted.string()?);
            }
            (Task::Fuzz { time, .. }, Long("seconds")) => {
                *time = Duration::from_secs(parser.value()?.parse()?);
            }
            (Task::Fuzz { targets, .. }, Value(target)) => targets.push(target.string()?),
            (Task::Audit { db }, Long("db")) => *db = Some(parser.value()?.into()),
            (_, Long("help") | Short('h')) => return Ok(Task::Help),
            (_, other) => return Err(other.unexpected()),
        }
    }
    Ok(task)
}
