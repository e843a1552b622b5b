//! A program that does what daemons do, step by step, as its arguments say. Its first argument is the file
//! for its report, which has a line for each answer, and one that starts with `log: ` for each warning.
//!
//! | step | what it does | answer |
//! |---|---|---|
//! | `create [DIR]` | publishes a struct, in the default place unless said | the file's path, or `error: …` |
//! | `resume DIR` | the same, as `x.mmstats`, going on from the last run | the same |
//! | `init` | publishes a struct of which each thread has one | the same |
//! | `drop` | drops the oldest struct | |
//! | `threads N` | counts in N threads at a time | |
//! | `child` | publishes in a child of fork, waits for it | what the child answers: both counters and `error: …` |
//! | `close` | closes descriptors 0 to 2 | |
//! | `close-all` | closes all descriptors from 3 on but the report's | |
//! | `reuse-all DIR` | opens DIR at all numbers up to 20 | |
//! | `standard` | | what is open at 0 to 2 |
//! | `descriptors` | | how many are open |
//! | `print` | prints to 0 to 2, and counts once | |
//! | `storm N` | publishes N times while another thread reads and prints | how often that was possible |
//! | `remove DIR` | removes the dead writer's file `x.mmstats` | what became of it |
//! | `umask MODE`, `chroot DIR`, `chdir DIR`, `setuid UID` | the same | |
//! | `flush` | flushes all structs | whether they are published, and `error: …` |
//! | `flush-at-exit` | has a function of `atexit` flush the struct of which each thread has one | the same, then |
//! | `shell COMMAND` | runs a command | |
//! | `kill` | is killed | |
#![expect(unsafe_code, reason = "closes descriptors and forks")]

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsRawFd, RawFd};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Barrier, OnceLock};

use log::{LevelFilter, Log, Metadata, Record};
use mmstats::{Counter, CreateError, MmStats, Stats, Text};
use mmstats_host::removal::{remove_dead, writer_of_format_2};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Gid, Pid, Uid, chdir, chroot, fork, setgid, setuid};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "daemon.")]
struct DaemonStats {
    events: Counter,
    text: Text<64>,
}

mmstats::thread_local! {
    static SHARED: DaemonStats;
}

static REPORT: OnceLock<File> = OnceLock::new();

fn report(line: &str) {
    let mut report = REPORT.get().expect("opened at the start");
    report.write_all(format!("{line}\n").as_bytes()).expect("the report takes a line");
}

struct ReportingLogger;

impl Log for ReportingLogger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        report(&format!("log: {}", record.args()));
    }

    fn flush(&self) {}
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file for the report");
    REPORT.set(File::create(path).expect("a report")).expect("once");
    log::set_logger(&ReportingLogger).expect("once");
    log::set_max_level(LevelFilter::Warn);
    let steps: Vec<String> = arguments.collect();
    let mut all = VecDeque::new();
    for step in &steps {
        let words: Vec<&str> = step.split(' ').collect();
        run(&words, &mut all);
    }
}

fn run(words: &[&str], all: &mut VecDeque<Stats<DaemonStats>>) {
    match words {
        ["create"] => keep(all, DaemonStats::create()),
        ["create", dir] => keep(all, DaemonStats::options().dir(dir).create()),
        ["resume", dir] => keep(all, resume(dir)),
        ["init"] => match SHARED.init(DaemonStats::options().capacity(64)) {
            Ok(()) => report(&SHARED.path().display().to_string()),
            Err(error) => report(&format!("error: {error}")),
        },
        ["drop"] => drop(all.pop_front()),
        ["threads", n] => count_in_threads(number(n)),
        ["child"] => publish_in_child(all),
        // SAFETY: the standard library does without these.
        ["close"] => (0..3).for_each(|number| _ = unsafe { libc::close(number) }),
        ["close-all"] => close_all(),
        ["reuse-all", dir] => reuse_all(dir),
        ["standard"] => {
            let found = [0, 1, 2].map(|number| fs::read_link(format!("/proc/self/fd/{number}")).ok());
            report(&format!("{found:?}"));
        }
        ["descriptors"] => {
            report(&fs::read_dir("/proc/self/fd").expect("there is /proc").count().to_string());
        }
        ["print"] => {
            (0..3).for_each(|number| _ = print(number));
            for stats in all.iter() {
                stats.events.incr();
            }
        }
        ["storm", n] => report(&storm(number(n)).to_string()),
        ["remove", dir] => {
            match remove_dead(
                &File::open(dir).expect("a directory"),
                "x.mmstats".as_ref(),
                false,
                &writer_of_format_2,
            ) {
                Ok(removal) => report(&format!("{removal:?}")),
                Err(error) => report(&format!("error: {error}")),
            }
        }
        ["umask", mode] => {
            umask(Mode::from_bits_truncate(u32::from_str_radix(mode, 8).expect("an octal number")));
        }
        ["chroot", dir] => {
            chroot(*dir).expect("root may");
            chdir("/").expect("root may");
        }
        ["chdir", dir] => chdir(*dir).expect("it may"),
        ["setuid", uid] => {
            let uid = uid.parse().expect("a user id");
            setgid(Gid::from_raw(uid)).expect("root may");
            setuid(Uid::from_raw(uid)).expect("root may");
        }
        ["flush"] => all.iter().for_each(|stats| report_flush(stats.flush(), stats.is_published())),
        ["flush-at-exit"] => {
            extern "C" fn flush() {
                report_flush(SHARED.flush(), SHARED.is_published());
            }
            // SAFETY: a function of this program that does not unwind.
            unsafe { libc::atexit(flush) };
        }
        ["shell", command @ ..] => {
            let status =
                Command::new("sh").args(["-c", &command.join(" ")]).status().expect("there is a shell");
            assert!(status.success(), "{command:?}");
        }
        ["kill"] => kill(Pid::this(), Signal::SIGKILL).expect("it may"),
        _ => report(&format!("error: not understood: {words:?}")),
    }
}

