//! Both pollstats over the same files, also while the original writes to them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mmstats_tests::original::Original;

use crate::live::{original, start_writer};

/// Fields that the original adds up rightly: whole numbers.
const FIELDS: &str = "calls,level,sys.pid,state";

/// The numbers in lines of columns, without titles and colours.
fn numbers(text: &str) -> Vec<Vec<i128>> {
    let plain = text.replace("\x1b[1;33m", "").replace("\x1b[0;0m", "").replace("\x1b[1m", "");
    let row =
        |line: &str| line.split('|').map(|cell| cell.trim().parse::<i128>().ok()).collect::<Option<_>>();
    plain.lines().filter_map(row).collect()
}

/// What the original's says that the writer of the file at `path` counted so far.
fn calls(original: &Original, path: &Path) -> i128 {
    numbers(&original.pollstats(&["-c", "1", "-d", "0", "calls"], &[path.to_owned()]))[0][0]
}

fn ours(files: &[PathBuf], count: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pollstats"))
        .args(["-c", count, "-d", "0.01", FIELDS])
        .args(files)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn both_pollstats_print_the_same_numbers_over_the_same_files() {
    let Some(original) = original() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for _ in 0..3 {
        let (mut writer, path) = start_writer(&original, dir.path());
        while calls(&original, &path) == 0 {}
        // Killed, it leaves its file, which then stays as it is.
        writer.kill().unwrap();
        writer.wait().unwrap();
        files.push(path);
    }
    let theirs = original.pollstats(&["-c", "2", "-d", "0", FIELDS], &files);
    let (theirs, ours) = (numbers(&theirs), numbers(&ours(&files, "2")));
    assert_eq!(ours, theirs);
    assert_eq!((ours.len(), &ours[1]), (2, &vec![0; 4]), "the first line has what there is");
    assert!(ours[0][0] > 0, "{ours:?}");
}

/// Between two runs of the original's it counts as much as the original's says.
#[test]
fn what_the_original_counts_is_what_comes() {
    let Some(original) = original() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, path) = start_writer(&original, dir.path());
    let files = [path];
    let mut polling = Command::new(env!("CARGO_BIN_EXE_pollstats"))
        .args(["-d", "0.05", "calls"])
        .args(&files)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(polling.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut sum = 0;
    let before = calls(&original, &files[0]);
    while sum <= before {
        let came = numbers(&lines.next().unwrap());
        came.iter().flatten().for_each(|came| {
            assert!(*came >= 0);
            sum += came;
        });
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    let counted = calls(&original, &files[0]);
    while sum < counted {
        sum += numbers(&lines.next().unwrap()).concat().iter().sum::<i128>();
    }
    assert_eq!(sum, counted);
    polling.kill().unwrap();
    polling.wait().unwrap();
}
