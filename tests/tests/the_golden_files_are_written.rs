//! The SDK writes the golden files of format 2 exactly as they are in `tests/golden/v2/written`, byte by byte.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

#[path = "../golden/recordings.rs"]
mod recordings;

use mmstats_tests::elsewhere::Elsewhere;
use recordings::{Files, Recordings};

/// No file has the inode number 0, so readers never take a copy for the file that the writer created. Hardly anybody has
/// this user id, so readers always report that the file names a writer who is not its owner.
const ELSEWHERE: Elsewhere = Elsewhere { inode: (0, 0), uid: 4_200_000_000 };

#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "without thread ids the main thread has the program's name")]
fn the_sdk_writes_the_golden_files_byte_by_byte() {
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_golden")).arg0("golden").arg(dir.path()).status().unwrap();
    assert!(status.success());
    let mut files = Files::new();
    for path in fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()) {
        let mut bytes = fs::read(&path).unwrap();
        if !ELSEWHERE.replace(&mut bytes) {
            eprintln!(
                "passed over: the version of this compiler is longer or shorter than that in the files"
            );
            return;
        }
        files.insert(format!("written/{}", path.file_name().unwrap().display()), bytes);
    }
    Recordings::golden("v2").check(
        |name| name.starts_with("written/") && name.ends_with(".mmstats"),
        &files,
        "cargo test -p mmstats-tests --test the_golden_files_are_written",
    );
}
