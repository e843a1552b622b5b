//! A program's file of format 2, written value by value.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mmstats_host::liveness::BOOT_ID;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::unistd::{Uid, chown};

use crate::fixture::{Built, Field, Fixture};
use crate::support::lock;

/// How a program starts.
pub(crate) struct Birth {
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    /// What identifies its counters.
    pub(crate) instance: u8,
    /// When, since 1970-01-01 UTC and since boot.
    pub(crate) created: (Duration, Duration),
    /// Whether it asks to keep its file after its death.
    pub(crate) is_kept: bool,
    /// Whether the file is not the one that its header names, as in a copy.
    pub(crate) is_copy: bool,
    /// Whether the program is alive.
    pub(crate) is_alive: bool,
}

/// A file, and the lock on it if its program lives.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) built: Built,
    names: Vec<String>,
    file: File,
    is_alive: bool,
}

/// Identifies a field of a file: `hits{method get}`.
fn name_of(field: &Field) -> String {
    let label = String::from_utf8_lossy(&field.label);
    if field.tags.is_empty() {
        return label.into_owned();
    }
    let tags = String::from_utf8_lossy(&field.tags).replace('\0', " ");
    format!("{label}{{{}}}", tags.trim_end())
}

impl Writer {
    /// Makes the file at `path`, which gets this name when it is finished.
    pub(crate) fn start(path: &Path, fixture: Fixture, birth: &Birth) -> Self {
        const LOCKED: u32 = 1;
        const KEEP: u32 = 2;
        let flags = LOCKED | if birth.is_kept { KEEP } else { 0 };
        let names = fixture.fields.iter().map(name_of).collect();
        let fixture = Fixture { flags, uid: birth.uid, ..fixture };
        let draft = path.with_extension("draft");
        let mut built = if birth.is_copy {
            fs::write(&draft, []).unwrap();
            Fixture { inode: (1, 1), ..fixture }.build()
        } else {
            fixture.write(&draft)
        };
        let (wall, boot) = birth.created;
        built.put(24, &[birth.instance; 16]).put(64, &birth.pid.to_le_bytes()).put(88, &BOOT_ID.unwrap());
        built.put(112, &ns(wall)).put(120, &ns(boot)).seal_header();
        fs::write(&draft, &built.bytes).unwrap();
        if birth.uid != 0 {
            chown(&draft, Some(Uid::from_raw(birth.uid)), None).unwrap();
        }
        let file = if birth.is_alive {
            lock(&draft)
        } else {
            File::options().read(true).write(true).open(&draft).unwrap()
        };
        fs::rename(draft, path).unwrap();
        Self { path: path.to_owned(), built, names, file, is_alive: birth.is_alive }
    }

    /// Stores `bytes` as the value of the field `name` in a slot.
    pub(crate) fn set_in(&self, slot: usize, name: &str, bytes: &[u8]) {
        let index = self.names.iter().position(|known| known == name);
        let at = self.built.value_at(index.unwrap_or_else(|| panic!("{name} is no field")), slot);
        self.put(at, bytes);
    }

    /// Stores words.
    pub(crate) fn words(&self, slot: usize, name: &str, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.set_in(slot, name, &bytes);
    }

    pub(crate) fn count(&self, name: &str, value: u64) {
        self.words(0, name, &[value]);
    }

    pub(crate) fn float(&self, name: &str, value: f64) {
        self.words(0, name, &[value.to_bits()]);
    }

    /// Stores the mean of the last numbers, and their count.
    pub(crate) fn moving(&self, slot: usize, name: &str, mean: f64, count: u64) {
        self.words(slot, name, &[mean.to_bits(), count]);
    }

    /// Stores a count and a sum.
    pub(crate) fn average(&self, slot: usize, name: &str, count: u64, sum: f64) {
        self.words(slot, name, &[count, sum.to_bits()]);
    }

    /// Stores bytes at a place of the file.
    pub(crate) fn put(&self, at: usize, bytes: &[u8]) {
        self.file.write_all_at(bytes, at as u64).unwrap();
    }

    /// Lets the thread `tid` have a slot, or nobody if it is 0.
    pub(crate) fn lease(&self, slot: usize, tid: u32, leases: u32) {
        let at = self.built.slots + slot * self.built.stride;
        self.put(at, &[tid.to_le_bytes(), leases.to_le_bytes()].concat());
    }

    /// Kills the program. Also where a child of another test, which is about to start, has inherited the lock.
    pub(crate) fn kill(&mut self) {
        if !self.is_alive {
            return;
        }
        let whole = |kind: i32| libc::flock {
            l_type: libc::c_short::try_from(kind).unwrap(),
            l_whence: 0,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        fcntl(&self.file, FcntlArg::F_OFD_SETLK(&whole(libc::F_UNLCK))).unwrap();
        self.is_alive = false;
    }

    /// Removes the file, whether or not its program lives.
    pub(crate) fn unlink(&self) {
        fs::remove_file(&self.path).unwrap();
    }
}

fn ns(time: Duration) -> [u8; 8] {
    u64::try_from(time.as_nanos()).unwrap().to_le_bytes()
}
