//! A program that publishes statistics and does what its standard input says, line by line:
//!
//! | command | answer |
//! |---|---|
//! | `create DIR NAME [keep] [resume] [readable]` | the file's path, or `error: …` |
//! | `create` | the same, in the default place |
//! | `incr N` | `done`, after N increments |
//! | `text T` | `done`, after both texts were set |
//! | `release` | `done`, after the struct was dropped |
//! | `remove DIR NAME` | what became of the file |
//! | `faults N` | page faults during N increments |
//! | `sealed N` | nothing: exits with status 0 after N increments without a system call |
//! | `exit`, `exit-elsewhere`, `abort`, `panic` | nothing: ends like this, from another thread the second |
//! | `toggle` | `done`, then toggles the texts between two values for ever |
//! | `swing` | `done`, then toggles the gauge between two values for ever |
//! | `publish` | `done`, then publishes records of one number each for ever, the next number each time |
#![expect(unsafe_code, reason = "seals itself against system calls")]

use std::fs::File;
use std::io::{self, BufRead, Write};

use mmstats::{MmStats, Options, Stats};
use mmstats_host::removal::{remove_dead, writer_of_format_2};
use mmstats_tests::subject::{LEVELS, Numbers2, Numbers32, SubjectStats};
use nix::sys::resource::{UsageWho, getrusage};

fn main() -> io::Result<()> {
    let mut stats: Option<Stats<SubjectStats>> = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match (words.as_slice(), &stats) {
            (["create", place @ ..], _) => match options(place).create() {
                Ok(created) => stats.insert(created).path().display().to_string(),
                Err(error) => format!("error: {error}"),
            },
            (["incr", n], Some(stats)) => {
                increment(stats, n);
                "done".to_owned()
            }
            (["text", text], Some(stats)) => {
                stats.short.set(text);
                stats.long.set(text);
                "done".to_owned()
            }
            (["release"], Some(_)) => {
                stats = None;
                "done".to_owned()
            }
            (["remove", dir, name], _) => {
                match remove_dead(&File::open(dir)?, name.as_ref(), false, &writer_of_format_2) {
                    Ok(removal) => format!("{removal:?}"),
                    Err(error) => format!("error: {error}"),
                }
            }
            (["faults", n], Some(stats)) => {
                let before = page_faults();
                increment(stats, n);
                (page_faults() - before).to_string()
            }
            (["sealed", n], Some(stats)) => sealed(stats, n),
            (["exit"], _) => std::process::exit(0),
            (["exit-elsewhere"], _) => {
                let _ = std::thread::spawn(|| std::process::exit(0)).join();
                unreachable!("the process has ended")
            }
            (["abort"], _) => std::process::abort(),
            (["panic"], _) => panic!("as told"),
            (["toggle"], Some(stats)) => toggle(stats)?,
            (["swing"], Some(stats)) => swing(stats)?,
            (["publish"], Some(stats)) => publish(stats)?,
            _ => format!("error: not understood: {line}"),
        };
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn options(place: &[&str]) -> Options<SubjectStats> {
    let options = SubjectStats::options();
    let [dir, name, rest @ ..] = place else { return options };
    let options = options.dir(*dir).file_name(*name);
    let options = options.keep(rest.contains(&"keep")).resume(rest.contains(&"resume"));
    if rest.contains(&"readable") { options.mode(0o644) } else { options }
}

fn increment(stats: &SubjectStats, n: &str) {
    for _ in 0..n.parse().expect("a number") {
        stats.events.incr();
    }
}

fn page_faults() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process can ask for its own usage");
    usage.minor_page_faults() + usage.major_page_faults()
}

/// Increments in a state in which the kernel kills on any system call but read, write and exit.
fn sealed(stats: &SubjectStats, n: &str) -> ! {
    let n: u64 = n.parse().expect("a number");
    // SAFETY: takes numbers only; the mode ends with the process.
    let sealed = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) };
    for _ in 0..n {
        stats.events.incr();
        stats.level.set(0.5);
    }
    // SAFETY: ends this thread, which is the only one; exit_group would be refused.
    unsafe { libc::syscall(libc::SYS_exit, sealed) };
    unreachable!("exit does not return")
}

/// Two values of each length whose mixture is neither.
fn toggle(stats: &SubjectStats) -> io::Result<String> {
    let texts = ["a", "b"].map(|letter| (letter.repeat(16), letter.repeat(256)));
    writeln!(io::stdout(), "done")?;
    loop {
        for (short, long) in &texts {
            stats.short.set(short);
            stats.long.set(long);
        }
    }
}

/// Two numbers that differ in each byte.
fn swing(stats: &SubjectStats) -> io::Result<String> {
    writeln!(io::stdout(), "done")?;
    loop {
        for level in LEVELS {
            stats.level.set(level);
        }
    }
}

/// Records whose mixture has different numbers.
fn publish(stats: &SubjectStats) -> io::Result<String> {
    writeln!(io::stdout(), "done")?;
    for number in 1.. {
        stats.pair.publish(Numbers2::all(number));
        stats.block.publish(Numbers32::all(number));
    }
    unreachable!("the numbers do not end")
}
