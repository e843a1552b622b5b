//! Whether a writer lives is told by its lock alone: whatever the header says, whatever the reader may see
//! of the process, and wherever the file is.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use mmstats_format::header::Header;
use mmstats_format::{Le32, Le64};
use mmstats_host::removal::{Removal, remove_dead};
use mmstats_reader::{Liveness, Origin, Reader};
use mmstats_tests::reading::liveness;
use mmstats_tests::subject::Subject;
use mmstats_tests::system::{Mount, is_root};
use mmstats_tests::users::{Ground, VICTIM};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

fn remove(path: &Path) -> Removal {
    let dir = File::open(path.parent().unwrap()).unwrap();
    remove_dead(&dir, path.file_name().unwrap(), true, &Origin::writer).unwrap()
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.try_into().unwrap())
}

/// Changes the header of the file `path` and its check.
fn rewrite(path: &Path, change: impl FnOnce(&mut Header)) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut header = *Reader::open(path).unwrap().header().unwrap();
    change(&mut header);
    let header = header.with_check(&[]);
    // Up to the counts, which the writer may store to.
    file.write_all_at(&bytemuck::bytes_of(&header)[..Header::COUNT_OFFSETS[0]], 0).unwrap();
}

/// A change to a header.
type Lie = fn(&mut Header);

/// Lies, and whether the file is that of a dead writer all the same when it has died.
const LIES: [(Lie, bool); 9] = [
    (|header| header.pid = Le32::new(1), true),
    (|header| header.pid = Le32::new(0), true),
    (|header| header.pid = Le32::new(u32::MAX), true),
    (|header| header.pid_start_time = Le64::new(1), true),
    (|header| header.pid_namespace = Le64::new(1), true),
    (|header| header.boot_id = [7; 16], true),
    (|header| header.created_realtime_ns = Le64::new(u64::MAX), true),
    (|header| header.st_ino = Le64::new(1), false),
    (|header| header.st_dev = Le64::new(1), false),
];

