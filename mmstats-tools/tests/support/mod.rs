//! What the tests of all tools share.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mmstats_host::lock::try_write_lock;
use tempfile::TempDir;

/// The user who has nothing.
pub(crate) const NOBODY: u32 = 65534;

/// A directory for files, and a tool that runs in it.
pub(crate) struct Place {
    program: &'static str,
    dir: TempDir,
}

/// What a tool said.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Place {
    pub(crate) fn new(program: &'static str) -> Self {
        Self { program, dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.dir().join(name.as_ref())
    }

    /// The tool with these arguments, in the directory, knowing nothing of this machine's files.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(self.dir());
        command.env_remove("MMSTATS_GLOB").env("MMSTATS_PATH", self.dir());
        command
    }

    /// Opens the directory to others, and gives them the tool.
    pub(crate) fn for_nobody(&self) -> PathBuf {
        fs::set_permissions(self.dir(), Permissions::from_mode(0o755)).unwrap();
        let binary = self.path("tool");
        // By another process: a child of another test that is about to start its program would hold the
        // copy open for writing, which keeps it from being started.
        let status = Command::new("cp").arg(self.program).arg(&binary).status().unwrap();
        assert!(status.success());
        binary
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Said {
        said(&self.command(arguments).output().unwrap())
    }
}

pub(crate) fn said(output: &Output) -> Said {
    Said {
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        status: output.status.code().unwrap(),
    }
}

/// Takes the lock of a writer, or of a remover.
pub(crate) fn lock(path: &Path) -> File {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    assert!(try_write_lock(&file).unwrap());
    file
}

/// A field of format 1 with one value.
pub(crate) fn old_field(label: &str, type_: &str, value: &[u8]) -> Vec<u8> {
    let len = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    [&len(label)[..], label.as_bytes(), &len(type_), type_.as_bytes(), b"\xff", value].concat()
}
