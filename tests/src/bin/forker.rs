//! A program that forks and does what its standard input says, line by line. It publishes a struct, and
//! a `thread_local!` static of the same struct, below `MMSTATS_PATH`.
//!
//! | command | answer |
//! |---|---|
//! | `paths` | the paths of both files, of the struct and of the static |
//! | `incr N` | `done`, after N increments of both by the main thread |
//! | `fork N INCREMENTS publish` | a line for each of N children, as below |
//! | `fork N INCREMENTS` | likewise, but they do not publish |
//! | `nested INCREMENTS publish` | likewise, for the child of a child |
//! | `churn INCREMENTS` | likewise, for a child that maps and unmaps memory all the while |
//! | `drop INCREMENTS` | likewise, for a child that drops the struct |
//! | `threads N` | `done`, when N threads count for ever; one of them forks for `fork-in-thread` |
//! | `fork-in-thread INCREMENTS publish` | as `fork 1`, from a thread that has counted |
//! | `spawn N` | `done`, after N programs were run, half of them by way of `pre_exec` |
//! | `sleepers N` | `done`, when N programs run that sleep until they are killed |
//! | `create-while-forking N` | `done`, after N structs were created while another thread forked children that stay |
//! | `end` | `done`, when all children were told to exit and have |
//! | `kill` | nothing: kills itself |
//!
//! A child adds INCREMENTS to both, then answers with its id, what it has of both counters and of the
//! constant, and the paths of its files (`-` for none), and waits to be told to exit.
#![expect(unsafe_code, reason = "forks")]

use std::ffi::c_void;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use mmstats::{Counter, MmStats, Stats, Text};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pause};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "fork.")]
struct ForkStats {
    events: Counter,
    #[mmstats(value = "constant")]
    version: Text<16>,
}

mmstats::thread_local! {
    static SHARED: ForkStats;
}

/// What a child is to do.
#[derive(Clone, Copy)]
struct Task {
    increments: u64,
    publishes: bool,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Count,
    Fork,
    Churn,
    Drop,
}

fn main() -> io::Result<()> {
    let mut stats = Some(ForkStats::create().expect("a place for the file"));
    SHARED.with(|shared| shared.events.add(0));
    let mut children = Vec::new();
    let mut thread = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<u64>().expect("a number");
        let task = |increments: &str, rest: &[&str], what| Task {
            increments: number(increments),
            publishes: rest == ["publish"],
            what,
        };
        match words.as_slice() {
            ["paths"] => {
                let path = stats.as_ref().map(Stats::path).unwrap_or_default();
                answer(&format!("{} {}", path.display(), SHARED.path().display()));
            }
            ["incr", n] => {
                count(stats.as_ref(), number(n));
                answer("done");
            }
            ["fork", n, increments, rest @ ..] => {
                for _ in 0..number(n) {
                    children.push(start(&mut stats, task(increments, rest, What::Count)));
                }
            }
            ["nested", increments, rest @ ..] => {
                children.push(start(&mut stats, task(increments, rest, What::Fork)));
            }
            ["churn", increments] => children.push(start(&mut stats, task(increments, &[], What::Churn))),
            ["drop", increments] => children.push(start(&mut stats, task(increments, &[], What::Drop))),
            ["threads", n] => {
                thread = Some(start_threads(number(n)));
                answer("done");
            }
            ["fork-in-thread", increments, rest @ ..] => {
                let thread: &Sender<Task> = thread.as_ref().expect("threads");
                thread.send(task(increments, rest, What::Count)).expect("it waits");
            }
            ["counted"] => answer(&COUNTED.load(Relaxed).to_string()),
            ["stop"] => {
                STOP.store(true, Relaxed);
                while RUNNING.load(Relaxed) > 0 {
                    thread::yield_now();
                }
                answer("done");
            }
            ["spawn", n] => {
                (0..number(n)).for_each(|index| spawn(index % 2 == 0));
                answer("done");
            }
            ["sleepers", n] => {
                for _ in 0..number(n) {
                    children.push(sleeper());
                }
                answer("done");
            }
            ["create-while-forking", n] => {
                children.extend(create_while_forking(number(n)));
                answer("done");
            }
            ["end"] => {
                children.drain(..).for_each(end);
                answer("done");
            }
            ["kill"] => kill(Pid::this(), Signal::SIGKILL)?,
            _ => answer(&format!("error: not understood: {line}")),
        }
    }
    children.drain(..).for_each(end);
    Ok(())
}

fn answer(line: &str) {
    // In one write, since children share the pipe.
    io::stdout().write_all(format!("{line}\n").as_bytes()).expect("somebody reads");
}

fn count(stats: Option<&Stats<ForkStats>>, increments: u64) {
    for _ in 0..increments {
        if let Some(stats) = stats {
            stats.events.incr();
        }
        SHARED.with(|shared| shared.events.incr());
    }
}

/// Starts a child with a task.
fn start(stats: &mut Option<Stats<ForkStats>>, task: Task) -> Pid {
    // SAFETY: the child runs code that allocates. The C library sees to it that it can.
    match unsafe { fork() }.expect("another process") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => be_child(stats, task),
    }
}

