//! A thread for which there is no space counts where nobody sees it: no signal ends the program, the log has
//! it once, and the file says how many there were.

use std::fs;
use std::process::Command;
use std::sync::{Barrier, Mutex};
use std::thread;

use log::{LevelFilter, Log, Metadata, Record};
use mmstats::{Counter, MmStats, Text};
use mmstats_reader::{Reader, Value};
use mmstats_tests::subject::Subject;
use mmstats_tests::system::{Mount, is_root};

#[derive(MmStats)]
#[repr(C)]
struct LargeStats {
    events: Counter,
    /// 8 KiB.
    text: Text<2044>,
}

mmstats::thread_local! {
    static LARGE: LargeStats;
}

/// What was logged.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

fn numbers(reader: &mut Reader, label: &str) -> u64 {
    let snapshot = reader.snapshot().unwrap();
    let metric = snapshot.metrics().find(|metric| metric.label() == label).unwrap();
    let Ok(Value::U64(number)) = metric.value() else { panic!("{label} is a number") };
    number
}

/// Each of `count` threads counts once, sets the text, and ends when all have.
fn run_at_a_time(count: usize) {
    let all = Barrier::new(count);
    let body = || {
        LARGE.with(|stats| stats.events.incr());
        all.wait();
        LARGE.with(|stats| stats.text.set(&"full".repeat(500)));
        all.wait();
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(body)).collect();
        // Unlike the end of the scope this waits until they have given back their slots, too.
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn on_a_full_filesystem() {
    const THREADS: usize = 20;
    if !is_root("on_a_full_filesystem") {
        return;
    }
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Warn);
    let dir = tempfile::tempdir().unwrap();
    let full = Mount::new(&dir.path().join("full"), "tmpfs", "size=64k,mode=0700");
    LARGE.init(LargeStats::options().dir(&full.path)).unwrap();
    let mut reader = Reader::open(LARGE.path()).unwrap();

    let mut counts = || (numbers(&mut reader, "events"), numbers(&mut reader, "mmstats.unpublished_writers"));

    run_at_a_time(THREADS);
    let (seen, unseen) = counts();
    assert!(seen > 1 && unseen > 1, "{seen} of {THREADS}");
    assert_eq!(seen + unseen, THREADS as u64);
    let lines = LINES.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("no space for another thread"), "{lines:?}");

    // Slots that were given back have their space, also if one in front of them got none while the threads
    // allocated theirs side by side. With more space there are more slots.
    for kib in (64..128).step_by(4) {
        full.remount(&format!("size={kib}k"));
        let before = counts();
        run_at_a_time(THREADS);
        let (seen, unseen) = counts();
        let slots = seen - before.0;
        assert_eq!(slots + unseen - before.1, THREADS as u64);
        run_at_a_time(usize::try_from(slots).unwrap());
        assert_eq!(counts(), (seen + slots, unseen), "{slots} slots in {kib} KiB");
    }
    let (seen, _) = counts();
    full.remount("size=1m");
    run_at_a_time(THREADS);
    assert_eq!(counts().0, seen + THREADS as u64);
    assert_eq!(LINES.0.lock().unwrap().len(), 1);
}

/// `init` would say so.
#[test]
fn where_not_even_the_file_can_be_made() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 1; exec \"$0\"", env!("CARGO_BIN_EXE_crowd")]);
    let mut crowd = Subject::spawn(command.env("MMSTATS_PATH", dir.path()));
    let error = crowd.ask("init");
    assert!(error.contains("RLIMIT_FSIZE") && error.contains("ulimit -f"), "{error}");
    assert_eq!(crowd.ask("run 20 4 1000"), "done");
    assert_eq!(crowd.ask("path"), "");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    crowd.tell("exit");
    assert!(crowd.wait().success());
}
