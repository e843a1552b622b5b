//! A program that is killed again and again leaves its eight newest files, and takes nobody else's away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats_tests::subject::Subject;
use mmstats_tests::system::is_root;
use mmstats_tests::users::{ATTACKER, Ground, VICTIM, copy_program};

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");
const NEWEST: usize = 8;

/// Lets `subject` publish in `dir`, and returns it with its file.
fn publish(mut subject: Subject, dir: &Path, how: &str) -> (Subject, PathBuf) {
    let create = format!("create {} {{CMD}}-{{PID}}-{{NAME}}.mmstats readable {how}", dir.display());
    let answer = subject.ask(&create);
    assert!(answer.starts_with('/'), "{answer}");
    (subject, answer.into())
}

fn publish_and_die(subject: Subject, dir: &Path, how: &str) -> PathBuf {
    let (subject, path) = publish(subject, dir, how);
    subject.kill();
    path
}

fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "mmstats")).collect()
}

#[test]
fn a_program_killed_twenty_times_leaves_its_newest_files_and_all_that_is_not_its_own() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let dir = dir.path();
    let programs = tempfile::tempdir().unwrap();
    let other_program = programs.path().join("other");
    copy_program(SUBJECT, &other_program);
    let start = || Subject::start(SUBJECT);
    let (_live, live_file) = publish(start(), dir, "");
    let mut expected: BTreeSet<PathBuf> = [live_file, publish_and_die(start(), dir, "keep")].into();
    for _ in 0..NEWEST {
        expected.insert(publish_and_die(Subject::spawn(&mut Command::new(&other_program)), dir, ""));
    }
    let copy = dir.join("subject-1-SubjectStats.mmstats");
    std::fs::copy(publish_and_die(start(), dir, ""), &copy).unwrap();
    expected.insert(copy);

    let killed: Vec<PathBuf> = (0..20).map(|_| publish_and_die(start(), dir, "")).collect();
    let (_last, last_file) = publish(start(), dir, "");
    expected.insert(last_file);
    expected.extend(killed[20 - NEWEST..].iter().cloned());
    assert_eq!(files(dir), expected);
}

#[test]
fn programs_that_run_are_not_counted() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let killed = (0..NEWEST).map(|_| publish_and_die(Subject::start(SUBJECT), dir.path(), ""));
    let mut expected: BTreeSet<PathBuf> = killed.collect();
    let running: Vec<_> = (0..=NEWEST).map(|_| publish(Subject::start(SUBJECT), dir.path(), "")).collect();
    expected.extend(running.iter().map(|(_, path)| path.clone()));
    assert_eq!(files(dir.path()), expected);
}

/// Root may read and remove them.
#[test]
fn other_users_files_of_the_same_program_are_left_to_them() {
    if !is_root("other_users_files_of_the_same_program_are_left_to_them") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    let shared = ground.make_dir("shared", 0, 0o1777);
    let start = |uid| Subject::spawn(&mut ground.command(SUBJECT, uid));
    let mut expected = BTreeSet::new();
    for uid in [VICTIM, ATTACKER] {
        expected.extend((0..NEWEST).map(|_| publish_and_die(start(uid), &shared, "")));
    }
    let killed: Vec<PathBuf> = (0..NEWEST + 2).map(|_| publish_and_die(start(0), &shared, "")).collect();
    let (_last, last_file) = publish(start(0), &shared, "");
    expected.extend(killed[2..].iter().cloned());
    expected.insert(last_file);
    assert_eq!(files(&shared), expected);
}
