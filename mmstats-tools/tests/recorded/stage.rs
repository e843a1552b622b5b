//! The directory of the sequence, and tools that run with its clock.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use mmstats_tests::virtual_clock::{VirtualClock, Waiting};
use tempfile::TempDir;

use crate::sequence::{BOOT, STEPS, Sequence, moment};

/// The directory of the files, relative to the directory in which the tools run, so that printed paths are always the
/// same.
pub(crate) const FILES: &str = "files";

/// A directory with the files of a step, and the clock at that step.
pub(crate) struct Stage {
    dir: TempDir,
    pub(crate) clock: VirtualClock,
    sequence: Sequence,
    step: usize,
}

impl Stage {
    /// At the first step.
    pub(crate) fn new() -> Self {
        let (dir, sequence) = set_up();
        Self { dir, clock: VirtualClock::new(BOOT, moment(0)), sequence, step: 0 }
    }

    /// Without files.
    pub(crate) fn empty() -> Self {
        let dir = directory();
        let sequence = Sequence::empty(&dir.path().join(FILES));
        Self { dir, clock: VirtualClock::new(BOOT, moment(0)), sequence, step: 0 }
    }

    /// Changes the files, then lets `time` pass for all tools.
    pub(crate) fn play(&mut self, time: Duration, change: impl FnOnce(&mut Sequence)) {
        change(&mut self.sequence);
        self.clock.set(self.clock.now() + time);
    }

    /// Starts again in another directory. Tools that are running stay in the old one.
    pub(crate) fn restart(&mut self) {
        (self.dir, self.sequence) = set_up();
        self.step = 0;
        self.clock.set(moment(0));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What happens at this step.
    pub(crate) fn heading(&self) -> String {
        format!("step {}: {}", self.step, STEPS[self.step].1)
    }

    pub(crate) fn step(&self) -> usize {
        self.step
    }

    /// Whether there are further steps.
    pub(crate) fn is_last(&self) -> bool {
        self.step + 1 == STEPS.len()
    }

    /// Goes on to the next step: changes the files, then lets time pass for all tools.
    pub(crate) fn next(&mut self) {
        self.step += 1;
        self.sequence.play(self.step);
        self.clock.set(moment(self.step));
    }

    /// A tool in the directory of this stage. It finds only files that it is given, and nothing about the user who runs
    /// the test.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        command.envs([("LC_ALL", "C.UTF-8"), ("TERM", "xterm"), ("MMSTATS_PATH", "nowhere")]);
        command
    }

    /// Runs a tool that ends by itself without waiting.
    pub(crate) fn run(&mut self, program: &str, arguments: &[&str]) -> String {
        let mut command = self.command(program, arguments);
        self.clock.give_to(&mut command);
        said(&command.output().unwrap())
    }

    /// Starts a tool that keeps running.
    pub(crate) fn start(
        &mut self,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Running {
        let mut command = self.command(program, arguments);
        command.envs(environment.iter().copied()).stdin(Stdio::null());
        let [stdout, stderr] = [(); 2].map(|()| tempfile::tempfile_in(self.dir.path()).unwrap());
        command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
        let waiting = self.clock.give_to(&mut command);
        let child = command.spawn().unwrap();
        let mut running = Running { child, waiting, stdout, stderr, read: 0 };
        running.until_done();
        running
    }
}

/// A directory with the files as they are at the first step.
fn set_up() -> (TempDir, Sequence) {
    let dir = directory();
    let sequence = Sequence::new(&dir.path().join(FILES));
    (dir, sequence)
}

/// A directory that all users may read, with an empty one for files.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().join(FILES);
    fs::create_dir(&files).unwrap();
    for path in [dir.path(), &files] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    dir
}

/// A tool that runs during the sequence. Dropping it kills the tool.
pub(crate) struct Running {
    child: Child,
    waiting: Waiting,
    stdout: File,
    stderr: File,
    read: usize,
}

impl Running {
    /// Waits until it has done everything that is due.
    pub(crate) fn until_done(&mut self) {
        self.waiting.until_done(&mut self.child);
    }

    /// What it wrote to standard output since the last time.
    pub(crate) fn new_output(&mut self) -> String {
        self.until_done();
        let all = contents(&self.stdout);
        let new = all[self.read..].to_owned();
        self.read = all.len();
        new
    }

    /// What it wrote to standard error, and its status, once it has ended by itself.
    pub(crate) fn end(&mut self) -> String {
        let status = self.child.wait().unwrap().code();
        with_status("", &contents(&self.stderr), status)
    }

    /// What it wrote to standard error so far.
    pub(crate) fn errors(&self) -> String {
        contents(&self.stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn contents(file: &File) -> String {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The complete output of a tool.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    with_status(&text(&output.stdout), &text(&output.stderr), output.status.code())
}

fn with_status(stdout: &str, stderr: &str, status: Option<i32>) -> String {
    let errors = if stderr.is_empty() { String::new() } else { format!("--- standard error\n{stderr}") };
    let status = match status {
        Some(0) => String::new(),
        Some(status) => format!("--- status {status}\n"),
        None => "--- ended by a signal\n".to_owned(),
    };
    [stdout, &errors, &status].concat()
}
