//! Runs a program in a known state, for a limited time, and leaves none of its processes behind.
//!
//! `cargo xtask test` starts each step like this, and cargo-nextest starts each test like this. Both are needed. The
//! process around a step ends everything when the suite is killed, or when the step takes too long. The one
//! around a test ends what that test started when the test is over or takes too long, and when cargo-nextest is
//! killed.
//!
//! The program starts with the default action for every signal, with no signal blocked and with the umask 022, whatever
//! this process inherited from `nohup`, from a shell's `&`, or from another parent.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, alarm, getppid};
use signal_hook::consts::signal::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1,
    SIGUSR2,
};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What is handled here, and therefore has its default action in the program: `execve` resets handlers.
const HANDLED: [i32; 13] = [
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1,
    SIGUSR2,
];

/// What new files are not allowed: to be written by others.
const UMASK: Mode = Mode::S_IWGRP.union(Mode::S_IWOTH);

/// How long killed processes may take to end.
const DEATH: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// The status if the program cannot be started, as a shell has it.
pub(crate) const NOT_STARTED: u8 = 127;

/// What to run, and how.
#[derive(Debug, Default)]
pub(crate) struct Task {
    /// The process whose death ends the program, if it is still the parent. Without one it is the parent.
    pub(crate) parent: Option<i32>,
    /// After so many seconds the program is ended.
    pub(crate) seconds: Option<u32>,
    /// The command that runs a test again, if `--filter` and its filter follow.
    pub(crate) again: Option<String>,
    /// The file to which the command that runs a failed test again is appended, as a line.
    pub(crate) failures: Option<PathBuf>,
    /// The program and its arguments.
    pub(crate) program: Vec<OsString>,
}

impl Task {
    /// The arguments with which this program carries it out.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["supervise".into()];
        let options = [
            ("--parent", self.parent.map(|pid| pid.to_string().into())),
            ("--seconds", self.seconds.map(|seconds| seconds.to_string().into())),
            ("--again", self.again.clone().map(OsString::from)),
            ("--failures", self.failures.clone().map(OsString::from)),
        ];
        for (name, value) in options {
            arguments.extend(value.into_iter().flat_map(|value| [name.into(), value]));
        }
        arguments.push("--".into());
        arguments.extend(self.program.iter().cloned());
        arguments
    }

    /// Carries it out, and returns the program's exit status, as a shell has it.
    ///
    /// # Errors
    /// If the program cannot be started, or signals cannot be handled.
    pub(crate) fn carry_out(&self) -> Result<i32, Box<dyn Error>> {
        let [program, arguments @ ..] = self.program.as_slice() else {
            return Err("expected a program to supervise".into());
        };
        let ignored = ignored_signals()?;
        let mut signals = Signals::new(HANDLED)?;
        SigSet::empty().thread_set_mask()?;
        umask(UMASK);
        // Orphans below this process become its children.
        prctl::set_child_subreaper(true)?;
        let parent = self.parent.map_or_else(getppid, Pid::from_raw);
        prctl::set_pdeathsig(Signal::SIGUSR1)?;
        if getppid() != parent {
            return Err("the process that asked for this has ended".into());
        }
        let mut command = Command::new(env::current_exe()?);
        command.args(["start", &process::id().to_string(), "--"]).arg(program).args(arguments);
        if ignored.contains(&SIGHUP) {
            // What ends with the terminal does not concern this; it would reach the program as one of this group.
            command.process_group(0);
        }
        let child =
            command.spawn().map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        if let Some(seconds) = self.seconds {
            alarm::set(seconds);
        }
        let child = Pid::from_raw(child.id().cast_signed());
        let status = match wait(child, parent, &ignored, &mut signals)? {
            End::Itself(status) => {
                let left_behind = children();
                if !left_behind.is_empty() {
                    say(&format!("the program left processes behind: {}", describe(&left_behind)));
                }
                status
            }
            End::Forced(reason, status) => {
                say(&format!("{reason}, so the program is ended: {}", describe(&children())));
                status
            }
        };
        kill_all();
        if status != 0 {
            self.tell_how_to_repeat()?;
        }
        Ok(status)
    }

    /// Tells which command runs a failed test again: on standard error, which is shown with the failure, and in the
    /// file of failures.
    fn tell_how_to_repeat(&self) -> io::Result<()> {
        let variables = ["NEXTEST_BINARY_ID", "NEXTEST_TEST_NAME"].map(env::var);
        let (Some(again), [Ok(binary), Ok(test)]) = (&self.again, variables) else { return Ok(()) };
        let command = format!("{again} --filter 'binary_id(={binary}) & test(={test})'");
        let _ = writeln!(io::stderr(), "\nTo run this test again:\n  {command}");
        if let Some(failures) = &self.failures {
            let mut file = OpenOptions::new().create(true).append(true).open(failures)?;
            // In one piece: other tests fail at the same time.
            file.write_all(format!("{command}\n").as_bytes())?;
        }
        Ok(())
    }
}

