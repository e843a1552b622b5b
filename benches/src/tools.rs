//! slurpstats beside the Python original's, on the same files, and beside the least that there is to do.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mmstats_tests::original::Original;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::files::{write_v1, write_v2};
use crate::measure::median;

const FILES: usize = 1_000;
const FIELDS: usize = 100;
const RUNS: usize = 7;
/// Runs of what takes milliseconds.
const MANY_RUNS: usize = 51;

/// Measures the processor time of slurpstats over 1,000 files with 100 fields of each format.
pub(crate) fn run() -> io::Result<()> {
    let executable = std::env::current_exe()?;
    let target = executable.parent().unwrap_or(Path::new("."));
    beside_cat(&target.join("slurpstats"))?;
    let Some(original) = Original::find(target) else { return Ok(()) };
    beside_original(&target.join("slurpstats"), &original)
}

/// slurpstats beside `cat` of the same files and the formatting of the same numbers by hand; and its start.
fn beside_cat(slurpstats: &Path) -> io::Result<()> {
    // Where files are, if nobody says otherwise.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
    let files = file_names(dir.path());
    files.iter().try_for_each(|file| write_v2(file, FIELDS))?;
    let empty = dir.path().join("empty");
    fs::create_dir(&empty)?;

    let (mut ours, mut cats, mut by_hand, mut starts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MANY_RUNS {
        ours.push(processor_time(Command::new(slurpstats).arg(dir.path()))?);
        cats.push(processor_time(Command::new("cat").args(&files))?);
        by_hand.push(format_by_hand(&files)?);
        starts.push(processor_time(Command::new(slurpstats).arg(&empty).stderr(Stdio::null()))?);
    }
    let (ours, cat, by_hand, start) = (median(ours), median(cats), median(by_hand), median(starts));
    println!(
        "{FILES} files of format 2 with {FIELDS} fields, ms of processor time, medians of {MANY_RUNS} in turns"
    );
    println!("  cat                                                     {cat:12.1}");
    println!("  formatting the same numbers by hand                     {by_hand:12.1}");
    println!("  slurpstats                                              {ours:12.1}");
    println!("  ratio to both together                                  {:12.2}", ours / (cat + by_hand));
    println!("  slurpstats of an empty directory                        {start:12.1}\n");
    Ok(())
}

/// Milliseconds that it takes to format what slurpstats shows of `files`, whose numbers are known: with a line
/// for each, aligned, in one buffer that is written out when it is full.
fn format_by_hand(files: &[PathBuf]) -> io::Result<f64> {
    const CHUNK_LEN: usize = 64 * 1024;
    let used = || processor_time_of(UsageWho::RUSAGE_THREAD);
    let labels: Vec<String> = (0..FIELDS).map(|index| format!("bench.fields.c{index:07}")).collect();
    let mut null = fs::OpenOptions::new().write(true).open("/dev/null")?;
    let mut text = String::with_capacity(2 * CHUNK_LEN);
    let before = used()?;
    for file in files {
        let _ = writeln!(text, "==> {}", file.display());
        for (label, value) in
            [("sys.pid", 0), ("sys.uid", 0), ("sys.gid", 0), ("sys.created", 0), ("sys.tid", 1)]
        {
            let _ = writeln!(text, "  {label:21} {value}");
        }
        for (value, label) in labels.iter().enumerate() {
            let _ = writeln!(text, "  {label:21} {value}");
        }
        text.push('\n');
        if text.len() >= CHUNK_LEN {
            null.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    null.write_all(text.as_bytes())?;
    Ok(used()? - before)
}

/// slurpstats beside the Python original's.
fn beside_original(slurpstats: &Path, original: &Original) -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let files = file_names(dir.path());
    files.iter().try_for_each(|file| write_v1(file, FIELDS))?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(processor_time(Command::new(slurpstats).arg("--json").args(&files))?);
        theirs.push(processor_time(original.command().args(["-m", "mmstats.slurpstats"]).args(&files))?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{FILES} files of format 1 with {FIELDS} fields, ms of processor time, medians of {RUNS} in turns"
    );
    println!("  the original's slurpstats                               {theirs:12.1}");
    println!("  slurpstats --json                                       {ours:12.1}");
    println!("  ratio                                                   {:12.4}", ours / theirs);
    Ok(())
}

fn file_names(dir: &Path) -> Vec<PathBuf> {
    (0..FILES).map(|index| dir.join(format!("{index:04}.mmstats"))).collect()
}

/// Milliseconds that `command` keeps a processor busy.
fn processor_time(command: &mut Command) -> io::Result<f64> {
    let before = processor_time_of(UsageWho::RUSAGE_CHILDREN)?;
    let status = command.stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{} failed: {status}", command.get_program().display())));
    }
    Ok(processor_time_of(UsageWho::RUSAGE_CHILDREN)? - before)
}

/// Milliseconds that `who` kept a processor busy.
fn processor_time_of(who: UsageWho) -> io::Result<f64> {
    let usage = getrusage(who)?;
    let time = usage.user_time() + usage.system_time();
    let microseconds = i32::try_from(time.num_microseconds()).map_err(io::Error::other)?;
    Ok(f64::from(microseconds) / 1e3)
}
