//! A program of many threads and children that share the statics of [`mmstats::thread_local!`] and
//! does what its standard input says, line by line. It publishes below `MMSTATS_PATH`.
//!
//! | command | answer |
//! |---|---|
//! | `path` | the file's path, empty if there is none |
//! | `init [capacity N] [keep] [resume] [name NAME]` | the file's path, or `error: …` |
//! | `run N AT_A_TIME INCREMENTS` | `done`, after N threads counted that much each, so many at a time |
//! | `incr N` | `done`, after N increments by the main thread |
//! | `hold N` | `done`, when N more threads have a slot; they keep it |
//! | `release` | `done`, when the threads that were held have ended |
//! | `late` | `done`, after a thread counted once, then again in a destructor when its slot was gone |
//! | `faults N SECONDS` | page faults while N threads count for so long, after their first use |
//! | `exit` | nothing: exits, with status 0 |
//! | `exit-elsewhere` | nothing: exits from another thread |

use std::cell::Cell;
use std::io::{self, BufRead, Write};
use std::sync::Barrier;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mmstats::{Counter, Gauge, MmStats, Text, UpDown};
use nix::sys::resource::{UsageWho, getrusage};

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "crowd.")]
struct CrowdStats {
    /// What was counted.
    events: Counter,
    /// Threads that are held.
    held: UpDown,
    /// Its thread's number.
    #[mmstats(aggregate = "max")]
    level: Gauge<u32>,
    /// What the thread does.
    phase: Text<16>,
    #[mmstats(value = "constant")]
    version: Text<16>,
}

mmstats::thread_local! {
    static CROWD: CrowdStats;
}

/// Threads that keep their slots until they are told to end.
#[derive(Default)]
struct Held {
    threads: Vec<(Sender<()>, JoinHandle<()>)>,
}

impl Held {
    fn add(&mut self, number: u32) {
        let (end, told_to_end) = channel();
        let (has_slot, wait) = channel();
        let body = move || {
            CROWD.with(|crowd| {
                crowd.events.incr();
                crowd.held.incr();
                crowd.level.set(number);
                crowd.phase.set("held");
            });
            has_slot.send(()).expect("the main thread waits");
            // It ends when the other end is gone, too.
            let _ = told_to_end.recv();
            CROWD.with(|crowd| crowd.held.decr());
        };
        let thread = thread::Builder::new().name(format!("held-{number}")).spawn(body);
        wait.recv().expect("the thread runs");
        self.threads.push((end, thread.expect("a thread")));
    }

    fn release(&mut self) {
        for (end, thread) in self.threads.drain(..) {
            drop(end);
            thread.join().expect("it ends");
        }
    }
}

fn main() -> io::Result<()> {
    let mut held = Held::default();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<u32>().expect("a number");
        let answer = match words.as_slice() {
            ["path"] => CROWD.path().display().to_string(),
            ["init", options @ ..] => init(options),
            ["run", threads, at_a_time, increments] => {
                run(number(threads), number(at_a_time), number(increments));
                "done".to_owned()
            }
            ["incr", n] => {
                (0..number(n)).for_each(|_| CROWD.with(|crowd| crowd.events.incr()));
                "done".to_owned()
            }
            ["hold", n] => {
                (1..=number(n)).for_each(|number| held.add(number));
                "done".to_owned()
            }
            ["release"] => {
                held.release();
                "done".to_owned()
            }
            ["late"] => {
                thread::spawn(count_late).join().expect("it ends");
                "done".to_owned()
            }
            ["faults", threads, seconds] => {
                faults(number(threads), Duration::from_secs(number(seconds).into())).to_string()
            }
            ["exit"] => std::process::exit(0),
            ["exit-elsewhere"] => {
                let _ = thread::spawn(|| std::process::exit(0)).join();
                unreachable!("the process has ended")
            }
            _ => format!("error: not understood: {line}"),
        };
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn init(words: &[&str]) -> String {
    let mut options = CrowdStats::options();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        options = match (*word, words.as_slice().first()) {
            ("keep", _) => options.keep(true),
            ("resume", _) => options.resume(true),
            ("capacity", Some(n)) => options.capacity(n.parse().expect("a number")),
            ("name", Some(name)) => options.file_name(*name),
            _ => continue,
        };
    }
    match CROWD.init(options) {
        Ok(()) => CROWD.path().display().to_string(),
        Err(error) => format!("error: {error}"),
    }
}

/// Has `threads` threads, never more than `at_a_time`, count `increments` each.
fn run(threads: u32, at_a_time: u32, increments: u32) {
    let left = AtomicUsize::new(threads as usize);
    let start = Barrier::new(at_a_time as usize);
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                start.wait();
                while left.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                    let count = || (0..increments).for_each(|_| CROWD.with(|crowd| crowd.events.incr()));
                    // Joined before the next, so that there never are more.
                    thread::scope(|scope| scope.spawn(count).join()).expect("it ends");
                }
            });
        }
    });
}

/// Page faults of this process while `threads` threads count for `time`.
fn faults(threads: u32, time: Duration) -> i64 {
    let (is_over, line) = (AtomicBool::new(false), Barrier::new(threads as usize + 1));
    let count = || {
        while !is_over.load(Relaxed) {
            CROWD.with(|crowd| crowd.events.incr());
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                CROWD.with(|crowd| crowd.events.incr());
                // Once, so that the thread's own memory is there.
                line.wait();
                line.wait();
                count();
                line.wait();
            });
        }
        line.wait();
        line.wait();
        // The first moments go to the threads' own pages: code, stacks, their bookkeeping.
        thread::sleep(Duration::from_millis(100));
        let before = page_faults();
        thread::sleep(time);
        let after = page_faults();
        is_over.store(true, Relaxed);
        line.wait();
        after - before
    })
}

fn page_faults() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process can ask for its own usage");
    usage.minor_page_faults() + usage.major_page_faults()
}

/// Counts once more when this thread's slot was given back: in the destructor of a thread-local that was
/// first used before the slot was leased.
fn count_late() {
    struct Late(Cell<bool>);
    impl Drop for Late {
        fn drop(&mut self) {
            CROWD.with(|crowd| crowd.events.incr());
        }
    }
    std::thread_local! {
        static EARLY: Late = const { Late(Cell::new(false)) };
        static LATER: Late = const { Late(Cell::new(false)) };
    }
    EARLY.with(|late| late.0.set(true));
    CROWD.with(|crowd| crowd.events.incr());
    LATER.with(|late| late.0.set(true));
}
