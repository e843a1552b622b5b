//! A new file takes the name of a dead writer's file, and of nothing else, whoever races for it.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mmstats_format::header::FLAG_KEEP;
use mmstats_reader::{Liveness, Reader};
use mmstats_tests::reading::liveness;
use mmstats_tests::stale;
use mmstats_tests::subject::Subject;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

#[test]
fn a_live_file_keeps_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let (mut first, mut second) = (Subject::start(SUBJECT), Subject::start(SUBJECT));
    assert_eq!(first.create(dir.path(), "x.mmstats"), dir.path().join("x.mmstats"));
    assert_eq!(second.create(dir.path(), "x.mmstats"), dir.path().join("x-2.mmstats"));
    assert_eq!(liveness(dir.path().join("x.mmstats")), Liveness::Alive);
    assert_eq!(liveness(dir.path().join("x-2.mmstats")), Liveness::Alive);
}

#[test]
fn a_killed_writers_file_stays_until_its_name_is_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let mut killed = Subject::start(SUBJECT);
    let path = killed.create(dir.path(), "x.mmstats");
    killed.ask("incr 3");
    killed.kill();
    assert_eq!(liveness(&path), Liveness::Dead);
    let mut next = Subject::start(SUBJECT);
    assert_eq!(next.create(dir.path(), "x.mmstats"), path);
    assert_eq!(liveness(&path), Liveness::Alive);
}

#[test]
fn a_kept_file_outlives_its_writer_and_keeps_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Subject::start(SUBJECT);
    let path: PathBuf = writer.ask(&format!("create {} x.mmstats keep", dir.path().display())).into();
    assert_eq!(writer.ask("release"), "done");
    assert_eq!(liveness(&path), Liveness::Dead);
    assert_eq!(writer.create(dir.path(), "x.mmstats"), dir.path().join("x-2.mmstats"));
    assert!(path.exists());
}

#[test]
fn a_file_of_unknown_liveness_keeps_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut killed = Subject::start(SUBJECT);
    let original = killed.create(dir.path(), "original.mmstats");
    killed.kill();
    let copy = dir.path().join("x.mmstats");
    fs::copy(&original, &copy).unwrap();
    assert_eq!(liveness(&copy), Liveness::Unknown);
    let mut next = Subject::start(SUBJECT);
    assert_eq!(next.create(dir.path(), "x.mmstats"), dir.path().join("x-2.mmstats"));
}

/// A writer does not read format 1, so it cannot tell whose the file is.
#[test]
fn a_file_of_format_1_keeps_its_name_also_if_its_writer_is_dead() {
    let dir = tempfile::tempdir().unwrap();
    let mut ended = Command::new("true").spawn().unwrap();
    assert!(ended.wait().unwrap().success());
    let fields = [("sys.pid", b"Q", u64::from(ended.id())), ("sys.created", b"d", 1.0_f64.to_bits())];
    let mut bytes = vec![1];
    for (label, type_, value) in fields {
        bytes.extend(u16::try_from(label.len()).unwrap().to_ne_bytes());
        bytes.extend(label.as_bytes());
        bytes.extend(1_u16.to_ne_bytes());
        bytes.extend(type_);
        bytes.push(0xff);
        bytes.extend(value.to_ne_bytes());
    }
    bytes.extend([0; 2]);
    let path = dir.path().join("x.mmstats");
    fs::write(&path, &bytes).unwrap();
    assert_eq!(liveness(&path), Liveness::Dead);
    let mut next = Subject::start(SUBJECT);
    assert_eq!(next.create(dir.path(), "x.mmstats"), dir.path().join("x-2.mmstats"));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn dropping_removes_the_file_but_not_another_that_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut subject = Subject::start(SUBJECT);
    let path = subject.create(dir.path(), "x.mmstats");
    subject.ask("release");
    assert!(!path.exists());
    subject.create(dir.path(), "x.mmstats");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "another").unwrap();
    subject.ask("release");
    assert_eq!(fs::read(&path).unwrap(), b"another");
}

/// Unlinking a stale file without the directory's lock lost live files in up to 28 of 100 rounds:
/// one starter looked, another replaced the file, and the first unlinked the new one.
#[test]
fn no_live_file_is_lost_when_starters_and_removers_race_for_a_stale_name() {
    const ROUNDS: usize = 5_000;
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = dir.path().join("x.mmstats");
    let mut starters: Vec<Subject> = (0..4).map(|_| Subject::start(SUBJECT)).collect();
    let mut removers: Vec<Subject> = (0..2).map(|_| Subject::start(SUBJECT)).collect();
    let mut taken_over = 0;
    for round in 0..ROUNDS {
        stale::write(&path, 0).unwrap();
        for subject in &mut starters {
            subject.tell(&format!("create {} x.mmstats", dir.path().display()));
        }
        for subject in &mut removers {
            subject.tell(&format!("remove {} x.mmstats", dir.path().display()));
        }
        let mut files = HashSet::new();
        for subject in &mut starters {
            let file = PathBuf::from(subject.answer());
            // Lost: the name is gone, or is that of another starter's file.
            let reader =
                Reader::open(&file).unwrap_or_else(|error| panic!("round {round}: {file:?}: {error}"));
            assert_eq!(reader.header().unwrap().pid.get(), subject.pid(), "round {round}: {file:?} was lost");
            assert_eq!(reader.liveness().unwrap(), Liveness::Alive);
            assert!(files.insert(file));
        }
        for subject in &mut removers {
            let answer = subject.answer();
            assert!(!answer.starts_with("error"), "round {round}: {answer}");
        }
        taken_over += usize::from(files.contains(&path));
        for subject in &mut starters {
            subject.ask("release");
        }
        // Left over if every starter found the lock busy.
        let _ = fs::remove_file(&path);
    }
    assert!(taken_over > ROUNDS / 2, "the stale name was taken in only {taken_over} rounds");
}

#[test]
fn a_kept_stale_file_is_not_removed_by_anybody() {
    let dir = tempfile::tempdir().unwrap();
    stale::write(&dir.path().join("x.mmstats"), FLAG_KEEP).unwrap();
    let mut subject = Subject::start(SUBJECT);
    assert_eq!(subject.ask(&format!("remove {} x.mmstats", dir.path().display())), "Kept");
    assert_eq!(subject.create(dir.path(), "x.mmstats"), dir.path().join("x-2.mmstats"));
}
