//! Which files are found, and in which order.

use std::fs;
use std::os::unix::fs::symlink;
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
