//! Files that shrink, grow, and are replaced while they are read.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use crate::fixture::{Field, Fixture, NONE, text};
use crate::{new_place, owner};

/// Changes the file at `path` in all these ways, until it is told to stop.
fn change(path: &Path, is_over: &AtomicBool) {
    let fields = |count: u64| {
        let counters = (0..count).map(|index| Field::counter(&format!("counter.{index}"), &[index]));
        let texts = [Field::text("text", NONE, &[text(64, &[b'x'; 64])])];
        Fixture { uid: owner(), ..Fixture::with_fields(counters.chain(texts)) }
    };
    let (small, large) = (fields(1).build().bytes, fields(500).build().bytes);
    let other = path.with_extension("other");
    while !is_over.load(Ordering::Relaxed) {
        fs::write(path, &large).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        for len in [large.len() / 2, 300, 100, 0, large.len() * 2] {
            file.set_len(len as u64).unwrap();
        }
        fs::write(&other, &small).unwrap();
        fs::rename(&other, path).unwrap();
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_file_that_changes_is_shown_or_said_to_be_bad() {
    let place = new_place();
    let path = place.path("a.mmstats");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| change(&path, &is_over));
        let formats = [&[][..], &["--table"], &["--csv"], &["--json"], &["--json", "--by", "all"]];
        for arguments in formats.iter().cycle().take(100) {
            // A status at all: it was not ended by a signal.
            let said = place.run(arguments.iter().chain(&["."]));
            assert!(said.status == 0 || (said.status == 1 && !said.stderr.is_empty()), "{}", said.stderr);
            if arguments.first() == Some(&"--json") {
                assert!(said.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