#[test]
fn no_lie_in_the_header_makes_the_living_dead_or_the_dead_living() {
    let dir = tempfile::tempdir().unwrap();
    for (number, (lie, is_removable)) in LIES.into_iter().enumerate() {
        let mut subject = Subject::start(SUBJECT);
        let path = subject.create(dir.path(), "x.mmstats");
        rewrite(&path, lie);
        assert_eq!(liveness(&path), Liveness::Alive, "lie {number}");
        assert_eq!(remove(&path), Removal::NotDead(Liveness::Alive), "lie {number}");
        subject.kill();
        if is_removable {
            // Also if the id is this process's by now.
            rewrite(&path, |header| header.pid = Le32::new(std::process::id()));
            assert_eq!(liveness(&path), Liveness::Dead, "lie {number}");
            assert_eq!(remove(&path), Removal::Removed, "lie {number}");
        } else {
            assert_eq!(remove(&path), Removal::NotDead(Liveness::Unknown), "lie {number}");
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_copy_is_neither_alive_nor_dead_and_other_names_are_as_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut subject = Subject::start(SUBJECT);
    let path = subject.create(dir.path(), "x.mmstats");
    let path_of = |name: &str| dir.path().join(name);
    let copy = |name: &str| {
        let status = Command::new("cp").args(["-p", path.to_str().unwrap()]).arg(path_of(name)).status();
        assert!(status.unwrap().success());
        path_of(name)
    };
    let of_live = copy("of-live.mmstats");
    fs::hard_link(&path, path_of("link.mmstats")).unwrap();
    assert_eq!(liveness(path_of("link.mmstats")), Liveness::Alive);
    fs::rename(&path, path_of("moved.mmstats")).unwrap();
    assert_eq!(liveness(path_of("moved.mmstats")), Liveness::Alive);
    fs::rename(path_of("moved.mmstats"), &path).unwrap();
    subject.kill();
    let of_dead = copy("of-dead.mmstats");
    assert_eq!(liveness(&path), Liveness::Dead);
    for copy in [of_live, of_dead] {
        assert_eq!(liveness(&copy), Liveness::Unknown);
        assert_eq!(remove(&copy), Removal::NotDead(Liveness::Unknown));
    }
}

#[test]
fn a_stopped_writer_is_alive_and_one_that_nobody_has_waited_for_is_dead() {
    let dir = tempfile::tempdir().unwrap();
    let mut subject = Subject::start(SUBJECT);
    let path = subject.create(dir.path(), "x.mmstats");
    let pid = pid(subject.pid());
    kill(pid, Signal::SIGSTOP).unwrap();
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert!(matches!(stopped, WaitStatus::Stopped(..)), "{stopped:?}");
    assert_eq!(liveness(&path), Liveness::Alive);
    assert_eq!(remove(&path), Removal::NotDead(Liveness::Alive));
    kill(pid, Signal::SIGKILL).unwrap();
    waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    assert!(Path::new(&format!("/proc/{pid}")).exists(), "it is a zombie");
    assert_eq!(liveness(&path), Liveness::Dead);
}

/// In a namespace of its own a process has another id, and sees no others.
#[test]
fn pid_namespaces_do_not_matter() {
    if !is_root("pid_namespaces_do_not_matter") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let start_in_namespace =
        || Subject::spawn(Command::new("unshare").args(["--pid", "--fork", "--kill-child", SUBJECT]));
    let mut inner = start_in_namespace();
    let inner_file = inner.create(dir.path(), "inner.mmstats");
    let header = *Reader::open(&inner_file).unwrap().header().unwrap();
    assert_eq!(header.pid.get(), 1);
    let mut outer = Subject::start(SUBJECT);
    let outer_file = outer.create(dir.path(), "outer.mmstats");
    let mut remove_from_inside = |name: &str| inner.ask(&format!("remove {} {name}", dir.path().display()));
    assert_eq!(liveness(&inner_file), Liveness::Alive);
    assert_eq!(remove_from_inside("outer.mmstats"), "NotDead(Alive)");
    outer.kill();
    assert_eq!(liveness(&outer_file), Liveness::Dead);
    assert_eq!(remove_from_inside("outer.mmstats"), "Removed");
    // The one in the namespace; `unshare`, its parent, ends with it.
    let children = format!("/proc/{0}/task/{0}/children", inner.pid());
    let child: u32 = fs::read_to_string(children).unwrap().trim().parse().unwrap();
    kill(pid(child), Signal::SIGKILL).unwrap();
    inner.wait();
    assert_eq!(liveness(&inner_file), Liveness::Dead);
}

/// It may not signal the process (`EPERM`), but may read the file.
#[test]
fn another_users_writer_lives_as_ones_own_does() {
    if !is_root("another_users_writer_lives_as_ones_own_does") {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    // Root's files may be removed by who owns the directory.
    let dir = ground.make_dir("of-victim", VICTIM, 0o755);
    let path = dir.join("x.mmstats");
    let roots = ground.make_dir("of-root", 0, 0o755);
    let mut root = Subject::start(SUBJECT);
    let created = PathBuf::from(root.ask(&format!("create {} x.mmstats readable", roots.display())));
    fs::rename(&created, &path).unwrap();
    let mut other = Subject::spawn(&mut ground.command(SUBJECT, VICTIM));
    let mut remove = || other.ask(&format!("remove {} x.mmstats", dir.display()));
    assert_eq!(remove(), "NotDead(Alive)");
    root.kill();
    assert_eq!(remove(), "Removed");
}

/// overlayfs maps the file of its upper layer, and drops the lock when a descriptor is closed.
#[test]
fn a_writer_on_overlayfs_lives_until_it_is_dead() {
    if !is_root("a_writer_on_overlayfs_lives_until_it_is_dead") {
        return;
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let overlay = Mount::overlay(dir.path());
    let mut subject = Subject::start(SUBJECT);
    for how in ["", "keep resume"] {
        let create = format!("create {} x.mmstats {how}", overlay.path.display());
        for _ in 0..2 {
            let path = PathBuf::from(subject.ask(&create));
            assert_eq!(path, overlay.path.join("x.mmstats"));
            assert_eq!(liveness(&path), Liveness::Alive);
            // Who opens and closes it meanwhile does not take its lock away.
            assert_eq!(remove(&path), Removal::NotDead(Liveness::Alive));
            assert_eq!(liveness(&path), Liveness::Alive);
            subject.kill();
            subject = Subject::start(SUBJECT);
            assert_eq!(liveness(&path), Liveness::Dead);
        }
        assert_eq!(remove(&overlay.path.join("x.mmstats")), Removal::Removed);
    }
}