/// Sees to it that this process can wait for its children, also if its parent ignored SIGCHLD.
///
/// # Errors
/// If the signal cannot be handled.
pub(crate) fn accept_children() -> io::Result<()> {
    // It need not do anything, only be there.
    flag::register(SIGCHLD, Arc::default()).map(drop)
}

/// Becomes `program`, which ends when the process `parent` does. Returns only the reason why it cannot.
pub(crate) fn start(parent: i32, program: &[OsString]) -> Box<dyn Error> {
    let [program, arguments @ ..] = program else { return "expected a program to start".into() };
    if let Err(error) = prctl::set_pdeathsig(Signal::SIGKILL) {
        return error.into();
    }
    if getppid() != Pid::from_raw(parent) {
        return "the process that asked for this has ended".into();
    }
    let error = Command::new(program).args(arguments).exec();
    format!("cannot start {}: {error}", program.display()).into()
}

/// The signals that this process ignores, because its parent did.
fn ignored_signals() -> io::Result<Vec<i32>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let mask = mask.ok_or_else(|| io::Error::other("expected SigIgn in /proc/self/status"))?;
    Ok((1..=64).filter(|signal| mask >> (signal - 1) & 1 == 1).collect())
}

/// How a program came to its end.
enum End {
    /// By itself, with this status.
    Itself(i32),
    /// For this reason, with this status.
    Forced(&'static str, i32),
}

/// Waits until `child` ends, or has to be ended.
fn wait(child: Pid, parent: Pid, ignored: &[i32], signals: &mut Signals) -> io::Result<End> {
    for signal in signals.forever() {
        let reason = match signal {
            // `nohup` and a shell's `&` ask for this.
            SIGHUP | SIGINT | SIGQUIT | SIGTERM if ignored.contains(&signal) => continue,
            SIGCHLD => {
                if let Family::Ended(status) = reap(Some(child)) {
                    return Ok(End::Itself(status));
                }
                continue;
            }
            // The thread that started this process has ended; its process may go on.
            SIGUSR1 if getppid() == parent => continue,
            SIGUSR1 => "the process that asked for the program has ended",
            SIGALRM => "the time limit is over",
            SIGHUP | SIGINT | SIGQUIT | SIGTERM => "a signal asked for the end",
            SIGPIPE => continue,
            other => {
                emulate_default_handler(other)?;
                continue;
            }
        };
        return Ok(End::Forced(reason, 128 + signal));
    }
    Err(io::Error::other("signals are no longer handled"))
}

/// What is known of the processes below this one.
#[derive(PartialEq)]
enum Family {
    /// Some run.
    Alive,
    /// The one that was asked about ended with this status.
    Ended(i32),
    /// There is none.
    Gone,
}

/// Takes the status of all children that have ended, up to that of `child`.
fn reap(child: Option<Pid>) -> Family {
    loop {
        let status = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return Family::Alive,
            Ok(WaitStatus::Exited(pid, code)) => (pid, code),
            Ok(WaitStatus::Signaled(pid, signal, _)) => {
                if Some(pid) == child {
                    say(&format!("the program was ended by {signal}"));
                }
                (pid, 128 + signal as i32)
            }
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(_) => return Family::Gone,
        };
        if Some(status.0) == child {
            return Family::Ended(status.1);
        }
    }
}

/// Kills all processes below this one. Those whose parent is killed first become children of this process.
fn kill_all() {
    let deadline = Instant::now() + DEATH;
    while reap(None) == Family::Alive {
        let children = children();
        if Instant::now() > deadline {
            say(&format!("cannot end {}", describe(&children)));
            return;
        }
        for child in children {
            // It may have ended, or belong to another user; the deadline tells.
            let _ = kill(child, Signal::SIGKILL);
        }
        thread::sleep(PAUSE);
    }
}

/// The children of this process, as far as they have not ended.
fn children() -> Vec<Pid> {
    let this = process::id().to_string();
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended meanwhile.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name, in brackets, may hold anything.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
        let state = fields.next();
        if fields.next() == Some(&this) && state != Some("Z") {
            children.push(Pid::from_raw(pid));
        }
    }
    children
}

/// Processes as a person recognises them.
fn describe(processes: &[Pid]) -> String {
    let line = |pid: &Pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).trim_end_matches('\0').replace('\0', " ");
        format!("{pid} {}", line.escape_debug())
    };
    processes.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Tells `text` on standard error. If nobody reads that any more there is still work to do.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "xtask: {text}");
}
