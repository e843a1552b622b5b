//! A program that records at full speed, by one thread if its argument is `alone`, by two in the same
//! fields if it is `shared`. It does what its standard input says, line by line, in this order:
//!
//! | command | answer |
//! |---|---|
//! | `create DIR NAME` | the file's path; it records from now on |
//! | `stop` | `done`, when it has stopped |
//!
//! Each thread counts a step as started before it records, and as finished after it.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::atomic::{AtomicBool, fence};
use std::thread;
use std::time::Duration;

use mmstats::{Average, Counter, Histogram, MmStats, Options, Timer, sync};
use mmstats_tests::recorder::{turn, value};

#[derive(MmStats)]
#[repr(C)]
struct AloneStats {
    started: Counter,
    finished: Counter,
    average: Average,
    values: Histogram,
    durations: Timer,
}

#[derive(MmStats)]
#[repr(C)]
struct SharedStats {
    started: [sync::Counter; 2],
    finished: [sync::Counter; 2],
    average: sync::Average,
    values: sync::Histogram,
    durations: sync::Timer,
}

/// Records in the fields of `$stats`, step by step, until `$is_stopped`.
macro_rules! record {
    ($stats:ident, $started:expr, $finished:expr, $is_stopped:ident) => {
        for step in 0.. {
            $started.incr();
            // Who sees something of this step sees that it was started; who sees that it is finished
            // sees all of it.
            fence(Release);
            $stats.average.add(f64::from(turn(step)));
            $stats.values.record(value(step));
            $stats.durations.record(Duration::from_nanos(value(step)));
            fence(Release);
            $finished.incr();
            if $is_stopped.load(Relaxed) {
                break;
            }
        }
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("alone") => record_alone(),
        Some("shared") => record_shared(),
        other => Err(format!("expected `alone` or `shared`, found {other:?}").into()),
    }
}

fn record_alone() -> Result<(), Box<dyn Error>> {
    let stats = told_to_create::<AloneStats>()?.create()?;
    let is_stopped = &AtomicBool::new(false);
    println!("{}", stats.path().display());
    let stats = thread::scope(|scope| {
        let recording = scope.spawn(move || {
            record!(stats, stats.started, stats.finished, is_stopped);
            stats
        });
        told();
        is_stopped.store(true, Relaxed);
        recording.join()
    });
    println!("done");
    told();
    drop(stats);
    Ok(())
}

fn record_shared() -> Result<(), Box<dyn Error>> {
    let stats = &told_to_create::<SharedStats>()?.create()?;
    let is_stopped = &AtomicBool::new(false);
    println!("{}", stats.path().display());
    thread::scope(|scope| {
        for (started, finished) in stats.started.iter().zip(&stats.finished) {
            scope.spawn(move || record!(stats, started, finished, is_stopped));
        }
        told();
        is_stopped.store(true, Relaxed);
    });
    println!("done");
    told();
    Ok(())
}

/// Where the file is to be.
fn told_to_create<T: MmStats>() -> Result<Options<T>, Box<dyn Error>> {
    let line = told().unwrap_or_default();
    let ["create", dir, name] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("expected `create DIR NAME`, found {line}").into());
    };
    Ok(T::options().dir(Path::new(dir)).file_name(name))
}

/// The next line of the standard input, when there is one; nothing at its end.
fn told() -> Option<String> {
    io::stdin().lines().next()?.ok()
}
