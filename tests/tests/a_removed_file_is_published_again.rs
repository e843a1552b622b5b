//! A file, or its directory, may be removed under a program that runs, by a cleaner of temporary files or at
//! the end of a login session. The program finds out, says so once, and can publish the file again, with all
//! that it has counted.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use log::{LevelFilter, Log, Metadata, Record};
use mmstats::{Counter, Gauge, MmStats, Stats, Text};
use mmstats_reader::{Liveness, Reader, Value};
use mmstats_tests::reading::{number, values};
use tempfile::TempDir;

#[derive(MmStats)]
#[repr(C)]
struct JobStats {
    done: Counter,
    #[mmstats(aggregate = "max")]
    level: Gauge<u64>,
    phase: Text<16>,
    #[mmstats(value = "constant")]
    version: Text<16>,
}

/// What was logged by a test. Tests that share a process take turns.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));
static TURN: Mutex<()> = Mutex::new(());

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

fn take_turn() -> MutexGuard<'static, ()> {
    static SET: Once = Once::new();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    SET.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Warn);
    });
    LINES.0.lock().unwrap().clear();
    turn
}

fn logged(text: &str) -> usize {
    LINES.0.lock().unwrap().iter().filter(|line| line.contains(text)).count()
}

fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

fn create(dir: &Path) -> Stats<JobStats> {
    JobStats::options().dir(dir).file_name("jobs.mmstats").create().unwrap()
}

#[test]
fn with_the_values_and_the_id_of_the_same_run() {
    let _turn = take_turn();
    let base = directory();
    let dir = base.path().join("stats");
    let stats = create(&dir);
    stats.done.add(5);
    stats.level.set(7);
    stats.phase.set("first");
    assert!(stats.is_published());
    let before = *Reader::open(stats.path()).unwrap().header().unwrap();

    fs::remove_dir_all(&dir).unwrap();
    stats.done.incr();
    assert!(!stats.is_published());
    assert!(!stats.is_published());
    assert_eq!(logged("was removed; readers no longer see"), 1);

    stats.republish().unwrap();
    assert!(stats.is_published());
    assert_eq!(stats.path(), dir.join("jobs.mmstats"));
    stats.done.incr();
    assert_eq!(number(stats.path(), "done"), 7);
    assert_eq!(number(stats.path(), "level"), 7);
    assert_eq!(values(stats.path(), "phase"), [Value::Text("first".to_owned())]);
    assert_eq!(values(stats.path(), "version"), [Value::Text("constant".to_owned())]);
    let reader = Reader::open(stats.path()).unwrap();
    let after = reader.header().unwrap();
    assert_eq!(after.instance_id, before.instance_id);
    assert_eq!(after.created_realtime_ns, before.created_realtime_ns);
    assert_eq!(reader.liveness().unwrap(), Liveness::Alive);
    assert_eq!(logged("was removed; readers no longer see"), 1);
    assert_eq!(logged("are in"), 1);

    // The next removal is news again.
    fs::remove_file(stats.path()).unwrap();
    assert!(!stats.is_published());
    assert_eq!(logged("was removed; readers no longer see"), 2);
    drop(stats);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn at_a_flush() {
    let _turn = take_turn();
    let base = directory();
    let dir = base.path().join("stats");
    let stats = create(&dir);
    stats.done.add(3);
    stats.flush().unwrap();
    fs::remove_dir_all(&dir).unwrap();
    stats.flush_async().unwrap();
    assert_eq!(number(stats.path(), "done"), 3);
    fs::remove_file(stats.path()).unwrap();
    stats.flush().unwrap();
    assert_eq!(number(stats.path(), "done"), 3);
    assert_eq!(logged("was removed; readers no longer see"), 2);
}

/// Readers look at the path.
#[test]
fn where_its_directory_was_moved() {
    let _turn = take_turn();
    let base = directory();
    let (dir, moved) = (base.path().join("stats"), base.path().join("moved"));
    let stats = create(&dir);
    stats.done.add(3);
    fs::rename(&dir, &moved).unwrap();
    assert!(!stats.is_published());
    stats.republish().unwrap();
    assert_eq!(number(dir.join("jobs.mmstats"), "done"), 3);
    assert_eq!(fs::read_dir(&moved).unwrap().count(), 0);

    fs::rename(&dir, base.path().join("again")).unwrap();
    std::os::unix::fs::symlink(base.path().join("again"), &dir).unwrap();
    assert!(!stats.is_published());
    let error = stats.republish().unwrap_err().to_string();
    assert!(error.contains("symbolic link"), "{error}");
    fs::remove_file(&dir).unwrap();
    fs::rename(base.path().join("again"), &dir).unwrap();
    assert!(stats.is_published());
    assert_eq!(number(stats.path(), "done"), 3);
}

#[test]
fn never_over_what_has_its_name_by_then() {
    let _turn = take_turn();
    let base = directory();
    let dir = base.path().join("stats");
    let stats = create(&dir);
    stats.done.add(3);
    fs::remove_dir_all(&dir).unwrap();
    let other = create(&dir);
    other.done.add(40);
    stats.republish().unwrap();
    assert_eq!(stats.path(), dir.join("jobs-2.mmstats"));
    assert_eq!((number(stats.path(), "done"), number(other.path(), "done")), (3, 40));

    fs::remove_file(stats.path()).unwrap();
    fs::create_dir(stats.path()).unwrap();
    assert!(!stats.is_published());
    stats.republish().unwrap();
    assert_eq!(stats.path(), dir.join("jobs-3.mmstats"));
}

#[test]
fn without_adding_what_a_resumed_file_held() {
    let _turn = take_turn();
    let base = directory();
    let options = || JobStats::options().dir(base.path()).file_name("jobs.mmstats").resume(true).keep(true);
    let first = options().create().unwrap();
    first.done.add(10);
    drop(first);
    let second = options().create().unwrap();
    assert_eq!(second.done.get(), 10);
    let path = second.path();
    let copy = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    // Of another run, which is over.
    let third = options().create().unwrap();
    third.done.add(1000);
    drop(third);
    second.republish().unwrap();
    assert_eq!(number(second.path(), "done"), 10);
    assert_ne!(fs::read(&path).unwrap(), copy);
}

#[test]
fn once_the_reason_why_it_cannot_be_is_gone() {
    let _turn = take_turn();
    let base = directory();
    let dir = base.path().join("stats");
    let stats = create(&dir);
    stats.done.add(3);
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "a file").unwrap();
    let error = stats.republish().unwrap_err().to_string();
    assert!(error.contains("expected a directory"), "{error}");
    let error = stats.flush().unwrap_err().to_string();
    assert!(error.contains("expected a directory"), "{error}");
    stats.done.incr();
    fs::remove_file(&dir).unwrap();
    stats.flush().unwrap();
    assert_eq!(number(stats.path(), "done"), 4);
}

