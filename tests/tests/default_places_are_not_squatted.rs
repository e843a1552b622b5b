//! Nobody else decides where a program writes: not who was first at the name of its default directory, and
//! not who calls a program that has more rights than its caller.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use mmstats_reader::{Liveness, Reader};
use mmstats_tests::canary::Canary;
use mmstats_tests::plants::{Plant, names, trace};
use mmstats_tests::subject::Subject;
use mmstats_tests::system::is_root;
use mmstats_tests::users::{ATTACKER, Ground, User, give, is_default_in_shared_memory};

const SUBJECT: &str = env!("CARGO_BIN_EXE_subject");

#[test]
fn a_squatted_default_directory_is_passed_by() {
    let test = "a_squatted_default_directory_is_passed_by";
    if !is_root(test) || !is_default_in_shared_memory(test) {
        return;
    }
    let ground = Ground::new(&[SUBJECT]);
    for (number, plant) in (0..).zip(Plant::ALL) {
        let user = User::new();
        let aviary = ground.make_dir(&format!("aviary-{number}"), user.uid, 0o755);
        let canary = Canary::new(&aviary.join("canary"), user.uid, 0o666);
        plant.put(&user.directory(""), &canary);
        Plant::Directory.put(&user.directory(".random"), &canary);
        let before = trace(&user.directory(""));

        let directories = [(); 2].map(|()| {
            let mut subject = Subject::spawn(&mut ground.command(SUBJECT, user.uid));
            let path = PathBuf::from(subject.ask("create"));
            let directory = path.parent().unwrap().to_owned();
            let metadata = fs::symlink_metadata(&directory).unwrap();
            assert!(metadata.is_dir() && metadata.uid() == user.uid, "{plant:?}");
            assert_eq!(metadata.mode() & 0o7777, 0o700, "{plant:?}");
            assert_eq!(Reader::open(&path).unwrap().liveness().unwrap(), Liveness::Alive);
            assert_eq!(subject.ask("release"), "done");
            directory.display().to_string()
        });
        assert!(
            directories[0].starts_with(user.directory(".").to_str().unwrap()),
            "{plant:?}: {directories:?}"
        );
        assert_eq!(directories[0], directories[1], "{plant:?}: each run has made another one");
        assert_eq!(trace(&user.directory("")), before, "{plant:?}");
        assert_eq!(names(&user.directory(".random")), [""; 0], "{plant:?}");
        assert_eq!(names(&aviary), ["canary"], "{plant:?}");
        canary.check();
    }
}

#[test]
fn a_set_user_id_program_does_not_do_what_its_callers_environment_says() {
    let test = "a_set_user_id_program_does_not_do_what_its_callers_environment_says";
    if !is_root(test) || !is_default_in_shared_memory(test) {
        return;
    }
    let user = User::new();
    let ground = Ground::new(&[SUBJECT]);
    let program = ground.path().join("subject");
    give(&program, user.uid);
    fs::set_permissions(&program, Permissions::from_mode(0o4755)).unwrap();
    let wanted = ground.make_dir("wanted", user.uid, 0o755);
    let mut command = ground.command(SUBJECT, ATTACKER);
    command.env("MMSTATS_PATH", &wanted).env("MMSTATS_FILES", "evil.mmstats").env("MMSTATS_MODE", "644");
    let mut program = Subject::spawn(&mut command);
    let path = PathBuf::from(program.ask("create"));
    assert_eq!(path.parent().unwrap(), user.directory(""));
    assert_ne!(path.file_name().unwrap(), "evil.mmstats");
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o7777), (user.uid, 0o600));
    assert_eq!(names(&wanted), [""; 0]);
}
