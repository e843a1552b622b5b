//! A library that counts can be unloaded while threads that counted by it live: nothing of it is called when
//! they end.

use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats_reader::{Reader, Value};

const LOADER: &str = env!("CARGO_BIN_EXE_loader");

/// The library, built as this test was, in the same folder.
fn plugin() -> PathBuf {
    let profile = Path::new(LOADER).parent().unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "mmstats-tests", "--example", "plugin", "--target-dir"])
        .arg(profile.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
    profile.join("examples/libplugin.so")
}

#[test]
fn while_threads_that_counted_by_it_live() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let output = Command::new(LOADER).arg(plugin()).env("MMSTATS_PATH", dir.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "unloaded\n");
    let mut reader = Reader::open(dir.path().join("plugin.mmstats")).unwrap();
    let snapshot = reader.snapshot().unwrap();
    let events = snapshot.metrics().find(|metric| metric.label() == "events").unwrap();
    assert_eq!(events.value().unwrap(), Value::U64(8));
}
