//! A program that resumes goes on from the counters of its last run, however that ended, and whoever else
//! wants to at the same time.

use std::path::PathBuf;
use std::process::Command;

use mmstats_reader::Value;
use mmstats_tests::reading::{instance_id, values};
use mmstats_tests::subject::Subject;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

#[test]
fn a_killed_programs_counters_go_on_though_it_did_not_wish_to_keep_them() {
    let dir = tempfile::tempdir().unwrap();
    for run in 1..=3 {
        let mut subject = Subject::start(SUBJECT);
        let path = subject.ask(&format!("create {} x.mmstats resume", dir.path().display()));
        assert_eq!(subject.ask("incr 5"), "done");
        assert_eq!(values(&path, "subject.events"), [Value::U64(5 * run)]);
        subject.kill();
    }
}

#[test]
fn the_counts_of_all_threads_go_on_in_one_slot() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut id = None;
    for run in 1..=3 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crowd"));
        let mut crowd = Subject::spawn(command.env("MMSTATS_PATH", dir.path()));
        let path = PathBuf::from(crowd.ask("init keep resume name x.mmstats"));
        // Before a thread has a slot.
        assert_eq!(values(&path, "crowd.events"), [Value::U64(1_005 * (run - 1))]);
        assert_eq!(crowd.ask("hold 5"), "done");
        assert_eq!(crowd.ask("run 100 10 10"), "done");
        assert_eq!(values(&path, "crowd.events"), [Value::U64(1_005 * run)]);
        assert_eq!(values(&path, "crowd.held"), [Value::I64(5)]);
        assert_eq!(instance_id(&path), *id.get_or_insert(instance_id(&path)));
        assert_eq!(path, dir.path().join("x.mmstats"));
        if run == 1 {
            crowd.kill();
        } else {
            crowd.tell("exit");
            assert!(crowd.wait().success());
        }
    }
}

/// One of them has the counters, each another name, and none are counted twice or lost.
#[test]
fn of_programs_that_resume_at_the_same_time_one_goes_on() {
    const ROUNDS: u64 = 300;
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let paths = ["x.mmstats", "x-2.mmstats"].map(|name| dir.path().join(name));
    let mut subjects = [Subject::start(SUBJECT), Subject::start(SUBJECT)];
    let create = format!("create {} x.mmstats keep resume", dir.path().display());
    for round in 1..=ROUNDS {
        for subject in &mut subjects {
            subject.tell(&create);
        }
        let mut taken = subjects.each_mut().map(|subject| PathBuf::from(subject.answer()));
        taken.sort_unstable_by_key(|path| path != &paths[0]);
        assert_eq!(taken, paths, "round {round}");
        for subject in &mut subjects {
            assert_eq!(subject.ask("incr 1"), "done");
        }
        // Each has gone on from one of the two files of the round before.
        assert_eq!(
            paths.each_ref().map(|path| values(path, "subject.events")),
            [(); 2].map(|()| vec![Value::U64(round)])
        );
        for subject in &mut subjects {
            assert_eq!(subject.ask("release"), "done");
        }
    }
}
