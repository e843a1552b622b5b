//! The real cleanstats over files of the living, the dead, and of whom nobody knows.
//!
//! | module | what it shows |
//! |---|---|
//! | `outcomes` | what becomes of each file, and what is said of it |
//! | `format_1` | files whose writers hold no lock |
//! | `others` | other users, other cleaners, and writers that start meanwhile |
//! | `selection` | which processes and labels |
//! | `calls` | how it is called, and what it says then |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[path = "../support/mod.rs"]
mod support;

mod calls;
mod format_1;
mod others;
mod outcomes;
mod selection;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use fixture::{Field, Fixture};
use support::{Place, lock, old_field};

const FLAG_LOCKED: u32 = 1;
const FLAG_KEEP: u32 = 2;

/// No process has this id: Linux gives none above 2²².
const NOBODYS_PID: u32 = 5_000_000;

const DRAFT: &str = ".0123456789abcdef.new";

/// A directory for files, and cleanstats in it.
fn new_place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_cleanstats"))
}

impl Place {
    /// A file of format 2 whose writer is dead.
    fn dead(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dead_with(name, 0)
    }

    fn dead_with(&self, name: impl AsRef<OsStr>, flags: u32) -> PathBuf {
        let path = self.path(name);
        let fields = [Field::counter("hits", &[1])];
        Fixture { flags: FLAG_LOCKED | flags, ..Fixture::with_fields(fields) }.write(&path);
        path
    }

    /// A file of format 2 whose writer lives until what is returned is dropped.
    fn alive(&self, name: impl AsRef<OsStr>) -> File {
        lock(&self.dead(name))
    }

    /// A file of format 1 that says that the process `pid` made it `created` seconds after 1970.
    fn old(&self, name: impl AsRef<OsStr>, pid: u32, created: f64) -> PathBuf {
        let path = self.path(name);
        let fields = [
            old_field("web.sys.pid", "I", &pid.to_le_bytes()),
            old_field("web.sys.created", "d", &created.to_le_bytes()),
        ];
        fs::write(&path, [&b"\x01"[..], &fields.concat(), b"\0\0"].concat()).unwrap();
        path
    }

    /// What `.` holds, sorted, but for the lock.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}
