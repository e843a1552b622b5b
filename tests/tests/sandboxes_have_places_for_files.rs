//! In user namespaces, of which containers and sandboxes are made, most users have no id: all their files seem
//! to be the overflow user's, those of root among them. A program finds a default place all the same, and
//! never takes another user's directory for its own.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mmstats_tests::daemon::{self, Report};
use mmstats_tests::plants::names;
use mmstats_tests::reading::count;
use mmstats_tests::system::is_root;
use mmstats_tests::users::{ATTACKER, Ground, User, VICTIM, copy_program, give, is_default_in_shared_memory};

const DAEMON: &str = env!("CARGO_BIN_EXE_daemon");
const OVERFLOW: u32 = 65534;

/// Whether this test can make user namespaces as other users can.
fn has_sandboxes(test: &str) -> bool {
    let has = is_root(test)
        && Command::new("unshare").args(["--user", "true"]).status().is_ok_and(|status| status.success());
    if !has {
        eprintln!("passed over: {test} needs root and user namespaces");
    }
    has && is_default_in_shared_memory(test)
}

/// Programs that all users can run, and a place for their reports.
struct Sandboxes {
    ground: Ground,
    reports: PathBuf,
}

impl Sandboxes {
    fn new() -> Self {
        let ground = Ground::new(&[DAEMON]);
        let reports = ground.make_dir("reports", 0, 0o777);
        fs::set_permissions(&reports, Permissions::from_mode(0o1777)).unwrap();
        Self { ground, reports }
    }

    /// Runs the daemon as the user `uid` in a user namespace with the ids `map` (`uid_map` in
    /// `user_namespaces(7)`), for files in `place` or at the default place.
    fn run(&self, uid: u32, map: &str, place: Option<&Path>, steps: &[&str]) -> Report {
        let report = self.reports.join(format!("report-{uid}"));
        let mut command = Command::new("unshare");
        command.args(["--user", "sh", "-c", "echo; read line; exec \"$@\"", "sh"]);
        command.arg(self.ground.path().join("daemon")).arg(&report).args(steps);
        command.env_remove("MMSTATS_PATH").env_remove("TMPDIR").uid(uid).gid(uid);
        command.envs(place.map(|place| ("MMSTATS_PATH", place)));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // The map can be written once it is in its namespace.
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        if !map.is_empty() {
            fs::write(format!("/proc/{}/uid_map", child.id()), map).unwrap();
        }
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        let status = child.wait().unwrap();
        daemon::read(&report, status)
    }
}

fn is_published_in(report: &Report, place: &Path) -> bool {
    !report.lines.iter().any(|line| line.starts_with("error: ") || line.starts_with("log: "))
        && Path::new(&report.lines[0]).parent() == Some(place)
}

#[test]
fn a_user_with_an_id_publishes_at_the_default_place() {
    if !has_sandboxes("a_user_with_an_id_publishes_at_the_default_place") {
        return;
    }
    let sandboxes = Sandboxes::new();
    let user = User::new();
    let map = format!("{0} {0} 1", user.uid);
    let report = sandboxes.run(user.uid, &map, None, &["create", "init", "threads 3", "child"]);
    assert!(is_published_in(&report, &user.directory("")), "{report:?}");
    assert_eq!(fs::metadata(user.directory("")).unwrap().uid(), user.uid);
    assert_eq!(names(&user.directory("")), [""; 0]);

    // What it leaves there can be resumed and removed by the same rules.
    let resume = format!("resume {}", user.directory("").display());
    sandboxes.run(user.uid, &map, None, &[&resume, "kill"]);
    let report = sandboxes.run(user.uid, &map, None, &[&resume, "kill"]);
    assert!(is_published_in(&report, &user.directory("")), "{report:?}");
    let path = user.directory("").join("x.mmstats");
    assert_eq!(count(&path, "daemon.events"), 2);
    let remove = format!("remove {}", user.directory("").display());
    assert_eq!(sandboxes.run(user.uid, &map, None, &[&remove]).lines, ["Removed"]);
}

#[test]
fn the_root_of_a_sandbox_publishes_in_a_directory_of_its_own() {
    if !has_sandboxes("the_root_of_a_sandbox_publishes_in_a_directory_of_its_own") {
        return;
    }
    let sandboxes = Sandboxes::new();
    for others in ["", "\n1 100000 65536\n"] {
        let user = User::new();
        let report =
            sandboxes.run(user.uid, &format!("0 {} 1{others}", user.uid), None, &["create", "child"]);
        let place = user.directories().pop().unwrap_or_default();
        assert!(is_published_in(&report, &place), "{report:?}");
        // The root outside may have the name without an ending.
        assert!(place.to_string_lossy().starts_with("/dev/shm/mmstats-0"), "{}", place.display());
        assert_eq!(names(&place), [""; 0]);
    }
}

