//! Starts mmash.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use serde_json::Value;

use crate::client::{Answer, PATIENCE, get};
use crate::support::{NOBODY, Place};

/// A running mmash. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Where it listens by TCP.
    pub(crate) address: SocketAddr,
}

/// A directory for files that everybody can look into, and mmash in it.
pub(crate) fn new_place() -> Place {
    let place = Place::new(env!("CARGO_BIN_EXE_mmash"));
    fs::set_permissions(place.dir(), Permissions::from_mode(0o755)).unwrap();
    place
}

/// mmash over the files in `place`, a look each twentieth of a second.
pub(crate) fn start(place: &Place) -> Server {
    start_with(place, ["."])
}

/// The same with `arguments` instead of the directory.
pub(crate) fn start_with<A: AsRef<OsStr>>(place: &Place, arguments: impl IntoIterator<Item = A>) -> Server {
    let usual = ["--listen", "127.0.0.1:0", "--interval", "50ms"].map(OsStr::new).map(OsStr::to_owned);
    let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
    Server::spawn(&mut place.command(usual.into_iter().chain(arguments)))
}

/// mmash over the files in `place`, run by a user whose files are not guarded: it shows all that it can read.
pub(crate) fn start_unprivileged(place: &Place) -> Server {
    let arguments = ["--listen", "127.0.0.1:0", "--interval", "50ms", "."];
    if !geteuid().is_root() {
        return Server::spawn(&mut place.command(arguments));
    }
    let mut command = Command::new(place.for_nobody());
    Server::spawn(command.args(arguments).current_dir(place.dir()).uid(NOBODY).gid(NOBODY))
}

impl Server {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::try_spawn(command).unwrap_or_else(|(_, stderr)| panic!("it does not listen: {stderr}"))
    }

    /// Its status, and what it said, if it ends before it listens.
    pub(crate) fn try_spawn(command: &mut Command) -> Result<Self, (Option<i32>, String)> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let place = line.trim_end().strip_prefix("listening on ");
        let Some(place) = place else {
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            return Err((child.wait().unwrap().code(), stderr));
        };
        let address = place.strip_prefix("http://").and_then(|place| place.strip_suffix('/'));
        let nowhere = SocketAddr::from(([0; 4], 0));
        let address = address.map_or(nowhere, |address| address.parse().unwrap());
        Ok(Self { child, stdout, address })
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        get(self.address, target, "")
    }

    /// What is answered with status 200.
    pub(crate) fn json(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        answer.json()
    }

    /// Asks until what is answered is as it should be.
    pub(crate) fn wait_for(&self, target: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.get(target);
            if answer.status == 200 {
                let json = answer.json();
                if is_so(&json) {
                    return json;
                }
            }
            assert!(start.elapsed() < PATIENCE, "{target}: {answer:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Ends it, and returns how it ended and what it has said since it listened.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        self.signal(Signal::SIGTERM);
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stdout, stderr)
    }

    /// A number that the system knows of it, such as `VmRSS`, in KiB.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
