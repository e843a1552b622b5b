//! A file that nobody may touch.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::users::give;

const SONG: &str = "still singing";

/// A file that others try to make a program write to, cut or remove.
#[derive(Debug)]
pub struct Canary {
    path: PathBuf,
    /// Tells of each time that it was opened for writing.
    watch: Inotify,
    song: String,
    before: (u64, i64, i64, u32, u32),
}

impl Canary {
    /// Makes the file `path` with `mode`, which belongs to `uid`.
    ///
    /// # Panics
    /// If it cannot be made, or watched.
    pub fn new(path: &Path, uid: u32, mode: u32) -> Self {
        Self::with_song(path, uid, mode, SONG)
    }

    /// The same, with `song` in it.
    ///
    /// # Panics
    /// If it cannot be made, or watched.
    pub fn with_song(path: &Path, uid: u32, mode: u32, song: &str) -> Self {
        fs::write(path, song).expect("the canary has a place");
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("root may");
        give(path, uid);
        let watch =
            Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).expect("a watch can be had");
        watch
            .add_watch(path, AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MODIFY)
            .expect("the canary can be watched");
        Self { path: path.to_owned(), watch, song: song.to_owned(), before: state(path) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that it was never opened for writing and is what and where it was.
    ///
    /// # Panics
    /// If not.
    pub fn check(&self) {
        match self.watch.read_events() {
            Err(Errno::EAGAIN) => {}
            events => panic!("{} was written to: {events:?}", self.path.display()),
        }
        assert_eq!(fs::read(&self.path).expect("the canary is there"), self.song.as_bytes());
        assert_eq!(state(&self.path), self.before, "{} was changed", self.path.display());
    }
}

/// What changes if somebody does anything to the file but give it further names, or take them.
fn state(path: &Path) -> (u64, i64, i64, u32, u32) {
    let metadata = fs::symlink_metadata(path).expect("the canary is there");
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.mode(), metadata.uid())
}
