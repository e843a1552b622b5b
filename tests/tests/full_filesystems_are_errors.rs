//! A full filesystem is an error of `create`, never a signal, and leaves no file.

use std::fs;

use mmstats_reader::{Liveness, Reader};
use mmstats_tests::subject::Subject;
use mmstats_tests::system::{Mount, is_root};

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

#[test]
fn a_tmpfs_of_64_kib_fills_up() {
    if !is_root("a_tmpfs_of_64_kib_fills_up") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let full = Mount::new(&dir.path().join("full"), "tmpfs", "size=64k,mode=0700");
    let mut subjects = Vec::new();
    let refusal = loop {
        let mut subject = Subject::start(SUBJECT);
        let answer = subject.ask(&format!("create {} x.mmstats", full.path.display()));
        if answer.starts_with("error") {
            // It lives, and says so.
            assert!(subject.ask("incr 1").starts_with("error: not understood"));
            break answer;
        }
        subjects.push((subject, answer));
        assert!(subjects.len() < 17, "64 KiB cannot hold so many files");
    };
    assert!(refusal.contains("no space for") && refusal.contains("MMSTATS_PATH"), "{refusal}");
    assert_eq!(fs::read_dir(&full.path).unwrap().count(), subjects.len());
    for (subject, path) in &mut subjects {
        assert_eq!(subject.ask("incr 1000"), "done");
        assert_eq!(subject.ask("text full"), "done");
        assert_eq!(Reader::open(&*path).unwrap().liveness().unwrap(), Liveness::Alive);
    }
}

#[test]
fn a_limit_on_file_sizes_is_an_error_not_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -f 1; exec \"$0\"", SUBJECT]);
    let mut subject = Subject::spawn(&mut command);
    let answer = subject.ask(&format!("create {} x.mmstats", dir.path().display()));
    assert!(answer.contains("RLIMIT_FSIZE") && answer.contains("ulimit -f"), "{answer}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