#[test]
fn a_user_without_an_id_is_refused_everywhere() {
    if !has_sandboxes("a_user_without_an_id_is_refused_everywhere") {
        return;
    }
    let sandboxes = Sandboxes::new();
    let user = User::new();
    let own = sandboxes.ground.make_dir("own", user.uid, 0o700);
    let foreign = sandboxes.ground.make_dir("foreign", ATTACKER, 0o777);
    fs::set_permissions(&foreign, Permissions::from_mode(0o1777)).unwrap();
    // Nobody has an id, or root has, or many others have.
    for map in ["", "0 0 1", "0 200000 65534"] {
        for place in [None, Some(own.as_path()), Some(&foreign)] {
            let report = sandboxes.run(user.uid, map, place, &["create", "init"]);
            assert_eq!(report.lines.len(), 2, "{report:?}");
            for line in &report.lines {
                assert!(line.starts_with("error: this user has no id in the user namespace"), "{line}");
                assert!(line.contains("--map-current-user"), "{line}");
            }
        }
    }
    assert_eq!((names(&own).len(), names(&foreign).len(), user.directories().len()), (0, 0, 0));
}

#[test]
fn a_squatted_default_directory_is_passed_by_in_a_sandbox() {
    if !has_sandboxes("a_squatted_default_directory_is_passed_by_in_a_sandbox") {
        return;
    }
    let sandboxes = Sandboxes::new();
    for mode in [0o755, 0o1777, 0] {
        let user = User::new();
        let squatted = user.directory("");
        fs::create_dir(&squatted).unwrap();
        fs::set_permissions(&squatted, Permissions::from_mode(mode)).unwrap();
        give(&squatted, ATTACKER);
        let report = sandboxes.run(user.uid, &format!("{0} {0} 1", user.uid), None, &["create"]);
        let place = user.directories().pop().unwrap();
        assert!(place != squatted && is_published_in(&report, &place), "{report:?}");
        assert_eq!(names(&squatted), [""; 0]);
    }
}

/// The id of such a user is that of all who have none.
#[test]
fn a_user_with_the_overflow_id_does_not_take_anybodys_directory_for_its_own() {
    if !has_sandboxes("a_user_with_the_overflow_id_does_not_take_anybodys_directory_for_its_own") {
        return;
    }
    let sandboxes = Sandboxes::new();
    let user = User::new();
    let foreign = sandboxes.ground.make_dir("foreign", ATTACKER, 0o755);
    let map = format!("{OVERFLOW} {} 1", user.uid);
    for mode in [0o755, 0o777, 0o1777, 0o1770, 0] {
        fs::set_permissions(&foreign, Permissions::from_mode(mode)).unwrap();
        let report = sandboxes.run(user.uid, &map, Some(&foreign), &["create"]);
        assert!(report.lines[0].starts_with("error: "), "{mode:o}: {report:?}");
        assert_eq!(names(&foreign), [""; 0]);
    }
    let own = sandboxes.ground.make_dir("own", user.uid, 0o700);
    let report = sandboxes.run(user.uid, &map, Some(&own), &["create"]);
    assert!(is_published_in(&report, &own), "{report:?}");
}

#[test]
fn a_named_directory_still_has_to_be_the_users_own_or_roots() {
    if !has_sandboxes("a_named_directory_still_has_to_be_the_users_own_or_roots") {
        return;
    }
    let sandboxes = Sandboxes::new();
    let user = User::new();
    let map = format!("{0} {0} 1", user.uid);
    for (name, owner) in [("attackers", ATTACKER), ("victims", VICTIM)] {
        let foreign = sandboxes.ground.make_dir(name, owner, 0o755);
        fs::set_permissions(&foreign, Permissions::from_mode(0o1777)).unwrap();
        let report = sandboxes.run(user.uid, &map, Some(&foreign), &["create"]);
        let expected = format!("of user {} or root, found one of user {OVERFLOW}", user.uid);
        assert!(report.lines[0].contains(&expected), "{report:?}");
        // A directory below it is the user's own.
        let report = sandboxes.run(user.uid, &map, Some(&foreign.join("below")), &["create"]);
        assert!(is_published_in(&report, &foreign.join("below")), "{report:?}");
    }
}

/// Where root has an id, a sticky directory of another user is not root's.
#[test]
fn a_place_of_another_user_is_refused_where_root_has_an_id() {
    if !has_sandboxes("a_place_of_another_user_is_refused_where_root_has_an_id") {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    let place = ground.make_dir("place", OVERFLOW, 0o777);
    fs::set_permissions(&place, Permissions::from_mode(0o1777)).unwrap();
    let user = User::new();
    // Both other default places are somebody else's.
    let mut command = Command::new("unshare");
    let script = format!(
        "mount --bind {0} /dev/shm && exec setpriv --reuid {1} --regid {1} --clear-groups \"$@\"",
        place.display(),
        user.uid
    );
    let daemon = ground.path().join("daemon");
    let copy = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(copy.path(), Permissions::from_mode(0o1777)).unwrap();
    copy_program(daemon.to_str().unwrap(), &copy.path().join("daemon"));
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(copy.path().join("daemon"));
    command.env_remove("MMSTATS_PATH").env("TMPDIR", "/dev/shm");
    let report = daemon::run(&mut command, &copy.path().join("report"), &["create"]);
    let expected = format!("found one of user {OVERFLOW}");
    assert!(report.lines[0].starts_with("error: ") && report.lines[0].contains(&expected), "{report:?}");
    assert_eq!(names(&place), [""; 0]);
}