fn number(word: &str) -> usize {
    word.parse().expect("a number")
}

fn keep(all: &mut VecDeque<Stats<DaemonStats>>, created: Result<Stats<DaemonStats>, CreateError>) {
    match created {
        Ok(stats) => {
            stats.events.incr();
            stats.text.set("still singing");
            report(&stats.path().display().to_string());
            all.push_back(stats);
        }
        Err(error) => report(&format!("error: {error}")),
    }
}

fn report_flush(flushed: std::io::Result<()>, is_published: bool) {
    match flushed {
        Ok(()) => report(&is_published.to_string()),
        Err(error) => report(&format!("error: {error}")),
    }
}

fn resume(dir: &str) -> Result<Stats<DaemonStats>, CreateError> {
    DaemonStats::options().dir(dir).file_name("x.mmstats").resume(true).create()
}

fn count_in_threads(n: usize) {
    let barrier = Barrier::new(n);
    std::thread::scope(|scope| {
        for _ in 0..n {
            scope.spawn(|| {
                SHARED.with(|shared| shared.events.incr());
                barrier.wait();
            });
        }
    });
}

fn publish_in_child(all: &VecDeque<Stats<DaemonStats>>) {
    // SAFETY: this is the only thread.
    match unsafe { fork() }.expect("another process") {
        ForkResult::Parent { child } => drop(waitpid(child, None).expect("it ends")),
        ForkResult::Child => {
            let published = mmstats::publish_after_fork();
            let events: Vec<u64> = all.iter().map(|stats| stats.events.get()).collect();
            let paths: Vec<bool> = all.iter().map(|stats| stats.path().exists()).collect();
            (0..3).for_each(|number| _ = print(number));
            report(&match published {
                Ok(()) => format!("{events:?} {paths:?}"),
                Err(error) => format!("error: {error}"),
            });
            std::process::exit(0);
        }
    }
}

fn close_all() {
    let report = REPORT.get().expect("opened at the start").as_raw_fd();
    for number in (3..1024).filter(|number| *number != report) {
        // SAFETY: it has no need of any of them any more.
        unsafe { libc::close(number) };
    }
}

fn reuse_all(dir: &str) {
    loop {
        let file = File::open(dir).expect("a directory");
        let number = file.as_raw_fd();
        // They stay open until the program ends.
        std::mem::forget(file);
        if number >= 20 {
            return;
        }
    }
}

/// Prints to the descriptor `number`, and says whether it could.
fn print(number: RawFd) -> bool {
    let line = b"THIS IS A LINE OF A LOG, AND LONGER THAN WHAT IT HAS TO SAY\n".repeat(40);
    // SAFETY: the bytes are this function's.
    let len = unsafe { libc::write(number, line.as_ptr().cast(), line.len()) };
    len >= 0
}

/// Reads from the descriptor `number`, and says whether it could.
fn read(number: RawFd) -> bool {
    let mut byte = 0_u8;
    // SAFETY: the byte is this function's.
    let len = unsafe { libc::read(number, std::ptr::from_mut(&mut byte).cast(), 1) };
    len >= 0
}

/// Publishes `n` times in each of two threads while another one reads from 0 to 2 and prints to them. Says
/// how often it could.
fn storm(n: usize) -> usize {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let printer = scope.spawn(|| {
            let mut possible = 0;
            while !is_over.load(Relaxed) {
                possible += (0..3)
                    .map(|number| usize::from(print(number)) + usize::from(read(number)))
                    .sum::<usize>();
            }
            possible
        });
        let publishers = [(); 2].map(|()| {
            scope.spawn(|| {
                for _ in 0..n {
                    // Of two that publish at a time one gets another name.
                    drop(DaemonStats::options().file_name("x.mmstats").resume(true).create());
                }
            })
        });
        for publisher in publishers {
            publisher.join().expect("it ends");
        }
        is_over.store(true, Relaxed);
        printer.join().expect("it ends")
    })
}
