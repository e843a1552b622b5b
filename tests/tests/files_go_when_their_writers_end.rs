//! A program that ends in order takes its file away, also if it never dropped the struct; one that is ended
//! leaves it, for whoever asks why.

use std::path::Path;

use mmstats_reader::{Liveness, Reader};
use mmstats_tests::subject::Subject;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

/// Ends a program that has published in `dir`, and says whether its file is left; a dead one's, then.
fn is_left(dir: &Path, how: &str, end: impl FnOnce(&mut Subject)) -> bool {
    let mut subject = Subject::start(SUBJECT);
    let path = subject.ask(&format!("create {} x.mmstats {how}", dir.display()));
    end(&mut subject);
    subject.wait();
    let is_left = Path::new(&path).exists();
    if is_left {
        assert_eq!(Reader::open(&path).unwrap().liveness().unwrap(), Liveness::Dead);
    }
    is_left
}

#[test]
fn an_end_in_order_takes_the_file_away_unless_it_is_to_be_kept() {
    for how in ["exit", "exit-elsewhere", "panic"] {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_left(dir.path(), "", |subject| subject.tell(how)), "{how}");
        assert!(is_left(dir.path(), "keep", |subject| subject.tell(how)), "{how}");
    }
}

#[test]
fn an_end_by_force_leaves_the_file() {
    let dir = tempfile::tempdir().unwrap();
    assert!(is_left(dir.path(), "", |subject| subject.tell("abort")));
    for signal in [Signal::SIGTERM, Signal::SIGUSR1, Signal::SIGKILL] {
        let pid = |subject: &Subject| Pid::from_raw(subject.pid().try_into().unwrap());
        assert!(is_left(dir.path(), "", |subject| kill(pid(subject), signal).unwrap()), "{signal}");
    }
}
