//! What `create` refuses, and that it leaves nothing behind when it does.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use mmstats::{Counter, CreateError, DirectoryProblem, FileNameProblem, MmStats, Stats};
use mmstats_tests::system::is_root;
use nix::sys::stat::Mode;
use nix::unistd::{Uid, chown, mkfifo};

#[derive(MmStats)]
#[repr(C)]
struct SmallStats {
    events: Counter,
}

fn create_in(dir: impl AsRef<Path>) -> Result<Stats<SmallStats>, CreateError> {
    SmallStats::options().dir(dir.as_ref()).create()
}

fn directory_problem(dir: impl AsRef<Path>) -> DirectoryProblem {
    match create_in(dir) {
        Err(CreateError::Directory { problem, .. }) => problem,
        other => {
            panic!("expected a directory problem, found {:?}", other.map(|stats| stats.path()))
        }
    }
}

fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().next().is_none()
}

#[test]
fn a_missing_directory_is_made_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let stats = create_in(dir.path().join("a/b")).unwrap();
    assert!(stats.path().starts_with(dir.path().join("a/b")));
    let mode = fs::metadata(dir.path().join("a/b")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let error = create_in(dir.path().join("file/b")).err().unwrap().to_string();
    assert!(error.contains("file/b (from options().dir(…)): it "), "{error}");
}

#[test]
fn a_file_is_no_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "mine").unwrap();
    assert!(matches!(directory_problem(dir.path().join("file")), DirectoryProblem::NotADirectory));
    assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"mine");
}

#[test]
fn a_link_to_a_directory_is_refused_also_with_a_slash_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("target")).unwrap();
    symlink("target", dir.path().join("link")).unwrap();
    for name in ["link", "link/", "link/."] {
        assert!(matches!(directory_problem(dir.path().join(name)), DirectoryProblem::Link), "{name}");
    }
    assert!(is_empty(&dir.path().join("target")));
}

#[test]
fn somebody_elses_directory_is_refused() {
    if !is_root("somebody_elses_directory_is_refused") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    chown(dir.path(), Some(Uid::from_raw(65534)), None).unwrap();
    let problem = directory_problem(dir.path());
    assert_eq!(
        problem.to_string(),
        "expected a directory of user 0 or root, found one of user 65534; name one of your own"
    );
    assert!(is_empty(dir.path()));
}

#[test]
fn a_directory_that_others_may_write_to_has_to_be_sticky() {
    let dir = tempfile::tempdir().unwrap();
    for (mode, is_refused) in [(0o777, true), (0o770, true), (0o1777, false), (0o755, false)] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        match create_in(dir.path()) {
            Err(CreateError::Directory {
                problem: DirectoryProblem::TooOpen { mode: found, .. }, ..
            }) => {
                assert!(is_refused && found == mode, "{mode:o}");
            }
            Ok(_) => assert!(!is_refused, "{mode:o}"),
            Err(other) => panic!("{mode:o}: {other}"),
        }
        assert!(is_empty(dir.path()));
    }
}

/// In a container a volume is often root's and open to all: its user cannot change its mode.
#[test]
fn a_directory_that_others_may_write_to_is_refused_with_one_that_can_be_used() {
    let dir = tempfile::tempdir().unwrap();
    for mode in [0o777, 0o770, 0o2777, 0o2770, 0o722] {
        let volume = dir.path().join(format!("volume-{mode:o}"));
        fs::create_dir(&volume).unwrap();
        fs::set_permissions(&volume, fs::Permissions::from_mode(mode)).unwrap();
        let error = create_in(&volume).err().unwrap().to_string();
        let below = volume.join("mmstats");
        let advice =
            format!("name a new directory below it, such as {}, which mmstats makes", below.display());
        assert!(error.contains(&advice), "{error}");
        assert!(is_empty(&volume));

        let stats = create_in(&below).unwrap();
        assert!(stats.path().starts_with(&below));
        assert_eq!(fs::metadata(&below).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn file_names_cannot_leave_the_directory_or_have_unknown_placeholders() {
    let dir = tempfile::tempdir().unwrap();
    let problem = |template: &str| match SmallStats::options().dir(dir.path()).file_name(template).create() {
        Err(CreateError::FileName { problem, .. }) => problem,
        _ => panic!("expected a file name problem of {template:?}"),
    };
    assert_eq!(problem("../x.mmstats"), FileNameProblem::Slash);
    assert_eq!(problem("/etc/x.mmstats"), FileNameProblem::Slash);
    assert_eq!(
        problem("{HOST}.mmstats").to_string(),
        "expected {CMD}, {PID}, {TID} or {NAME}, found \"{HOST}\""
    );
    assert_eq!(problem("{PID"), FileNameProblem::Brace);
    assert_eq!(problem(".hidden"), FileNameProblem::Hidden(".hidden".to_owned()));
    assert!(is_empty(dir.path()));
}

#[test]
fn modes_let_others_at_most_read() {
    let dir = tempfile::tempdir().unwrap();
    for mode in [0o666, 0o755, 0o400, 0, 0o4644] {
        let error = SmallStats::options().dir(dir.path()).mode(mode).create().err().unwrap();
        assert!(matches!(error, CreateError::Mode { .. }), "{mode:o}");
    }
    for mode in [0o600, 0o640, 0o644] {
        let stats = SmallStats::options().dir(dir.path()).mode(mode).create().unwrap();
        assert_eq!(fs::metadata(stats.path()).unwrap().permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn attributes_are_given_once_and_not_in_our_name() {
    let options = || SmallStats::options().dir(tempfile::tempdir().unwrap().path());
    for (first, second) in [("a", "a"), ("sys.cmd", "b"), ("a", ""), ("a", "b\u{1b}")] {
        let error = options().attribute(first, "1").attribute(second, "2").create().err().unwrap();
        assert!(matches!(error, CreateError::Attribute { .. }), "{first} {second:?}");
    }
}

#[test]
fn prefixes_are_part_of_the_label_that_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    for prefix in ["x".repeat(250), "\u{7}".to_owned()] {
        let error = SmallStats::options().dir(dir.path()).prefix(prefix).create().err().unwrap();
        assert!(matches!(error, CreateError::Label { .. }), "{error}");
    }
    assert!(is_empty(dir.path()));
}

#[test]
fn whatever_else_has_the_name_is_passed_by_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("target"), "untouched").unwrap();
    symlink("target", path("x.mmstats")).unwrap();
    mkfifo(&path("x-2.mmstats"), Mode::S_IRWXU).unwrap();
    fs::create_dir(path("x-3.mmstats")).unwrap();
    fs::write(path("x-4.mmstats"), "someone's notes").unwrap();
    symlink("/nowhere/at/all", path("x-5.mmstats")).unwrap();
    fs::write(path("x-6.mmstats"), "").unwrap();
    let stats = SmallStats::options().dir(dir.path()).file_name("x.mmstats").create().unwrap();
    assert_eq!(stats.path(), path("x-7.mmstats"));
    assert_eq!(fs::read(path("target")).unwrap(), b"untouched");
    assert_eq!(fs::read(path("x-4.mmstats")).unwrap(), b"someone's notes");
    assert!(fs::symlink_metadata(path("x.mmstats")).unwrap().is_symlink());
}