mmstats::thread_local! {
    static JOBS: JobStats;
}

#[test]
fn while_threads_count() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 20;
    let _turn = take_turn();
    let base = directory();
    let dir = base.path().join("stats");
    assert!(!JOBS.is_published());
    JOBS.republish().unwrap();
    JOBS.init(JobStats::options().dir(&dir)).unwrap();
    let line = Barrier::new(THREADS + 1);
    let counted = thread::scope(|scope| {
        let body = || {
            // While the file is there: where its space cannot be allocated through the mapping, it has to be opened.
            JOBS.with(|jobs| jobs.done.add(0));
            for _ in 0..ROUNDS {
                line.wait();
                (0..100_000).for_each(|_| JOBS.with(|jobs| jobs.done.incr()));
                line.wait();
            }
            JOBS.with(|jobs| jobs.done.get())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(body)).collect();
        for _ in 0..ROUNDS {
            line.wait();
            fs::remove_dir_all(&dir).unwrap();
            JOBS.republish().unwrap();
            // A slot of a new thread is in the new file.
            scope.spawn(|| JOBS.with(|jobs| jobs.level.set(1))).join().unwrap();
            line.wait();
            assert!(JOBS.is_published());
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
    });
    // Whatever was lost at the moment of the change is lost to the program as well: one truth.
    assert_eq!(number(JOBS.path(), "done"), counted);
    assert!(counted > (THREADS * ROUNDS * 90_000) as u64, "{counted}");
}

mmstats::thread_local! {
    static HELD: JobStats;
    static CHURNED: JobStats;
}

#[test]
fn with_what_handles_count_that_were_taken_meanwhile() {
    const THREADS: usize = 3;
    const HANDLES: usize = 100;
    let _turn = take_turn();
    let base = directory();
    HELD.init(JobStats::options().dir(base.path()).file_name("held").capacity(2 * 3)).unwrap();
    thread::scope(|scope| {
        let body = || (0..HANDLES).for_each(|_| thread::spawn(hold).join().unwrap());
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(body)).collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            fs::remove_file(HELD.path()).unwrap();
            HELD.republish().unwrap();
        }
        // Their panics are these threads'.
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// A handle of a slot has the values that `with` finds.
fn hold() {
    let held = HELD.handle();
    HELD.with(|slot| assert!(std::ptr::eq(slot, &raw const *held), "the handle's values are seen by nobody"));
}

#[test]
fn however_many_threads_come_and_go() {
    const THREADS: usize = 40;
    const ROUNDS: usize = 20;
    let _turn = take_turn();
    let base = directory();
    CHURNED.init(JobStats::options().dir(base.path()).file_name("churned").capacity(1000)).unwrap();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let count = || (0..100).for_each(|_| CHURNED.with(|jobs| jobs.done.incr()));
                while !is_done.load(Relaxed) {
                    // Joined, so that it has given its slot back.
                    thread::spawn(count).join().unwrap();
                }
            });
        }
        let results: Vec<_> = (0..ROUNDS)
            .map(|_| {
                fs::remove_file(CHURNED.path()).unwrap();
                CHURNED.republish()
            })
            .take_while(Result::is_ok)
            .collect();
        is_done.store(true, Relaxed);
        assert_eq!(results.len(), ROUNDS);
    });
    // No slot shows a thread that has ended.
    let mut reader = Reader::open(CHURNED.path()).unwrap();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!(snapshot.threads().filter(|thread| thread.tid() != 0).count(), 0);
}
