//! cleanstats: what it would remove at every step, and what it removes at some steps.

use std::fs;

use mmstats_tests::system::is_root;

use crate::recording::Recordings;
use crate::stage::{FILES, Stage};

const TOOL: &str = env!("CARGO_BIN_EXE_cleanstats");

const RUNS: [(&str, &[&str]); 5] = [
    ("text", &[]),
    ("json", &["--json"]),
    ("kept_text", &["--kept"]),
    ("kept_json", &["--kept", "--json"]),
    ("selected", &["--process", "web", "-I", "web.*"]),
];

#[test]
fn cleanstats_says_what_it_said() {
    if !is_root("cleanstats_says_what_it_said") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("cleanstats_dry_run"), Stage::new());
    loop {
        for (name, arguments) in RUNS {
            let said = stage.run(TOOL, &[&["--dry-run"], arguments, &[FILES]].concat());
            recordings.add(&format!("{name}.txt"), &stage.heading(), &said);
        }
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    recordings.finish();
}

#[test]
fn cleanstats_removes_what_it_removed() {
    if !is_root("cleanstats_removes_what_it_removed") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("cleanstats"), Stage::new());
    for (name, arguments) in RUNS {
        // Each starts from the first step, because removed files are missing in the steps that follow.
        for last in [0, 3, 5, 7, 11] {
            stage.restart();
            while stage.step() < last {
                stage.next();
            }
            let said = stage.run(TOOL, &[arguments, &[FILES]].concat());
            let mut left: Vec<String> = fs::read_dir(stage.path(FILES))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            left.sort();
            let text = format!("{said}--- left\n{}\n", left.join("\n"));
            recordings.add(&format!("{name}.txt"), &stage.heading(), &text);
        }
    }
    recordings.finish();
}
