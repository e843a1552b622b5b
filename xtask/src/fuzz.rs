//! Runs the fuzz targets in `fuzz/`, each for some time, and shows what they came to.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Outcome;
use crate::place::{self, shown};
use crate::suite::needs;

/// What the sanitizer and the coverage of cargo-fuzz need.
const TOOLCHAIN: &str = "nightly";

/// For each run: seconds until it counts as hanging, and memory in MiB. The targets hold
/// themselves to less, but only once they are through.
const HANG: &str = "-timeout=10";
const LIMITS: [&str; 2] = ["-malloc_limit_mb=256", "-rss_limit_mb=2048"];

/// One of the targets.
struct Target {
    name: &'static str,
    /// The longest input, in bytes.
    max_len: usize,
    /// Where its seeds are.
    seeds: &'static str,
    /// Words that its inputs are made of, below `fuzz/`.
    dictionary: Option<&'static str>,
}

const TARGETS: [Target; 5] = [
    Target { name: "v1", max_len: 64 * 1024, seeds: "tests/golden/v1", dictionary: None },
    Target { name: "v2", max_len: 64 * 1024, seeds: "fuzz/seeds/v2", dictionary: None },
    Target { name: "v2_structured", max_len: 16 * 1024, seeds: "fuzz/seeds/v2_structured", dictionary: None },
    Target { name: "file_name", max_len: 1024, seeds: "fuzz/seeds/file_name", dictionary: None },
    Target {
        name: "derive",
        max_len: 4 * 1024,
        seeds: "fuzz/seeds/derive",
        dictionary: Some("dictionaries/derive.dict"),
    },
];

/// Runs the targets `names`, or all of them, for `time` each.
///
/// # Errors
/// If a target is not known, or what they need is missing.
pub(crate) fn run(time: Duration, names: &[String]) -> Outcome {
    let targets = choose(names)?;
    needs::CARGO_FUZZ.bring()?;
    find_toolchain()?;
    let mut build = cargo_fuzz("build", [])?;
    println!("\n==> {}", shown(&build));
    if !build.status()?.success() {
        return Err("cannot build the fuzz targets".into());
    }
    let mut runs = Vec::new();
    for target in targets {
        let run = target.run(time)?;
        println!("{run}");
        runs.push(run);
    }
    println!("\n{}", Table(&runs));
    Ok(runs.iter().all(|run| run.passed))
}

fn choose(names: &[String]) -> Result<Vec<&'static Target>, String> {
    if names.is_empty() {
        return Ok(TARGETS.iter().collect());
    }
    let find = |name: &String| {
        let known = TARGETS.map(|target| target.name).join(", ");
        let found = TARGETS.iter().find(|target| target.name == name);
        found.ok_or_else(|| format!("expected a target of {known}, found {name}"))
    };
    names.iter().map(find).collect()
}

fn find_toolchain() -> Result<(), String> {
    let mut probe = Command::new("rustup");
    probe.args(["run", TOOLCHAIN, "rustc", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let install = format!("rustup toolchain install {TOOLCHAIN} --profile minimal");
    Err(format!("fuzzing needs the {TOOLCHAIN} toolchain of rustup: {install}"))
}

/// `cargo fuzz <subcommand> <arguments>` for the targets.
fn cargo_fuzz<'a>(subcommand: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> io::Result<Command> {
    let mut command = Command::new("rustup");
    command.current_dir(place::root()).args(["run", TOOLCHAIN]);
    command.arg(place::tools()?.join("bin/cargo-fuzz"));
    command.args([subcommand, "--fuzz-dir", "fuzz"]).args(arguments);
    // The toolchain is the one named here, and the targets have a place of their own.
    command.env_remove("CARGO").env_remove("RUSTC");
    Ok(command)
}

impl Target {
    fn run(&self, time: Duration) -> io::Result<Run> {
        let log = log_path(self.name)?;
        let output = File::create(&log)?;
        let corpus = Path::new("fuzz/corpus").join(self.name);
        fs::create_dir_all(place::root().join(&corpus))?;
        let mut command =
            cargo_fuzz("run", [OsStr::new(self.name), corpus.as_os_str(), OsStr::new(self.seeds)])?;
        command.arg("--").args(LIMITS).args([HANG, "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={}", time.as_secs()));
        command.arg(format!("-max_len={}", self.max_len));
        if let Some(dictionary) = self.dictionary {
            command.arg(format!("-dict={}", place::root().join("fuzz").join(dictionary).display()));
        }
        println!("\n==> {}", shown(&command));
        let status = command.stdout(output.try_clone()?).stderr(output).stdin(Stdio::null()).status()?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        Ok(Run { name: self.name, passed: status.success(), figures: figures(&said), log })
    }
}

fn log_path(name: &str) -> io::Result<PathBuf> {
    let mut folder = place::binaries()?;
    folder.set_file_name("fuzz");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(name).with_extension("log"))
}

/// What a target said of itself: `figure: <what>: <number>`, the last of each, and libFuzzer's
/// `stat::<what>: <number>`.
fn figures(said: &str) -> BTreeMap<String, u64> {
    let figure = |line: &str| {
        let line = line.strip_prefix("figure: ").or_else(|| line.strip_prefix("stat::"))?;
        let (what, number) = line.rsplit_once(": ").or_else(|| line.rsplit_once(':'))?;
        Some((what.trim().to_owned(), number.trim().parse().ok()?))
    };
    said.lines().filter_map(figure).collect()
}

/// How a target ended.
struct Run {
    name: &'static str,
    passed: bool,
    figures: BTreeMap<String, u64>,
    log: PathBuf,
}

impl Run {
    fn figure(&self, what: &str) -> u64 {
        self.figures.get(what).copied().unwrap_or_default()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed {
            write!(f, "{}: nothing found", self.name)
        } else {
            let (log, name) = (self.log.display(), self.name);
            write!(f, "{name}: FAILED, see {log}; the input is in fuzz/artifacts/{name}")
        }
    }
}

/// All targets that ran.
struct Table<'a>(&'a [Run]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "target         executions  longest run  largest allocation  all allocations  finding")?;
        for run in self.0 {
            let executions = run.figure("number_of_executed_units");
            // In thousandths, by the targets' own measure.
            let longest = format!("{:.1} ms", thousandths(run.figure("longest run in microseconds")));
            let ratio = |what| {
                let ratio = run.figure(&format!("{what} in thousandths of the input"));
                format!("{:.2} x input", thousandths(ratio))
            };
            let (largest, all) = (ratio("largest allocation"), ratio("all allocations"));
            let finding = if run.passed { "none" } else { "FAILED" };
            writeln!(
                f,
                "{:13}  {executions:10}  {longest:>11}  {largest:>18}  {all:>15}  {finding}",
                run.name
            )?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown with one or two digits")]
fn thousandths(number: u64) -> f64 {
    number as f64 / 1000.0
}
