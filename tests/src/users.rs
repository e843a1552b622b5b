//! Programs that other users run. Only root can start them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use mmstats_host::places::{RUN_DIRECTORY, SHARED_MEMORY_DIRECTORY, user_directory_name};
use nix::unistd::{Gid, Uid, chown};
use tempfile::TempDir;

use crate::plants::{names, remove_any};

/// A user who is attacked. There need be no account of that id.
pub const VICTIM: u32 = 65_530;
/// Another user, who attacks.
pub const ATTACKER: u32 = 65_531;

/// A user whom nobody else has: other runs of these tests go on at the same time. Dropping it removes the
/// user's default directories.
#[derive(Debug)]
pub struct User {
    /// The user id.
    pub uid: u32,
}

impl User {
    /// Another user than all before.
    ///
    /// # Panics
    /// If this process had too many.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        const COUNT: u32 = 64;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Relaxed);
        assert!(number < COUNT, "there are too few user ids");
        Self { uid: 1_000_000_000 + std::process::id() * COUNT + number }
    }

    /// The default directory, with `ending` behind its name.
    pub fn directory(&self, ending: &str) -> PathBuf {
        Path::new(SHARED_MEMORY_DIRECTORY).join(user_directory_name(self.uid) + ending)
    }

    /// What there is at default places that is the user's or has the name of what is.
    pub fn directories(&self) -> Vec<PathBuf> {
        let prefix = user_directory_name(self.uid);
        let places = [Path::new(SHARED_MEMORY_DIRECTORY).to_owned(), std::env::temp_dir()];
        let paths = places.into_iter().flat_map(|place| {
            names(&place).into_iter().map(move |name| place.join(name)).collect::<Vec<_>>()
        });
        let is_of_user = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
                || path.symlink_metadata().is_ok_and(|metadata| metadata.uid() == self.uid)
        };
        paths.filter(is_of_user).collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        for directory in self.directories() {
            // The test's result stands already.
            let _ = remove_any(&directory);
        }
    }
}

/// Whether the default directory of a user is below that for shared memory here.
pub fn is_default_in_shared_memory(test: &str) -> bool {
    let has_run_directory = Path::new(RUN_DIRECTORY).exists();
    if has_run_directory {
        eprintln!("passed over: {test} needs a machine without {RUN_DIRECTORY}");
    }
    !has_run_directory
}

/// Copies of programs that every user can run, in a directory where every user can look. Below it each
/// user can have places of their own.
#[derive(Debug)]
pub struct Ground {
    dir: TempDir,
}

impl Ground {
    /// Makes one with copies of `programs`.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new(programs: &[&str]) -> Self {
        // In memory: what the attacked do there shall be fast.
        let dir = tempfile::tempdir_in("/dev/shm").expect("root can write there");
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("root may");
        for program in programs {
            copy_program(program, dir.path());
        }
        Self { dir }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs the copy of `program` as the user `uid`, as nothing else and without an environment.
    ///
    /// # Panics
    /// If `program` has no name.
    pub fn command(&self, program: &str, uid: u32) -> Command {
        let name = Path::new(program).file_name().expect("a program has a name");
        let mut command = Command::new(self.path().join(name));
        command.env_clear().uid(uid).gid(uid);
        command
    }

    /// Makes the directory `name` with `mode`, which belongs to `uid`.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn make_dir(&self, name: &str, uid: u32, mode: u32) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir(&path).expect("the directory is new");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("root may");
        give(&path, uid);
        path
    }
}

/// Copies `program` to `target`, in a process of its own: a child that another thread starts meanwhile would
/// keep the copy open for writing, and such a program cannot be run.
///
/// # Panics
/// If it cannot be copied.
pub fn copy_program(program: &str, target: &Path) {
    let status = Command::new("cp").arg(program).arg(target).status().expect("there is a cp");
    assert!(status.success(), "cannot copy {program}: {status}");
}

/// Makes `path` belong to `uid`.
///
/// # Panics
/// If this is not root.
pub fn give(path: &Path, uid: u32) {
    chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(uid))).expect("root can give files away");
}
