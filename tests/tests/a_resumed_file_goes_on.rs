//! A struct that is resumed goes on from the counters of the last one of its name, and from no others.
//!
//! These tests start no programs: between its fork and its exec each would hold the locks of files that
//! are being made meanwhile, and when they are dropped they would seem to live on for that moment.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use mmstats::{Counter, CreateError, Gauge, MmStats, Options, Stats, Text, UpDown};
use mmstats_reader::{Liveness, Reader, Value};
use mmstats_tests::reading::{instance_id, values};
use mmstats_tests::system::{Mount, is_root};

#[derive(MmStats)]
#[repr(C)]
struct ServerStats {
    requests: Counter,
    in_flight: UpDown,
    #[mmstats(aggregate = "max")]
    level: Gauge<f64>,
    phase: Text<16>,
    #[mmstats(value = 7)]
    version: Gauge<u32>,
}

/// Its next version.
#[derive(MmStats)]
#[repr(C)]
struct NewerStats {
    requests: Counter,
    errors: Counter,
}

fn options<T: MmStats>(dir: &Path) -> Options<T> {
    T::options().dir(dir).file_name("x.mmstats").keep(true).resume(true)
}

fn create<T: MmStats>(dir: &Path) -> Stats<T> {
    options(dir).create().unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != ".lock").collect();
    names.sort_unstable();
    names
}

#[test]
fn counters_go_on_and_all_else_starts_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut id = None;
    for run in 1..=3 {
        let stats: Stats<ServerStats> = create(dir.path());
        assert_eq!((stats.in_flight.get(), stats.level.get(), stats.version.get()), (0, 0.0, 7));
        assert_eq!(values(stats.path(), "phase"), [Value::Text(String::new())]);
        stats.requests.add(10);
        stats.in_flight.add(3);
        stats.level.set(0.5);
        stats.phase.set("busy");
        assert_eq!(stats.requests.get(), 10 * run);
        assert_eq!(instance_id(stats.path()), *id.get_or_insert(instance_id(stats.path())));
        assert_eq!(Reader::open(stats.path()).unwrap().liveness().unwrap(), Liveness::Alive);
        drop(stats);
        assert_eq!(names(dir.path()), ["x.mmstats"]);
    }
}

#[test]
fn a_program_that_ended_and_did_not_wish_to_keep_its_file_leaves_nothing_to_go_on_from() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let stats: Stats<ServerStats> = options(dir.path()).keep(false).create().unwrap();
        stats.requests.incr();
        assert_eq!(stats.requests.get(), 1);
    }
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn files_with_other_fields_are_put_beside() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut inodes = Vec::new();
    for _ in 0..2 {
        let stats: Stats<ServerStats> = create(dir.path());
        stats.requests.add(10);
        inodes.push(fs::metadata(stats.path()).unwrap().ino());
        drop(stats);
        let newer: Stats<NewerStats> = create(dir.path());
        assert_eq!((newer.path(), newer.requests.get()), (path("x.mmstats"), 0));
        inodes.push(fs::metadata(newer.path()).unwrap().ino());
    }
    let old = ["x.mmstats.old", "x.mmstats.old-2", "x.mmstats.old-3", "x.mmstats"];
    assert_eq!(old.map(|name| fs::metadata(path(name)).unwrap().ino())[..], inodes);
    assert_eq!(names(dir.path()), ["x.mmstats", "x.mmstats.old", "x.mmstats.old-2", "x.mmstats.old-3"]);
    assert_eq!(values(path("x.mmstats.old-3"), "requests"), [Value::U64(10)]);
}

#[test]
fn a_file_that_is_in_use_or_a_copy_is_nothing_to_go_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let first: Stats<ServerStats> = create(dir.path());
    first.requests.add(10);
    let second: Stats<ServerStats> = create(dir.path());
    assert_eq!((second.path(), second.requests.get()), (dir.path().join("x-2.mmstats"), 0));
    assert_ne!(instance_id(first.path()), instance_id(second.path()));
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("x.mmstats");
    fs::copy(first.path(), &copy).unwrap();
    drop(first);
    let beside: Stats<ServerStats> = create(copies.path());
    assert_eq!((beside.path(), beside.requests.get()), (copies.path().join("x-2.mmstats"), 0));
    assert_eq!(values(&copy, "requests"), [Value::U64(10)]);
}

#[test]
fn a_full_filesystem_loses_no_counters() {
    if !is_root("a_full_filesystem_loses_no_counters") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let full = Mount::new(&dir.path().join("full"), "tmpfs", "size=64k,mode=0700");
    let stats: Stats<ServerStats> = create(&full.path);
    stats.requests.add(10);
    let path = stats.path();
    drop(stats);
    let mut filler = File::create(full.path.join("filler")).unwrap();
    let error = io::copy(&mut io::repeat(1), &mut filler).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let error = options::<ServerStats>(&full.path).create().err().unwrap();
    assert!(matches!(error, CreateError::NoSpace { .. }), "{error}");
    assert_eq!(values(&path, "requests"), [Value::U64(10)]);
    assert_eq!(names(&full.path), ["filler", "x.mmstats"]);
    filler.set_len(0).unwrap();
    let stats: Stats<ServerStats> = create(&full.path);
    assert_eq!(stats.requests.get(), 10);
}

#[test]
fn a_name_of_one_run_is_no_name_to_resume() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["{CMD}-{PID}.mmstats", "{TID}.mmstats"] {
        let error = options::<ServerStats>(dir.path()).file_name(name).create().err().unwrap();
        assert!(matches!(error, CreateError::Resume { .. }), "{error}");
    }
    assert_eq!(names(dir.path()), [""; 0]);
}
