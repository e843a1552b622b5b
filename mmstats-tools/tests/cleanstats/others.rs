//! Other users, other cleaners, and writers that start meanwhile.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use mmstats_host::lock::is_write_locked;
use mmstats_host::removal::{Removal, remove_dead};
use mmstats_reader::Origin;
use mmstats_tests::system::is_root;

use crate::new_place;
use crate::support::{NOBODY, Said, lock, said};

#[test]
fn what_is_not_ones_own_is_left_and_is_an_error_only_if_asked_for() {
    if !is_root("what_is_not_ones_own_is_left_and_is_an_error_only_if_asked_for") {
        return;
    }
    let place = new_place();
    let binary = place.for_nobody();
    fs::set_permissions(place.dir(), Permissions::from_mode(0o1777)).unwrap();
    let readable = place.dead("a.mmstats");
    fs::set_permissions(&readable, Permissions::from_mode(0o644)).unwrap();
    let secret = place.dead("b.mmstats");
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let own = place.dead("c.mmstats");
    chown(&own, Some(NOBODY), Some(NOBODY)).unwrap();
    let as_nobody = |path: Option<&Path>| {
        let mut command = Command::new(&binary);
        command.args(path).env("MMSTATS_PATH", place.dir()).uid(NOBODY).gid(NOBODY);
        said(&command.output().unwrap())
    };
    for (path, denied) in [(&readable, "cannot remove"), (&secret, "cannot read")] {
        let said = as_nobody(Some(path));
        assert_eq!(said.status, 1);
        let start = format!("cleanstats: {denied} {}: ", path.display());
        assert!(said.stderr.starts_with(&start), "{}", said.stderr);
    }
    // Where it could remove nothing it takes no lock, which would keep others from removing.
    assert!(!place.path(".lock").exists());
    let said = as_nobody(None);
    assert!(said.stdout.ends_with("Removed 1  -  0 alive  -  2 denied\n"), "{}{}", said.stdout, said.stderr);
    assert_eq!(said.status, 0);
    assert_eq!((readable.exists(), secret.exists(), own.exists()), (true, true, false));
}

#[test]
fn root_leaves_nothing_of_its_own_in_a_users_directory() {
    if !is_root("root_leaves_nothing_of_its_own_in_a_users_directory") {
        return;
    }
    let place = new_place();
    chown(place.dir(), Some(NOBODY), Some(NOBODY)).unwrap();
    place.dead("a.mmstats");
    assert!(place.run(["."]).stdout.ends_with("Removed 1  -  0 alive\n"));
    let lock = fs::metadata(place.path(".lock")).unwrap();
    assert_eq!((lock.uid(), lock.gid(), lock.mode() & 0o777), (NOBODY, NOBODY, 0o600));
    assert_eq!(place.names().len(), 0);
}

#[test]
fn a_busy_directory_is_left_and_said() {
    let place = new_place();
    place.dead("a.mmstats");
    let _lock = lock(&place.path(".lock"));
    let said = place.run(["."]);
    assert_eq!((said.stdout.as_str(), said.status), ("Removed 0  -  0 alive  -  1 busy\n", 0));
    assert!(said.stderr.starts_with("cleanstats: left ./a.mmstats: somebody else holds the .lock "));
    assert!(place.path("a.mmstats").exists());
}

#[test]
fn a_directory_that_nobody_named_is_no_link() {
    let place = new_place();
    let elsewhere = new_place();
    let target = elsewhere.dead("a.mmstats");
    let link = place.path("link");
    symlink(elsewhere.dir(), &link).unwrap();
    let glob = place.path("*/*.mmstats");
    let found_as = [
        ("MMSTATS_PATH", link.as_os_str().to_owned()),
        ("MMSTATS_PATH", link.join("").into_os_string()),
        ("MMSTATS_GLOB", glob.into_os_string()),
    ];
    for (variable, value) in found_as {
        let said = said(&place.command([""; 0]).env(variable, &value).output().unwrap());
        assert!(said.stderr.contains("Not a directory"), "{variable}={value:?}: {}", said.stderr);
        assert_eq!((target.exists(), said.status), (true, 1));
    }
    let said = place.run([&link]);
    assert_eq!((target.exists(), said.status), (false, 0));
}

#[test]
fn cleaners_at_the_same_time_remove_each_file_once() {
    const FILES: usize = 300;
    let place = new_place();
    for file in 0..FILES {
        place.dead(format!("{file}.mmstats"));
    }
    let cleaners: Vec<_> = (0..3)
        .map(|_| {
            let mut command = place.command(["--json", "."]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let removed = |said: &Said| {
        assert_eq!(said.status, 0, "{}", said.stderr);
        said.stdout.matches("\"action\":\"removed\"").count()
    };
    let outputs = cleaners.into_iter().map(|cleaner| cleaner.wait_with_output().unwrap());
    let together: usize = outputs.map(|output| removed(&said(&output))).sum();
    // Where one had to wait too long for another it has left a file.
    let afterwards = removed(&place.run(["--json", "."]));
    assert_eq!((together + afterwards, place.names().len()), (FILES, 0));
}

#[test]
fn a_live_file_that_takes_a_dead_ones_name_is_never_removed() {
    const ROUNDS: usize = 60;
    let place = new_place();
    let dir = File::open(place.dir()).unwrap();
    let name = OsStr::new("a.mmstats");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                assert_eq!(place.run(["."]).status, 0);
            }
        });
        for round in 0..ROUNDS {
            place.dead(name);
            // As a writer starts: it removes the dead one's file, and links its own to the name.
            let draft = place.path(format!("{round}"));
            let writer = place.alive(&draft);
            while fs::hard_link(&draft, place.path(name)).is_err() {
                let removal = remove_dead(&dir, name, false, &Origin::writer).unwrap();
                assert!(
                    matches!(removal, Removal::Removed | Removal::Missing | Removal::Busy),
                    "{removal:?}"
                );
            }
            // The cleaner had its chance.
            place.run(["."]);
            let published = File::open(place.path(name)).unwrap();
            assert!(is_write_locked(&published).unwrap(), "round {round}");
            drop(writer);
            fs::remove_file(place.path(name))
                .or_else(|error| {
                    // Dead by now, it may be gone.
                    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
                })
                .unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
}
