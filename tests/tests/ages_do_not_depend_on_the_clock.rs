//! The clock may be set while programs run, as on a board without a battery clock, and a time namespace has a boot of
//! its own. How old a file is, and which files are the newest, depends on neither. POSIX does not tell the boot.
#![cfg(all(target_os = "linux", not(mmstats_platform = "unix")))]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats_format::header::Header;
use mmstats_format::{Le32, Le64};
use mmstats_host::header::read_header;
use mmstats_reader::Moment;
use mmstats_reader::scan;
use mmstats_reader::watch::{Event, Watch};
use mmstats_tests::clock::Clock;
use mmstats_tests::stale;
use mmstats_tests::subject::Subject;
use mmstats_tests::system::is_root;
use tempfile::TempDir;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const HOUR: i64 = 3600;
/// Files of dead programs that stay.
const NEWEST: usize = 8;

/// A directory in memory, as files usually are in.
fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap()
}

/// Starts `command`, which runs the subject, lets it publish in `dir` and returns it with its file.
fn publish(command: &mut Command, dir: &Path) -> (Subject, PathBuf) {
    let mut subject = Subject::spawn(command);
    let path = subject.create(dir, "{CMD}-{PID}-{NAME}.mmstats");
    (subject, path)
}

fn publish_and_die(command: &mut Command, dir: &Path) -> PathBuf {
    let (subject, path) = publish(command, dir);
    subject.kill();
    path
}

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "mmstats")).collect()
}

fn header(path: &Path) -> Header {
    read_header(&File::open(path).unwrap()).unwrap()
}

/// How old the only file in `dir` is.
fn age(dir: &Path) -> Duration {
    let mut age = None;
    Watch::new(1).poll(scan([dir]), |event| {
        if let Event::Reading(reading) = event {
            age = Some(Moment::now().since(reading.made.unwrap()));
        }
    });
    age.unwrap()
}

#[test]
fn the_newest_files_stay_though_the_clock_goes_back_from_run_to_run() {
    let (dir, clock) = (directory(), Clock::new());
    let mut killed = Vec::new();
    for run in 0..12 {
        clock.set(-run * HOUR);
        killed.push(publish_and_die(clock.give_to(&mut Command::new(SUBJECT)), dir.path()));
    }
    clock.set(-100 * HOUR);
    let (_last, last_file) = publish(clock.give_to(&mut Command::new(SUBJECT)), dir.path());
    let mut expected: BTreeSet<PathBuf> = killed.split_off(killed.len() - NEWEST).into_iter().collect();
    expected.insert(last_file);
    assert_eq!(files(dir.path()), expected);
}

#[test]
fn files_of_an_earlier_boot_go_first_though_the_clock_was_ahead_then() {
    let dir = directory();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let old = (0..NEWEST).map(|index| {
        let path = dir.path().join(format!("subject-{}-SubjectStats.mmstats", index + 1));
        let made = now + Duration::from_hours(24 * (1 + index as u64));
        stale::write_with(&path, |header| {
            header.uid = Le32::new(nix::unistd::geteuid().as_raw());
            header.boot_id = [7; 16];
            header.created_realtime_ns = Le64::new(u64::try_from(made.as_nanos()).unwrap());
            header.created_boottime_ns = Le64::new(u64::MAX);
        })
        .unwrap();
        path
    });
    let old: Vec<PathBuf> = old.collect();
    let killed: Vec<PathBuf> =
        (0..3).map(|_| publish_and_die(&mut Command::new(SUBJECT), dir.path())).collect();
    let (_last, last_file) = publish(&mut Command::new(SUBJECT), dir.path());
    let expected = old[3..].iter().chain(&killed).chain([&last_file]).cloned().collect();
    assert_eq!(files(dir.path()), expected);
}

#[test]
fn a_program_whose_clock_was_set_says_how_old_its_file_is() {
    for hours in [24, -2, 0, -20_000, 200_000] {
        let (dir, clock) = (directory(), Clock::new());
        clock.set(hours * HOUR);
        let start = Moment::now();
        let (_subject, path) = publish(clock.give_to(&mut Command::new(SUBJECT)), dir.path());
        assert!(header(&path).created_boottime_ns.get() > 0);
        let age = age(dir.path());
        assert!(age <= Moment::now().since(start), "{hours}: {age:?}");
    }
}

/// Its clock of the time since boot is not the readers', and not the wall clock's business.
#[test]
fn a_program_in_a_time_namespace_does_not_say_when_it_was_by_its_own_boot() {
    if !is_root("a_program_in_a_time_namespace_does_not_say_when_it_was_by_its_own_boot") {
        return;
    }
    for offset in ["100000", "-1"] {
        let dir = directory();
        let start = Moment::now();
        let mut command = Command::new("unshare");
        command.args(["--time", "--boottime", offset, "--fork", "--kill-child", SUBJECT]);
        let (_subject, path) = publish(&mut command, dir.path());
        assert_eq!(header(&path).created_boottime_ns.get(), 0);
        let age = age(dir.path());
        assert!(age <= Moment::now().since(start), "{offset}: {age:?}");
    }
}
