//! What a process and a thread pay at their first update.

use std::error::Error;
use std::process::Command;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use super::group::Outcome;
use super::memory::Hundred;
use super::subject::directory;
use crate::measure::Times;

/// The argument that has this program measure its own first uses.
pub(crate) const FIRST_USES: &str = "first-uses";

const PROCESSES: usize = 31;
/// Threads of each process after the first, which all are there at once.
const THREADS: usize = 15;

mmstats::thread_local! {
    static STATS: Hundred;
}

/// Measures first uses in processes of their own.
///
/// # Errors
/// If one cannot be run.
pub(crate) fn measure() -> Result<[Outcome; 2], Box<dyn Error>> {
    let dir = directory()?;
    let (mut processes, mut threads) = (Vec::new(), Vec::new());
    for _ in 0..PROCESSES {
        let mut process = Command::new(std::env::current_exe()?);
        let output = process.arg(FIRST_USES).env("MMSTATS_PATH", dir.path()).output()?;
        let times: Result<Vec<f64>, _> = String::from_utf8(output.stdout)?.lines().map(str::parse).collect();
        let times = times?;
        let (process, later) = times.split_first().ok_or("expected times of first uses, found none")?;
        processes.push(*process);
        threads.extend(later);
    }
    let outcome = |goal: &str, most: f64, times: Vec<f64>| {
        let times = Times::new(times);
        let [median, from, to] = [times.median(), times.min(), times.max()].map(|time| time / 1e3);
        Outcome {
            goal: format!("{goal}: at most {most} µs"),
            found: format!("{median:.1} µs ({from:.1} to {to:.1})"),
            is_met: median <= most,
        }
    };
    Ok([
        outcome("first update of a process, 100 counters", 150.0, processes),
        outcome("first update of a later thread, 100 counters", 20.0, threads),
    ])
}

/// Prints the nanoseconds of the first update of this process, and of those of later threads.
///
/// # Errors
/// If nothing was published.
pub(crate) fn run_first_uses() -> Result<(), Box<dyn Error>> {
    let mut times = vec![first_use()];
    if !STATS.path().exists() {
        return Err("nothing was published".into());
    }
    // Later threads do not get the slots of earlier ones.
    let end = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (used, time) = std::sync::mpsc::channel();
            let end = &end;
            scope.spawn(move || {
                let _ = used.send(first_use());
                end.wait();
            });
            times.extend(time.recv());
        }
        end.wait();
    });
    for time in times {
        println!("{time}");
    }
    Ok(())
}

/// Nanoseconds.
fn first_use() -> f64 {
    let start = Instant::now();
    STATS.with(|stats| stats.of9.slow_tasks.incr());
    start.elapsed().as_secs_f64() * 1e9
}
