//! slurpstats beside the Python original's, on the same files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mmstats_tests::original::Original;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::files::write_v1;
use crate::measure::median;

const FILES: usize = 1_000;
const RUNS: usize = 7;

/// Measures the processor time of both over 1,000 files of format 1 with 100 fields.
pub(crate) fn run() -> io::Result<()> {
    let executable = std::env::current_exe()?;
    let target = executable.parent().unwrap_or(Path::new("."));
    let Some(original) = Original::find(target) else { return Ok(()) };
    let dir = tempfile::tempdir()?;
    let files: Vec<PathBuf> =
        (0..FILES).map(|index| dir.path().join(format!("{index:04}.mmstats"))).collect();
    files.iter().try_for_each(|file| write_v1(file, 100))?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut slurpstats = Command::new(target.join("slurpstats"));
        ours.push(processor_time(slurpstats.arg("--json").args(&files))?);
        theirs.push(processor_time(original.command().args(["-m", "mmstats.slurpstats"]).args(&files))?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("{FILES} files of format 1 with 100 fields, ms of processor time, medians of {RUNS} in turns");
    println!("  the original's slurpstats                               {theirs:12.1}");
    println!("  slurpstats --json                                       {ours:12.1}");
    println!("  ratio                                                   {:12.4}", ours / theirs);
    fs::remove_dir_all(dir.path())
}

/// Milliseconds that `command` keeps a processor busy.
fn processor_time(command: &mut Command) -> io::Result<f64> {
    let used = || -> io::Result<f64> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let time = usage.user_time() + usage.system_time();
        let microseconds = i32::try_from(time.num_microseconds()).map_err(io::Error::other)?;
        Ok(f64::from(microseconds) / 1e3)
    };
    let before = used()?;
    let status = command.stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{} failed: {status}", command.get_program().display())));
    }
    Ok(used()? - before)
}
