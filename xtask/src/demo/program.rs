//! A program that runs beside the demo, and never outlives it.

use std::error::Error;
use std::io::{BufRead, BufReader, pipe};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Started with `--until-eof`, it stops when its standard input ends: when it is told to, when
/// this value is dropped, and also when this process is killed.
pub(super) struct Program {
    name: String,
    child: Child,
    /// What it prints, errors too, line by line; ends when it does.
    output: Receiver<String>,
    /// Lines that came in while nobody asked for them.
    unread: Vec<String>,
}

/// Makes Ctrl-C in the terminal a matter of this process alone.
pub(super) fn apart(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

impl Program {
    pub(super) fn start(path: &Path, arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (reader, writer) = pipe()?;
        let mut command = Command::new(path);
        apart(&mut command).args(arguments).stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
        // So that a file's name has the process id.
        command.env_remove("MMSTATS_FILES");
        let child = command.spawn().map_err(|error| format!("cannot start {}: {error}", path.display()))?;
        let (sender, output) = channel();
        thread::spawn(move || {
            BufReader::new(reader).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { name, child, output, unread: Vec::new() })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints, which must come within `time`.
    pub(super) fn next_line(&mut self, time: Duration) -> Result<String, String> {
        self.output.recv_timeout(time).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("{} printed nothing in {} s", self.name, time.as_secs()),
            RecvTimeoutError::Disconnected => format!("{} ended too early", self.name),
        })
    }

    /// Whether it has ended. It is not waited for, so that its process id stays its own.
    pub(super) fn is_over(&mut self) -> bool {
        loop {
            match self.output.try_recv() {
                Ok(line) => self.unread.push(line),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    /// Has it stop within `time`, and yields what it printed since [`next_line`](Self::next_line),
    /// and how it ended.
    pub(super) fn stop(&mut self, time: Duration) -> Result<(String, ExitStatus), Box<dyn Error>> {
        let deadline = Instant::now() + time;
        drop(self.child.stdin.take());
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.unread.push(line),
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok((std::mem::take(&mut self.unread).join("\n"), self.child.wait()?));
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("{} did not stop within {} s", self.name, time.as_secs()).into());
                }
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        const GRACE: Duration = Duration::from_secs(2);

        if self.stop(GRACE).is_err() {
            // It fails if the program has ended meanwhile, which is as good.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
