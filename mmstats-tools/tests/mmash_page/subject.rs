//! What the pages show: a program of this process, and a server that reads it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mmstats::{Counter, Gauge, MmStats, Text, Timer};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::fixture::Fixture;

/// A shop, with labels and texts as nobody should write them.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "shop.")]
struct Shop {
    /// Orders that came in.
    #[mmstats(unit = "orders")]
    orders: Counter,
    /// Bytes that were sent.
    #[mmstats(unit = "bytes")]
    sent: Counter,
    /// Degrees in the store room.
    #[mmstats(unit = "degrees")]
    level: Gauge<f64>,
    /// Time from order to parcel.
    packing: Timer,
    /// What is done now.
    phase: Text<64>,
    /// <img src=x onerror="document.title='broken'"> "quotes" & more
    #[mmstats(label = "evil<script>document.title='broken'</script>?#/", unit = "<b>")]
    evil: Counter,
}

/// A text that is a page's nightmare.
pub(crate) const EVIL_TEXT: &str = "<script>document.title='broken'</script>\n\"'&?#/";

/// The shop at work, in a thread of this process, until it is dropped.
pub(crate) struct Subject {
    levels: Sender<f64>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Subject {
    /// Opens the shop with a file in `dir`.
    pub(crate) fn start(dir: &Path) -> Self {
        let (levels, received) = channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let shop = Shop::options().dir(dir).mode(0o644);
        let (ready, is_ready) = channel();
        let thread = {
            let stopped = Arc::clone(&stopped);
            thread::spawn(move || {
                let shop = shop.create().unwrap();
                ready.send(()).unwrap();
                while !stopped.load(Relaxed) {
                    work(&shop, &received);
                }
            })
        };
        is_ready.recv().unwrap();
        Self { levels, stopped, thread: Some(thread) }
    }

    /// Sets the gauge.
    pub(crate) fn set_level(&self, level: f64) {
        self.levels.send(level).unwrap();
    }
}

fn work(shop: &Shop, levels: &Receiver<f64>) {
    shop.orders.add(7);
    shop.sent.add(70_000);
    shop.evil.incr();
    shop.phase.set(EVIL_TEXT);
    shop.packing.time(|| thread::sleep(Duration::from_millis(5)));
    if let Ok(level) = levels.try_recv() {
        shop.level.set(level);
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been said already.
            let _ = thread.join();
        }
    }
}

/// A running mmash, stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Without a slash at its end.
    pub(crate) url: String,
}

impl Server {
    /// Serves the files in `dir` at `address`.
    pub(crate) fn start(dir: &Path, address: &str) -> Self {
        Self::start_with(dir, address, &[])
    }

    /// The same with more `options`.
    pub(crate) fn start_with(dir: &Path, address: &str, options: &[&str]) -> Self {
        Self::spawn(&mut Self::command(dir, address, options))
    }

    /// What serves the files in `dir`.
    pub(crate) fn command(dir: &Path, address: &str, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmash"));
        command.args(["--listen", address, "--interval", "1s"]).args(options).arg(dir);
        command
    }

    /// Starts `command`.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let start = line.find("http://").unwrap_or_else(|| panic!("expected a URL, found {line}"));
        let url = line[start..].trim().trim_end_matches('/').to_owned();
        Self { child, url }
    }

    /// Where it listens: host and port.
    pub(crate) fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).unwrap();
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

/// A directory with files that a test wrote, and a server for it.
pub(crate) struct Shelf {
    pub(crate) server: Server,
    pub(crate) dir: TempDir,
}

impl Shelf {
    /// Serves what `fill` puts into the directory.
    pub(crate) fn new(options: &[&str], fill: impl FnOnce(&Path)) -> Self {
        let dir = directory();
        fill(dir.path());
        let server = Server::start_with(dir.path(), "127.0.0.1:0", options);
        Self { server, dir }
    }
}

/// Writes `fixture` as the file `name` in `dir`: of the application `application`, and nobody knows whether it lives.
pub(crate) fn put(dir: &Path, name: &str, application: &str, fixture: Fixture) {
    let path = dir.join(name);
    Fixture { flags: 0, ..fixture }.attribute("sys.cmd", application).write(&path);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
}

/// A directory with the shop's file, and a server for it.
pub(crate) struct Place {
    // Dropped in this order: the directory last.
    pub(crate) server: Server,
    pub(crate) subject: Subject,
    pub(crate) dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = directory();
        let subject = Subject::start(dir.path());
        let server = Server::start(dir.path(), "127.0.0.1:0");
        Self { server, subject, dir }
    }
}

/// A directory that everybody may read, so that its files are shown without a token, even by root.
pub(crate) fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    dir
}
