//! Whatever the umask is that a program starts under, this run and the next can use the directories, files
//! and locks that it makes; and nothing of a random name is made for it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use mmstats_tests::daemon::{self, Report};
use mmstats_tests::plants::names;
use mmstats_tests::system::{Mount, is_root};
use mmstats_tests::users::{Ground, User, VICTIM, give, is_default_in_shared_memory};

const DAEMON: &str = env!("CARGO_BIN_EXE_daemon");
/// All that take something from the owner, and usual ones.
const UMASKS: [&str; 7] = ["022", "077", "0177", "0277", "0477", "0700", "0777"];

/// Runs the daemon as the user `uid`, for files in `place` or at the default place.
fn run(ground: &Ground, uid: u32, place: Option<&Path>, steps: &[&str]) -> Report {
    let mut command = ground.command(DAEMON, uid);
    command.envs(place.map(|place| ("MMSTATS_PATH", place)));
    let reports = ground.path().join(format!("reports-{uid}"));
    if !reports.exists() {
        ground.make_dir(&format!("reports-{uid}"), uid, 0o700);
    }
    daemon::run(&mut command, &reports.join("report"), steps)
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn is_refused(report: &Report) -> bool {
    report.lines.iter().any(|line| line.starts_with("error: "))
}

#[test]
fn the_default_directory_can_be_used_after_every_umask() {
    let test = "the_default_directory_can_be_used_after_every_umask";
    if !is_root(test) || !is_default_in_shared_memory(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    for umask in UMASKS {
        let user = User::new();
        for umask in [umask, "022", umask] {
            let report =
                run(&ground, user.uid, None, &[&format!("umask {umask}"), "create", "init", "child"]);
            assert!(!is_refused(&report), "{umask}: {report:?}");
            assert_eq!(mode(user.directory("")), 0o700, "{umask}");
        }
        assert_eq!(user.directories(), [user.directory("")], "{umask}");
        assert_eq!(names(&user.directory("")), [""; 0], "{umask}");
    }
}

/// As versions before this one left it.
#[test]
fn a_default_directory_that_an_umask_has_spoiled_is_mended() {
    let test = "a_default_directory_that_an_umask_has_spoiled_is_mended";
    if !is_root(test) || !is_default_in_shared_memory(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    for spoiled in [0, 0o100, 0o200, 0o400, 0o600, 0o055] {
        let user = User::new();
        let directory = user.directory("");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, Permissions::from_mode(spoiled)).unwrap();
        give(&directory, user.uid);
        assert!(!is_refused(&run(&ground, user.uid, None, &["create"])), "{spoiled:o}");
        assert_eq!(mode(&directory), spoiled | 0o700);
        assert_eq!(user.directories(), [directory]);
    }
}

#[test]
fn somebody_elses_closed_directory_is_still_passed_by_and_left_as_it_is() {
    let test = "somebody_elses_closed_directory_is_still_passed_by_and_left_as_it_is";
    if !is_root(test) || !is_default_in_shared_memory(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    for owner in [VICTIM, 0] {
        let user = User::new();
        fs::create_dir(user.directory("")).unwrap();
        fs::set_permissions(user.directory(""), Permissions::from_mode(0o000)).unwrap();
        give(&user.directory(""), owner);
        for _ in 0..2 {
            assert!(!is_refused(&run(&ground, user.uid, None, &["umask 0777", "create"])));
        }
        assert_eq!(mode(user.directory("")), 0);
        // Of a random name, once.
        assert_eq!(user.directories().len(), 2);
    }
}

#[test]
fn named_directories_are_made_with_their_parents_under_every_umask() {
    let test = "named_directories_are_made_with_their_parents_under_every_umask";
    if !is_root(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    for umask in UMASKS {
        let home = ground.make_dir(&format!("home-{umask}"), VICTIM, 0o700);
        let place = home.join("a/b/c");
        let report =
            run(&ground, VICTIM, Some(&place), &[&format!("umask {umask}"), "create", "init", "child"]);
        assert!(!is_refused(&report), "{umask}: {report:?}");
        for made in ["a", "a/b", "a/b/c"] {
            assert_eq!(mode(home.join(made)), 0o700, "{umask}: {made}");
        }
        assert!(!is_refused(&run(&ground, VICTIM, Some(&place), &["create"])), "{umask}");
        assert_eq!(names(&place), [""; 0]);
    }
}

#[test]
fn a_named_directory_that_shuts_its_owner_out_is_refused_with_the_way_to_mend_it() {
    let test = "a_named_directory_that_shuts_its_owner_out_is_refused_with_the_way_to_mend_it";
    if !is_root(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    let place = ground.make_dir("place", VICTIM, 0o700);
    for spoiled in [0, 0o300, 0o500, 0o600] {
        fs::set_permissions(&place, Permissions::from_mode(spoiled)).unwrap();
        let report = run(&ground, VICTIM, Some(&place), &["create"]);
        let expected = format!("found mode {spoiled:04o}; chmod u+rwx");
        assert!(report.lines[0].ends_with(&expected), "{report:?}");
        // Somebody named it and gave it this mode: it is theirs to change.
        assert_eq!(mode(&place), spoiled);
    }
}

/// On a disk and on overlayfs a new file is opened twice.
#[test]
fn files_and_locks_can_be_used_after_every_umask_on_every_filesystem() {
    let test = "files_and_locks_can_be_used_after_every_umask_on_every_filesystem";
    if !is_root(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    let layers = ground.make_dir("layers", 0, 0o755);
    let overlay = Mount::overlay(&layers);
    let disk = tempfile::tempdir_in("/tmp").unwrap();
    for place in [ground.path(), &overlay.path, disk.path()] {
        for umask in UMASKS {
            let place = place.join(format!("place-{umask}"));
            fs::create_dir_all(&place).unwrap();
            give(&place, VICTIM);
            fs::set_permissions(place.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
            let umask = format!("umask {umask}");
            let resume = format!("resume {}", place.display());
            let report = run(&ground, VICTIM, Some(&place), &[&umask, &resume, "init", "child", "kill"]);
            assert!(!is_refused(&report), "{report:?}");
            assert_eq!(mode(place.join("x.mmstats")), 0o600);
            // Both take the directory's lock, which the first one makes.
            for steps in
                [[umask.as_str(), &resume, "kill"], [&umask, &format!("remove {}", place.display()), "drop"]]
            {
                let report = run(&ground, VICTIM, Some(&place), &steps);
                assert!(!is_refused(&report), "{report:?}");
                assert_eq!(mode(place.join(".lock")), 0o600);
            }
            assert!(!place.join("x.mmstats").exists());
        }
    }
}

#[test]
#[cfg_attr(mmstats_platform = "unix", ignore = "a lock can only be looked at by opening it")]
fn a_lock_that_an_umask_has_spoiled_is_mended() {
    let test = "a_lock_that_an_umask_has_spoiled_is_mended";
    if !is_root(test) {
        return;
    }
    let ground = Ground::new(&[DAEMON]);
    for spoiled in [0, 0o200, 0o400] {
        let place = ground.make_dir(&format!("place-{spoiled:o}"), VICTIM, 0o700);
        let lock = place.join(".lock");
        fs::write(&lock, "").unwrap();
        fs::set_permissions(&lock, Permissions::from_mode(spoiled)).unwrap();
        give(&lock, VICTIM);
        let resume = format!("resume {}", place.display());
        for _ in 0..2 {
            run(&ground, VICTIM, Some(&place), &[&resume, "kill"]);
        }
        assert_eq!(mode(&lock), 0o600);
        assert_eq!(names(&place), [".lock", "x.mmstats"]);
    }
}
