//! Which files are found, and in which order.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use mmstats_reader::{scan, scan_found};
use nix::sys::stat::Mode;

use crate::fixture::{Field, Fixture};

fn names(directory: &Path, found: impl Iterator<Item = (PathBuf, bool)>) -> Vec<(String, bool)> {
    found
        .map(|(path, is_read)| (path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned(), is_read))
        .collect()
}

#[test]
fn a_directory_is_read_one_level_deep_and_sorted() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let fixture = Fixture::with_fields([Field::counter("a", &[1])]);
    for name in ["b.mmstats", "a.mmstats", ".hidden.mmstats", "c.other", "mmstats", ".mmstats"] {
        fixture.write(&path(name));
    }
    fs::write(path("bad.mmstats"), "bad").unwrap();
    fs::create_dir(path("directory.mmstats")).unwrap();
    fixture.write(&path("directory.mmstats/inner.mmstats"));
    symlink(path("a.mmstats"), path("link.mmstats")).unwrap();
    nix::unistd::mkfifo(&path("fifo.mmstats"), Mode::S_IRWXU).unwrap();

    let found = scan([directory.path()]).map(|(path, reader)| (path, reader.is_ok()));
    assert_eq!(
        names(directory.path(), found),
        [("a.mmstats".into(), true), ("b.mmstats".into(), true), ("bad.mmstats".into(), false)]
    );
}

#[test]
fn a_path_that_is_named_is_read_whatever_its_name_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let fixture = Fixture::with_fields([Field::counter("a", &[1])]);
    for name in ["odd", "a.mmstats"] {
        fixture.write(&path(name));
    }
    symlink(path("odd"), path("link")).unwrap();
    let paths = [path("odd"), path("missing"), path("link"), path("a.mmstats"), directory.path().into()];
    let found = scan(paths).map(|(path, reader)| (path, reader.is_ok()));
    assert_eq!(
        names(directory.path(), found),
        [("a.mmstats".into(), true), ("link".into(), false), ("missing".into(), false), ("odd".into(), true)]
    );
}

#[test]
fn what_was_found_and_is_gone_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    Fixture::default().write(&path("a"));
    symlink(path("a"), path("link")).unwrap();
    fs::write(path("bad"), "bad").unwrap();
    let found = scan_found([path("gone"), path("link"), path("a"), path("bad")]);
    let found = found.map(|(path, reader)| (path, reader.is_ok()));
    assert_eq!(names(directory.path(), found), [("a".into(), true), ("bad".into(), false)]);

    Fixture::default().write(&path("z.mmstats"));
    let listed = scan([directory.path()]);
    fs::remove_file(path("z.mmstats")).unwrap();
    assert_eq!(listed.count(), 0);
}

#[test]
fn a_link_to_a_directory_is_as_good_as_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("real")).unwrap();
    Fixture::default().write(&directory.path().join("real/a.mmstats"));
    let link = directory.path().join("link");
    symlink("real", &link).unwrap();
    let found = scan([&link]).map(|(path, reader)| (path, reader.is_ok()));
    assert_eq!(names(&link, found), [("a.mmstats".into(), true)]);
}

/// Anybody may have made it.
#[test]
fn a_link_to_a_directory_that_nobody_named_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("real")).unwrap();
    Fixture::default().write(&directory.path().join("real/a.mmstats"));
    let link = directory.path().join("link");
    symlink("real", &link).unwrap();
    assert_eq!(scan_found([&link]).count(), 0);
    assert_eq!(scan_found([link.join("a.mmstats")]).count(), 1);
}

#[test]
fn the_files_of_a_scan_are_below_the_directories_that_it_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for (dir, label) in [("one", "own"), ("two", "other")] {
        fs::create_dir(path(dir)).unwrap();
        Fixture::with_fields([Field::counter(label, &[1])]).write(&path(dir).join("a.mmstats"));
    }
    for named in [path("one"), path("one/a.mmstats")] {
        let found = scan([&named]);
        fs::rename(path("one"), path("aside")).unwrap();
        symlink("two", path("one")).unwrap();
        let labels: Vec<String> = found
            .map(|(_, reader)| {
                let mut reader = reader.unwrap();
                let snapshot = reader.snapshot().unwrap();
                let metric = snapshot.metrics().find(|metric| metric.label().starts_with('o')).unwrap();
                metric.label().to_owned()
            })
            .collect();
        fs::remove_file(path("one")).unwrap();
        fs::rename(path("aside"), path("one")).unwrap();
        assert_eq!(labels, ["own"], "{named:?}");
    }
}

#[test]
fn what_follows_a_slash_has_to_be_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    Fixture::default().write(&directory.path().join("a"));
    for wrong in ["a/", "a/.", "a/b", "missing/", "missing/..", "missing/a"] {
        let mut found = scan([directory.path().join(wrong)]);
        assert!(matches!(found.next(), Some((_, Err(_)))), "{wrong}");
        assert!(found.next().is_none(), "{wrong}");
    }
}

/// A user may look up names in a directory that only others may list.
#[test]
fn a_named_file_is_read_in_a_directory_that_cannot_be_listed() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("passed over: only root can become another user");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.mmstats");
    Fixture::default().write(&path);
    for (path, mode) in [(directory.path(), 0o711), (&path, 0o644)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // Only this thread becomes another user.
    let found = std::thread::spawn(move || {
        nix::unistd::setfsuid(65_534.into());
        (
            scan([&path]).all(|(_, reader)| reader.is_ok()),
            scan([path.parent().unwrap()]).all(|(_, reader)| reader.is_err()),
        )
    });
    assert_eq!(found.join().unwrap(), (true, true));
}
