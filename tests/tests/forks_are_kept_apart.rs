//! A child of fork never writes to its parent's files, holds no lock of theirs and removes none; what it
//! publishes itself counts what it did itself.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use mmstats_reader::{Liveness, Reader};
use mmstats_tests::reading::{count, liveness};
use mmstats_tests::subject::Subject;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

struct Forker {
    dir: tempfile::TempDir,
    subject: Subject,
}

/// What a child says of itself.
#[derive(Debug)]
struct Child {
    pid: u32,
    /// Its counts in the struct and in the static.
    counts: [u64; 2],
    version: String,
    paths: Vec<PathBuf>,
}

impl Forker {
    fn start() -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_forker"));
        // A group of its own, so that what outlives it can be ended.
        let subject = Subject::spawn(command.env("MMSTATS_PATH", dir.path()).process_group(0));
        Self { dir, subject }
    }

    fn ask(&mut self, command: &str) -> String {
        self.subject.ask(command)
    }

    fn paths(&mut self) -> Vec<PathBuf> {
        self.ask("paths").split(' ').map(PathBuf::from).collect()
    }

    fn child(&mut self) -> Child {
        let line = self.subject.answer();
        let words: Vec<&str> = line.split(' ').collect();
        let [pid, own, shared, version, paths @ ..] = words.as_slice() else { panic!("{line}") };
        let paths = paths.iter().filter(|path| **path != "-").map(PathBuf::from).collect();
        let counts = [own, shared].map(|count| count.parse().unwrap());
        Child { pid: pid.parse().unwrap(), counts, version: (*version).to_owned(), paths }
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| is_statistics(path)).collect()
    }
}

impl Drop for Forker {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.subject.pid().cast_signed());
        // All of them may have ended.
        let _ = killpg(group, Signal::SIGKILL);
    }
}

fn is_statistics(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "mmstats")
}

fn events(path: &Path) -> u64 {
    count(path, "fork.events")
}

#[test]
fn a_prefork_server_and_its_children_count_exactly_their_own() {
    const INCREMENTS: u64 = 100_000;
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.ask("incr 5");
    forker.subject.tell(&format!("fork 8 {INCREMENTS} publish"));
    let children: Vec<Child> = (0..8).map(|_| forker.child()).collect();
    forker.ask(&format!("incr {INCREMENTS}"));
    for path in &paths {
        assert_eq!(events(path), INCREMENTS + 5, "the parent's {path:?}");
    }
    assert_eq!(forker.files().len(), 2 * 9);
    for child in &children {
        assert_eq!((child.counts, child.version.as_str()), ([INCREMENTS; 2], "constant"), "{child:?}");
        assert_eq!(child.paths.len(), 2, "{child:?}");
        for path in &child.paths {
            assert!(!paths.contains(path));
            assert_eq!((events(path), liveness(path)), (INCREMENTS, Liveness::Alive), "{path:?}");
            let reader = Reader::open(path).unwrap();
            assert_eq!(reader.header().unwrap().pid.get(), child.pid, "{path:?}");
        }
    }
    forker.ask("end");
    let mut left = forker.files();
    left.sort();
    let mut expected = paths;
    expected.sort();
    assert_eq!(left, expected, "the children's files went with them, and no others");
}

#[test]
fn a_child_that_does_not_publish_is_seen_by_nobody() {
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.ask("incr 3");
    forker.subject.tell("fork 2 1000");
    for _ in 0..2 {
        let child = forker.child();
        assert_eq!(child.counts, [1000; 2], "{child:?}");
        assert_eq!(child.version, "constant");
        assert!(child.paths.is_empty(), "{child:?}");
    }
    assert_eq!(forker.files().len(), 2);
    assert!(paths.iter().all(|path| events(path) == 3));
    forker.ask("end");
    assert_eq!(forker.files().len(), 2, "children that exit remove nothing of their parent's");
}

#[test]
fn a_grandchild_counts_exactly_its_own() {
    for (command, publishes) in [("nested 10", false), ("nested 10 publish", true)] {
        let mut forker = Forker::start();
        let paths = forker.paths();
        forker.ask("incr 2");
        forker.subject.tell(command);
        let child = forker.child();
        assert_eq!(child.counts, [10; 2], "{child:?}");
        assert_eq!(child.version, "constant");
        assert!(paths.iter().all(|path| events(path) == 2), "{command}");
        assert_eq!(child.paths.len(), if publishes { 2 } else { 0 });
        assert!(child.paths.iter().all(|path| events(path) == 10), "{command}");
        forker.ask("end");
        assert_eq!(forker.files().len(), 2, "{command}");
    }
}

#[test]
fn a_child_that_maps_and_unmaps_memory_disturbs_nobody() {
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.ask("incr 2");
    forker.subject.tell("churn 2000");
    let child = forker.child();
    assert_eq!((child.counts, child.version.as_str()), ([2000; 2], "constant"));
    assert!(paths.iter().all(|path| events(path) == 2));
}

#[test]
fn a_child_that_drops_the_struct_leaves_its_parents_file() {
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.subject.tell("drop 1");
    forker.child();
    forker.ask("incr 4");
    assert!(paths.iter().all(|path| events(path) == 4 && liveness(path) == Liveness::Alive));
    forker.ask("end");
    assert_eq!(forker.files().len(), 2);
}

#[test]
fn a_fork_from_one_of_many_threads_takes_only_that_threads_slot_along() {
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.ask("threads 4");
    let mut children = Vec::new();
    for _ in 0..8 {
        forker.subject.tell("fork-in-thread 1000 publish");
        children.push(forker.child());
    }
    forker.ask("stop");
    let counted: u64 = forker.ask("counted").parse().unwrap();
    assert_eq!(events(&paths[1]), counted, "what the parent's threads counted, and nothing else");
    for child in &children {
        assert_eq!(child.counts[1], 1000, "{child:?}");
        // The struct, which the thread does not have, is published all the same.
        assert!(child.paths.iter().any(|path| events(path) == 1000), "{child:?}");
    }
}

#[test]
fn two_hundred_spawns_under_load_leave_no_file_and_no_lock() {
    let mut forker = Forker::start();
    let paths = forker.paths();
    forker.ask("threads 2");
    forker.ask("spawn 200");
    assert_eq!(forker.files().len(), 2);
    forker.ask("sleepers 4");
    // Its children outlive it.
    forker.subject.tell("kill");
    forker.subject.wait();
    for path in &paths {
        assert_eq!(liveness(path), Liveness::Dead, "{path:?}");
    }
    assert_eq!(forker.files().len(), 2);
}

/// A fork between the opening of the new file and its closing would give the child the descriptor that
/// holds the lock: without the handlers, 22 of 400 files stayed locked by a child.
#[test]
fn no_child_holds_the_lock_of_a_file_that_was_created_meanwhile() {
    let mut forker = Forker::start();
    forker.ask("create-while-forking 400");
    let created: Vec<PathBuf> = forker
        .files()
        .into_iter()
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("created"))
        .collect();
    assert_eq!(created.len(), 400);
    forker.subject.tell("kill");
    forker.subject.wait();
    // The children that it forked last still live. One that has not run yet has not let go.
    let start = Instant::now();
    let is_held = |path: &&PathBuf| liveness(path) != Liveness::Dead;
    while let Some(held) = created.iter().find(is_held) {
        assert!(start.elapsed() < Duration::from_mins(4), "a child holds the lock of {held:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
