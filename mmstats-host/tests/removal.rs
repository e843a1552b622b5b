//! A file is removed only if the caller says twice that its writer is dead: without the directory's lock, and under it.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use mmstats_host::file::OpenError;
use mmstats_host::liveness::Liveness;
use mmstats_host::removal::{
    Candidate, Removal, RemovalError, Writer, lock_directory, remove_dead, writer_of_format_2,
};
use tempfile::TempDir;

const DEAD: Writer = Writer { liveness: Liveness::Dead, is_kept: false };

/// A directory with a file of no known format.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x.mmstats"), "of a format that nobody here reads").unwrap();
    dir
}

/// The result of the removal if the caller returns these writers, one at each call.
fn remove(dir: &Path, with_kept: bool, writers: &[Option<Writer>]) -> Removal {
    let asked = Cell::new(0);
    let writer_of = |_: &File| Ok(writers[asked.replace(asked.get() + 1)]);
    remove_dead(&File::open(dir).unwrap(), "x.mmstats".as_ref(), with_kept, &writer_of).unwrap()
}

#[test]
fn whoever_removes_a_file_says_whether_its_writer_is_dead_in_any_format() {
    let dir = directory();
    let of = |liveness| Some(Writer { liveness, is_kept: false });
    let kept = Some(Writer { is_kept: true, ..DEAD });
    assert_eq!(remove(dir.path(), true, &[None]), Removal::Foreign);
    assert_eq!(remove(dir.path(), true, &[of(Liveness::Alive)]), Removal::NotDead(Liveness::Alive));
    assert_eq!(remove(dir.path(), true, &[of(Liveness::Unknown)]), Removal::NotDead(Liveness::Unknown));
    assert_eq!(remove(dir.path(), false, &[kept]), Removal::Kept);
    assert!(dir.path().join("x.mmstats").exists());
    assert_eq!(remove(dir.path(), true, &[kept, kept]), Removal::Removed);
    assert!(!dir.path().join("x.mmstats").exists());
    assert_eq!(remove(dir.path(), true, &[]), Removal::Missing);
}

#[test]
fn the_writer_is_asked_for_again_under_the_lock() {
    let dir = directory();
    let alive = Some(Writer { liveness: Liveness::Alive, ..DEAD });
    assert_eq!(remove(dir.path(), false, &[Some(DEAD), alive]), Removal::NotDead(Liveness::Alive));
    assert_eq!(remove(dir.path(), false, &[Some(DEAD), None]), Removal::Foreign);
    let kept = Some(Writer { is_kept: true, ..DEAD });
    assert_eq!(remove(dir.path(), false, &[Some(DEAD), kept]), Removal::Kept);
    assert!(dir.path().join("x.mmstats").exists());
    assert_eq!(remove(dir.path(), false, &[Some(DEAD); 2]), Removal::Removed);
}

#[test]
fn nothing_is_removed_while_somebody_else_has_the_lock() {
    let dir = directory();
    let opened = File::open(dir.path()).unwrap();
    let uid = nix::unistd::geteuid().as_raw();
    let lock = lock_directory(&opened, uid).unwrap().unwrap();
    assert_eq!(remove(dir.path(), false, &[Some(DEAD)]), Removal::Busy);
    drop(lock);
    assert_eq!(remove(dir.path(), false, &[Some(DEAD); 2]), Removal::Removed);
}

#[test]
fn a_file_whose_writer_cannot_be_found_out_stays_with_the_reason() {
    let dir = directory();
    let opened = File::open(dir.path()).unwrap();
    let fails = |_: &File| Err(io::Error::other("no answer"));
    let error = remove_dead(&opened, "x.mmstats".as_ref(), true, &fails).unwrap_err();
    assert!(matches!(error, RemovalError::Read(_)));
    assert_eq!(error.to_string(), "no answer");
    assert!(dir.path().join("x.mmstats").exists());
}

#[test]
fn a_lock_is_no_file_to_remove_and_neither_is_what_is_not_regular() {
    let dir = directory();
    let opened = File::open(dir.path()).unwrap();
    fs::create_dir(dir.path().join("directory.mmstats")).unwrap();
    std::os::unix::fs::symlink("x.mmstats", dir.path().join("link.mmstats")).unwrap();
    for name in [".lock", ".lock-1000", "directory.mmstats", "link.mmstats"] {
        fs::write(dir.path().join(".lock"), "").unwrap();
        let error = Candidate::open(&opened, name.as_ref()).unwrap_err();
        assert!(matches!(error, OpenError::NotRegular { .. }), "{name}: {error}");
        let removal = remove_dead(&opened, name.as_ref(), true, &|_| Ok(Some(DEAD))).unwrap();
        assert_eq!(removal, Removal::Foreign, "{name}");
    }
}

#[test]
fn files_of_other_formats_have_no_writer_to_those_who_read_format_2_alone() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("format 1", b"\x01\x05\x00calls\x01\x00H\x00\x00\x00"),
        ("short", b"\x02mmstats"),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        assert_eq!(writer_of_format_2(&File::open(path).unwrap()).unwrap(), None, "{name}");
    }
}
