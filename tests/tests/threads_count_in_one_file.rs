//! The threads of a process count in one file: a slot each while they live, and totals that never fall.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mmstats_reader::{Reader, Value};
use mmstats_tests::reading::{count_now, values_now};
use mmstats_tests::subject::Subject;

fn start(dir: &Path) -> Subject {
    Subject::spawn(Command::new(env!("CARGO_BIN_EXE_crowd")).env("MMSTATS_PATH", dir))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "mmstats"));
    files
}

fn only_file(dir: &Path) -> PathBuf {
    let files = files(dir);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn slots(path: &Path) -> u32 {
    Reader::open(path).unwrap().header().unwrap().slots.count.get()
}

fn total(reader: &mut Reader) -> u64 {
    count_now(reader, "crowd.events")
}

#[test]
fn totals_never_fall_and_end_exact_whatever_threads_come_and_go() {
    const THREADS: u32 = 10_000;
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("incr 0");
    crowd.ask("init");
    crowd.ask("incr 1");
    let path = only_file(dir.path());
    let mut reader = Reader::open(&path).unwrap();
    crowd.tell(&format!("run {THREADS} 64 100"));
    let (mut seen, mut reads) = (0, 0_u32);
    let expected = u64::from(THREADS) * 100 + 1;
    let start = Instant::now();
    while seen < expected {
        let total = total(&mut reader);
        assert!(total >= seen, "the total fell from {seen} to {total}");
        assert!(start.elapsed() < Duration::from_mins(4), "{total} after {reads} reads");
        (seen, reads) = (total, reads + 1);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(crowd.answer(), "done");
    assert_eq!(total(&mut reader), expected);
    assert_eq!(only_file(dir.path()), path);
    // Of the threads that start the others none counts.
    assert!(slots(&path) <= 64 + 1, "{} slots for 64 threads and the main one", slots(&path));
    println!("{reads} reads");
}

#[test]
fn a_thread_that_ends_gives_its_slot_back_and_leaves_its_counts() {
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("hold 3");
    let mut reader = Reader::open(only_file(dir.path())).unwrap();
    assert_eq!(values_now(&mut reader, "crowd.phase"), vec![Value::Text("held".into()); 3]);
    assert_eq!(values_now(&mut reader, "crowd.held"), [Value::I64(3)]);
    assert_eq!(values_now(&mut reader, "crowd.level"), [Value::U64(3)]);
    assert_eq!(values_now(&mut reader, "crowd.version"), [Value::Text("constant".into())]);
    crowd.ask("release");
    assert_eq!(values_now(&mut reader, "crowd.phase"), []);
    assert_eq!(values_now(&mut reader, "crowd.level"), []);
    assert_eq!(values_now(&mut reader, "crowd.held"), [Value::I64(0)]);
    assert_eq!(total(&mut reader), 3);
    // The next ones start with empty texts and gauges, and count on.
    crowd.ask("incr 1");
    assert_eq!(values_now(&mut reader, "crowd.phase"), [Value::Text(String::new())]);
    assert_eq!(values_now(&mut reader, "crowd.level"), [Value::U64(0)]);
    assert_eq!(values_now(&mut reader, "crowd.version"), [Value::Text("constant".into())]);
    assert_eq!(total(&mut reader), 4);
    assert_eq!(slots(reader.path()), 3);
}

#[test]
fn a_slot_names_its_thread() {
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("hold 2");
    let mut reader = Reader::open(only_file(dir.path())).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let names: Vec<String> = snapshot.threads().map(|thread| thread.name().unwrap().to_string()).collect();
    assert_eq!(names, ["held-1", "held-2"]);
    let tids: Vec<u32> = snapshot.threads().map(|thread| thread.tid()).collect();
    assert_ne!(tids[0], tids[1]);
    // Elsewhere threads have numbers of the writer's own.
    if !cfg!(mmstats_platform = "unix") {
        let tasks = tids.iter().map(|tid| format!("/proc/{}/task/{tid}", crowd.pid()));
        assert!(tasks.map(PathBuf::from).all(|task| task.exists()));
    }
}

#[test]
fn threads_beyond_the_capacity_are_counted_and_disturb_nobody() {
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("init capacity 2");
    crowd.ask("hold 5");
    let mut reader = Reader::open(only_file(dir.path())).unwrap();
    assert_eq!(values_now(&mut reader, "mmstats.unpublished_writers"), [Value::U64(3)]);
    assert_eq!(total(&mut reader), 2);
    crowd.ask("release");
    crowd.ask("incr 5");
    assert_eq!(total(&mut reader), 7);
}

#[test]
fn counts_in_a_destructor_after_the_slot_was_given_back_are_not_lost() {
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("late");
    let mut reader = Reader::open(only_file(dir.path())).unwrap();
    assert_eq!(total(&mut reader), 3);
    assert_eq!(slots(reader.path()), 1);
    assert!(values_now(&mut reader, "crowd.level").is_empty(), "no slot is still leased");
}

/// For a minute and longer: `cargo xtask soak`.
#[test]
fn threads_that_count_make_no_page_fault() {
    let seconds = std::env::var("MMSTATS_COUNTING_SECONDS");
    let seconds = seconds.map_or(2, |seconds| seconds.parse().expect("a number of seconds"));
    let dir = directory();
    let mut crowd = start(dir.path());
    assert_eq!(crowd.ask(&format!("faults 8 {seconds}")), "0");
}

#[test]
fn init_reports_what_the_first_use_would_only_log() {
    let dir = directory();
    let mut crowd = start(&dir.path().join("missing\0name".split('\0').next().unwrap()));
    assert!(crowd.ask("init name {NO}").starts_with("error: cannot use \"{NO}\" as the template"));
    assert!(
        crowd.ask("init capacity 0").starts_with("error: cannot publish CrowdStats with room for no thread")
    );
    assert!(crowd.ask("init").starts_with('/'));
    assert!(crowd.ask("init").starts_with("error: CrowdStats is published already"));
}

#[test]
fn the_file_goes_when_the_program_ends_and_stays_if_it_is_to_be_kept() {
    for how in ["exit", "exit-elsewhere"] {
        let dir = directory();
        let mut crowd = start(dir.path());
        crowd.ask("hold 2");
        only_file(dir.path());
        crowd.tell(how);
        assert!(crowd.wait().success());
        assert_eq!(files(dir.path()), Vec::<PathBuf>::new(), "{how}");
    }
    let dir = directory();
    let mut crowd = start(dir.path());
    crowd.ask("init keep");
    crowd.ask("incr 3");
    crowd.tell("exit");
    assert!(crowd.wait().success());
    assert_eq!(total(&mut Reader::open(only_file(dir.path())).unwrap()), 3);
}