fn be_child(stats: &mut Option<Stats<ForkStats>>, task: Task) -> ! {
    exit_when_told();
    if task.what == What::Fork {
        // Its own counts are not its child's.
        count(stats.as_ref(), 1);
        // SAFETY: as in `start`.
        if let ForkResult::Parent { child } = unsafe { fork() }.expect("another process") {
            wait_to_exit(&[child]);
        }
    }
    if task.publishes {
        mmstats::publish_after_fork().expect("a place for the child's files");
    }
    if task.what == What::Churn {
        (0..task.increments).for_each(|_| {
            churn();
            count(stats.as_ref(), 1);
        });
    } else {
        count(stats.as_ref(), task.increments);
    }
    let (events, version) = SHARED.with(|shared| (shared.events.get(), shared.version.get()));
    let own = stats.as_ref().map_or(0, |stats| stats.events.get());
    let path =
        |path: PathBuf| if path.as_os_str().is_empty() { "-".to_owned() } else { path.display().to_string() };
    let own_path = path(stats.as_ref().map(Stats::path).unwrap_or_default());
    if task.what == What::Drop {
        *stats = None;
    }
    answer(&format!("{} {own} {events} {version} {own_path} {}", Pid::this(), path(SHARED.path())));
    wait_to_exit(&[])
}

static IS_TOLD: AtomicBool = AtomicBool::new(false);

extern "C" fn tell(_signal: i32) {
    IS_TOLD.store(true, Relaxed);
}

/// SIGTERM tells a child to exit as programs do, by way of the handlers that run at exit.
fn exit_when_told() {
    // SAFETY: the handler stores to an atomic and nothing else.
    unsafe { nix::sys::signal::signal(Signal::SIGTERM, nix::sys::signal::SigHandler::Handler(tell)) }
        .expect("a signal that can be handled");
}

fn wait_to_exit(children: &[Pid]) -> ! {
    while !IS_TOLD.load(Relaxed) {
        // A signal just before it is sent again: see `end`.
        pause();
    }
    children.iter().copied().for_each(end);
    std::process::exit(0)
}

/// Tells a child to exit until it has.
fn end(child: Pid) {
    use nix::sys::wait::{WaitPidFlag, WaitStatus};
    while kill(child, Signal::SIGTERM).is_ok() {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => thread::sleep(std::time::Duration::from_millis(1)),
            _ => return,
        }
    }
}

/// Maps memory where the system likes, fills it, and unmaps it.
fn churn() {
    const LEN: usize = 64 * 1024;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the system's choice.
    let memory = unsafe { libc::mmap(std::ptr::null_mut(), LEN, protection, flags, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED);
    // SAFETY: all of the mapping that was just made.
    unsafe { memory.cast::<u8>().write_bytes(0xa5, LEN) };
    // SAFETY: the same, which nobody refers to.
    unsafe { libc::munmap(memory.cast::<c_void>(), LEN) };
}

static COUNTED: AtomicU64 = AtomicU64::new(0);
static STOP: AtomicBool = AtomicBool::new(false);
static RUNNING: AtomicU64 = AtomicU64::new(0);

/// Starts threads that count until they are stopped, and one that forks when it is told.
fn start_threads(n: u64) -> Sender<Task> {
    for _ in 0..n {
        RUNNING.fetch_add(1, Relaxed);
        thread::spawn(|| {
            let mut counted = 0;
            while !STOP.load(Relaxed) {
                SHARED.with(|shared| shared.events.incr());
                counted += 1;
            }
            COUNTED.fetch_add(counted, Relaxed);
            RUNNING.fetch_sub(1, Relaxed);
        });
    }
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut children = Vec::new();
        SHARED.with(|shared| shared.events.add(7));
        COUNTED.fetch_add(7, Relaxed);
        for task in receiver {
            children.push(start(&mut None, task));
        }
        children.into_iter().for_each(end);
    });
    sender
}

/// Runs a program that does nothing.
fn spawn(with_pre_exec: bool) {
    let mut command = Command::new("true");
    if with_pre_exec {
        // SAFETY: it does nothing, and allocates nothing.
        unsafe { command.pre_exec(|| Ok(())) };
    }
    assert!(command.status().expect("true is a program").success());
}

fn sleeper() -> Pid {
    let mut command = Command::new("sleep");
    // SAFETY: it does nothing, and allocates nothing.
    unsafe { command.pre_exec(|| Ok(())) };
    let child = command.arg("1000").stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    Pid::from_raw(child.expect("sleep is a program").id().cast_signed())
}

/// Creates structs while another thread forks children that do not exec, and stay.
fn create_while_forking(n: u64) -> Vec<Pid> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let forker = scope.spawn(|| {
            let mut children = Vec::new();
            while !stop.load(Relaxed) {
                // SAFETY: the child does nothing but wait.
                match unsafe { fork() }.expect("another process") {
                    ForkResult::Parent { child } => children.push(child),
                    ForkResult::Child => {
                        exit_when_told();
                        wait_to_exit(&[])
                    }
                }
                // As many as a test can bear.
                if children.len() >= 64 {
                    children.drain(..32).for_each(end);
                }
            }
            children
        });
        let kept: Vec<Stats<ForkStats>> = (0..n)
            .map(|_| {
                ForkStats::options().file_name("created.mmstats").create().expect("a place for the file")
            })
            .collect();
        stop.store(true, Relaxed);
        // Their files are left as those of a crash: it is their locks that matter.
        std::mem::forget(kept);
        forker.join().expect("it ends")
    })
}
