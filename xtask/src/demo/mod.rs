//! A web server publishes what it does, a load generator keeps it busy, and `slurpstats` shows the
//! server's file every second, as `mmash` does in a browser: programs that know nothing of each other's
//! memory.

mod comparison;
mod mmash;
pub(crate) mod picture;
mod program;
mod view;

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::Outcome;
use crate::place;
use comparison::Comparison;
use mmash::Mmash;
use program::Program;
use view::View;

const REFRESH: Duration = Duration::from_secs(1);
const START_TIME: Duration = Duration::from_secs(10);
const STOP_TIME: Duration = Duration::from_secs(10);

/// Runs the demo for `time`, or until Ctrl-C. False if the numbers differ.
///
/// # Errors
/// If something cannot be built, started or read. Nothing that was started is left running.
pub(crate) fn run(time: Option<Duration>) -> Outcome {
    let interrupted = interrupts()?;
    build()?;
    let mut demo = Demo::start(&place::binaries()?)?;
    let compared =
        demo.introduce(time).and_then(|()| demo.watch(&interrupted, time)).and_then(|()| demo.finish());
    match compared {
        // Whoever read the views has seen enough.
        Err(error) if is_closed_pipe(&*error) => Ok(true),
        compared => compared,
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let mut cargo = place::cargo();
    cargo.args(["build", "--package", "mmstats-examples", "--package", "mmstats-tools", "--bins"]);
    let status = cargo.status().map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cannot build the demo: cargo build: {status}").into())
    }
}

/// Yields one `()` at every Ctrl-C, SIGTERM or SIGHUP, which from now on do nothing else.
fn interrupts() -> io::Result<Receiver<()>> {
    let (sender, receiver) = channel();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            // It fails only when the demo is over.
            let _ = sender.send(());
        }
    });
    Ok(receiver)
}

/// All that runs, and where it is shown.
struct Demo {
    // Dropped in this order: the load generator asks as long as it lives.
    load: Program,
    server: Server,
    mmash: Mmash,
    slurpstats: Slurpstats,
    view: View<io::Stdout>,
}

impl Demo {
    fn start(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let server = Server::start(binaries)?;
        let load = Program::start(&binaries.join("load"), &["--until-eof", &server.address])?;
        let mmash = Mmash::start(binaries)?;
        let slurpstats = Slurpstats { program: binaries.join("slurpstats"), path: server.path.clone() };
        let out = io::stdout();
        let view = View::new(out.is_terminal(), out);
        Ok(Self { load, server, mmash, slurpstats, view })
    }

    fn introduce(&mut self, time: Option<Duration>) -> Result<(), Box<dyn Error>> {
        let ends = time.map_or_else(|| "at Ctrl-C".to_owned(), |time| format!("after {} s", time.as_secs()));
        self.view.print(&format!(
            "\nA web server answers at {url} and publishes what it does in the file\n\n  \
               {path}\n\n\
             which slurpstats, another program, reads every second. mmash shows it in a browser at\n\n  \
               {page}\n\n\
             The demo ends {ends}.\n\
             In another terminal, while it runs, try\n\n  \
               {slurpstats}\n  \
               kill -9 {pid}    and read again: the file is still there, marked (stale)\n\n",
            url = self.server.url,
            page = self.mmash.url,
            path = self.server.path.display(),
            slurpstats = shown(&self.slurpstats.program),
            pid = self.server.program.id(),
        ))?;
        Ok(())
    }

    /// Shows the server's file every second, for `time` or until Ctrl-C.
    fn watch(&mut self, interrupted: &Receiver<()>, time: Option<Duration>) -> Result<(), Box<dyn Error>> {
        let end = time.map(|time| Instant::now() + time);
        // A load generator that ends because there is nobody to ask any more has done its work.
        while self.server.was_killed() || !self.load.is_over() {
            self.view.show(&self.slurpstats.read()?)?;
            let wait = end.map_or(REFRESH, |end| end.saturating_duration_since(Instant::now()).min(REFRESH));
            if wait.is_zero() || interrupted.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        Ok(())
    }

    /// Stops the load, then compares it with the server's file, then stops all else.
    fn finish(&mut self) -> Outcome {
        let (sent, status) = self.load.stop(STOP_TIME)?;
        let was_killed = self.server.was_killed();
        if !status.success() && !was_killed {
            return Err(format!("the load generator ended with {status}:\n{sent}").into());
        }
        let counted = self.slurpstats.read()?;
        self.view.show(&counted)?;
        let comparison = Comparison::new(&sent, &counted, was_killed)?;
        self.server.stop(STOP_TIME)?;
        self.mmash.stop(STOP_TIME)?;
        self.view.print(&format!("{comparison}\n"))?;
        Ok(comparison.is_equal())
    }
}

/// `path` from where the user is, if it is below.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The web server, and what it tells about itself.
struct Server {
    program: Program,
    url: String,
    /// Of the URL, the host and port.
    address: String,
    path: PathBuf,
}

impl Server {
    fn start(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let mut program = Program::start(&binaries.join("web_server"), &["--until-eof"])?;
        let url = program.next_line(START_TIME)?;
        let Some(address) = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')) else {
            return Err(format!("expected the web server's URL, found: {url}").into());
        };
        let address = address.to_owned();
        let path = program.next_line(START_TIME)?.into();
        Ok(Self { program, url, address, path })
    }

    fn was_killed(&mut self) -> bool {
        self.program.is_over()
    }

    /// Stops it, unless it was killed, after which its file must be gone.
    fn stop(&mut self, time: Duration) -> Result<(), Box<dyn Error>> {
        if self.program.is_over() {
            return Ok(());
        }
        let (messages, status) = self.program.stop(time)?;
        if !status.success() {
            return Err(format!("the web server ended with {status}:\n{messages}").into());
        }
        if self.path.exists() {
            return Err(format!("expected the web server to remove {}", self.path.display()).into());
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.program.is_over() {
            // Its name has the process id, which is not given to another before this one is
            // waited for: so it is the killed server's file, and no other.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The reader, which is run anew for every look.
struct Slurpstats {
    program: PathBuf,
    path: PathBuf,
}

impl Slurpstats {
    fn read(&self) -> Result<String, Box<dyn Error>> {
        let mut command = Command::new(&self.program);
        let output = program::apart(&mut command).arg(&self.path).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", self.program.display()))?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?)
        } else {
            let reason = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!("slurpstats ended with {}: {reason}", output.status).into())
        }
    }
}
