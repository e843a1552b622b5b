//! What mmash and topstats cost while they follow the files of many live programs and nobody asks them anything.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::Termios;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

/// Files, of a hundred fields each, fifteen of which change ten times a second.
const FILES: u32 = 1_000;
/// Until what is done once is done.
const SETTLING: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(30);
/// As many points as an hour of a look each second has, in less time.
const FULL_HISTORY: [&str; 4] = ["--interval", "50ms", "--history", "180s"];
const FILLING: Duration = Duration::from_secs(190);

/// Measures both, a look each second; and what mmash takes when its history is full.
pub(crate) fn run() -> io::Result<()> {
    let executable = std::env::current_exe()?;
    let target = executable.parent().unwrap_or(Path::new("."));
    // Where files are, if nobody says otherwise.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
    let _fleet = Fleet::start(&target.join("fleet"), dir.path())?;
    println!(
        "{FILES} live files of 100 fields; % of a processor in {} s, and KiB of memory",
        MEASURED.as_secs()
    );
    let row = |name: &str, Usage { percent, memory }| println!("  {name:56}{percent:12.2}{memory:12}");

    let mmash = mmash(&target.join("mmash"), dir.path(), &[])?;
    row("mmash, a look each second, nobody watches", mmash.measure(SETTLING)?);
    drop(mmash);
    for (name, arguments) in [
        ("topstats, a look each second", &[][..]),
        ("topstats, all fields in one list, by rate", &["--flat", "--sort", "rate"]),
    ] {
        let topstats = topstats(&target.join("topstats"), dir.path(), arguments)?;
        row(name, topstats.measure(SETTLING)?);
    }
    let full = self::mmash(&target.join("mmash"), dir.path(), &FULL_HISTORY)?;
    row("mmash, 20 looks a second, 1,000 fields of 3,600 points", full.measure(FILLING)?);
    println!();
    Ok(())
}

/// What a program took.
struct Usage {
    percent: f64,
    memory: u64,
}

/// A program that is measured. Dropping it kills it.
struct Watcher {
    child: Child,
}

impl Watcher {
    /// What it takes once it is `settled`.
    fn measure(&self, settled: Duration) -> io::Result<Usage> {
        thread::sleep(settled);
        let (start, before) = (Instant::now(), self.processor_time()?);
        thread::sleep(MEASURED);
        let busy = self.processor_time()?.saturating_sub(before);
        let percent = 100.0 * busy.as_secs_f64() / start.elapsed().as_secs_f64();
        Ok(Usage { percent, memory: self.memory()? })
    }

    fn processor_time(&self) -> io::Result<Duration> {
        let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(self.child.id().cast_signed()))?;
        Ok(clock_gettime(clock)?.into())
    }

    /// KiB that it has in memory.
    fn memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.ok_or_else(|| io::Error::other("expected VmRSS in a status, found none"))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mmash(program: &Path, dir: &Path, arguments: &[&str]) -> io::Result<Watcher> {
    let mut command = Command::new(program);
    // A socket of this user's, who alone may read the files.
    let socket = format!("unix:{}", dir.join("socket").display());
    command.args(["--listen", &socket]).args(arguments).arg(dir).stdout(Stdio::piped());
    let mut watcher = Watcher { child: command.spawn()? };
    let mut said = String::new();
    if let Some(stdout) = watcher.child.stdout.take() {
        BufReader::new(stdout).read_line(&mut said)?;
    }
    if said.starts_with("listening on ") {
        Ok(watcher)
    } else {
        Err(io::Error::other("mmash does not listen"))
    }
}

/// topstats on a terminal of 120 columns and 50 lines.
fn topstats(program: &Path, dir: &Path, arguments: &[&str]) -> io::Result<Watcher> {
    let size = Winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None::<&Termios>)?;
    let (input, output): (OwnedFd, OwnedFd) = (terminal.slave.try_clone()?, terminal.slave);
    let mut command = Command::new(program);
    command.args(arguments).arg(dir).env("TERM", "xterm-256color").stdin(input).stdout(output);
    let child = command.spawn()?;
    // Somebody has to look, or it would wait.
    thread::spawn(move || {
        let mut screen = fs::File::from(terminal.master);
        let mut drawn = [0; 4096];
        while screen.read(&mut drawn).is_ok_and(|len| len > 0) {}
    });
    Ok(Watcher { child })
}

/// What writes the files. Dropping it ends it.
struct Fleet(Child);

impl Fleet {
    fn start(program: &Path, dir: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(dir).arg(FILES.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut fleet = Self(command.spawn()?);
        let mut said = String::new();
        if let Some(stdout) = fleet.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        if said == "ready\n" { Ok(fleet) } else { Err(io::Error::other("the files were not made")) }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // It ends with its standard input, and removes its files then.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
