//! A terminal of which the test holds the other end, and a tool on it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A tool on a terminal. Dropping it kills the tool.
pub(crate) struct Pty {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// All that was written so far.
    written: Vec<u8>,
}

/// The tool `program` with its `arguments`, of a terminal as there are many, in UTF-8.
pub(crate) fn tool(program: &str, dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env("MMSTATS_PATH", dir).env_remove("MMSTATS_GLOB");
    command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
    for variable in ["COLUMNS", "LINES", "LC_CTYPE", "LANG", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

impl Pty {
    /// Starts `command` on a terminal of so many columns and rows.
    pub(crate) fn start(mut command: Command, columns: u16, rows: u16) -> Self {
        // No child of another test may hold it open.
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let master = posix_openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let mut options = File::options();
        options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
        let slave = options.open(ptsname_r(&master).unwrap()).unwrap();
        tcsetwinsize(&slave, Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let [stdin, stdout, stderr] = [(); 3].map(|()| slave.try_clone().unwrap());
        let child = command.stdin(stdin).stdout(stdout).stderr(stderr).spawn().unwrap();
        // It holds the other ends of its own.
        drop((command, slave));
        let keyboard = File::from(std::os::fd::OwnedFd::from(master));
        let mut output = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // At its end there is an error.
            while let Ok(len @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, screen, written: Vec::new() }
    }

    /// What was written so far.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    /// Waits until the screen is as `is_so` wants it.
    pub(crate) fn wait(&mut self, what: &str, is_so: impl Fn(&Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(&Screen::of(&self.written())) {
            match self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.written.extend(bytes),
                Err(error) => panic!("waited for {what}, {error}: {:?}", Screen::of(&self.written())),
            }
        }
    }

    /// Waits until so many bytes were written.
    pub(crate) fn wait_written(&mut self, len: u64) {
        let end = Instant::now() + PATIENCE;
        while (self.written.len() as u64) < len {
            match self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.written.extend(bytes),
                Err(error) => panic!("waited for {len} bytes, {error}: {:?}", self.screen()),
            }
        }
    }

    /// What is on the screen after all that was written so far.
    pub(crate) fn screen(&self) -> Screen {
        Screen::of(&self.written())
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits until all of `texts` are on the screen.
    pub(crate) fn wait_for(&mut self, texts: &[&str]) {
        self.wait(&format!("{texts:?}"), |screen| texts.iter().all(|text| screen.has(text)));
    }

    /// Sends `bytes` as a keyboard does.
    pub(crate) fn type_bytes(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).unwrap();
    }

    /// Waits for the end of the tool. Returns its status, and all that was written.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.written.extend(bytes),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {:?}", self.written()),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        (self.child.wait().unwrap().code(), self.written())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is on a screen: the characters of each row that has some.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    cells: BTreeMap<u16, BTreeMap<u16, char>>,
}

impl Screen {
    /// What is there after `written`, as far as topstats uses what terminals can do.
    pub(crate) fn of(written: &str) -> Self {
        let mut screen = Self::default();
        let (mut row, mut column) = (1, 1);
        let mut rest = written.chars();
        while let Some(character) = rest.next() {
            match character {
                '\u{1b}' => {
                    // All sequences start with `[`, and end in a letter.
                    let mut sequence = String::new();
                    while !sequence.ends_with(|last: char| last.is_ascii_alphabetic()) {
                        let Some(next) = rest.next() else { return screen };
                        sequence.push(next);
                    }
                    let parameters = sequence.trim_matches(|sign| "[HJmhl".contains(sign));
                    match (sequence.chars().next_back(), parameters.split_once(';')) {
                        (Some('H'), Some((to_row, to_column))) => {
                            (row, column) = (to_row.parse().unwrap(), to_column.parse().unwrap());
                        }
                        (Some('H'), None) => (row, column) = (1, 1),
                        (Some('J'), _) if parameters == "2" => screen.cells.clear(),
                        (Some('J'), _) => {
                            screen.cells.split_off(&(row + 1));
                            screen.cells.entry(row).or_default().split_off(&column);
                        }
                        _ => {}
                    }
                }
                '\r' => column = 1,
                '\n' => row += 1,
                character => {
                    screen.cells.entry(row).or_default().insert(column, character);
                    column += u16::try_from(character.width().unwrap_or(0)).unwrap();
                }
            }
        }
        screen
    }

    /// A row, from 1, without blanks at its end.
    pub(crate) fn row(&self, row: u16) -> String {
        let mut text = String::new();
        for (column, character) in self.cells.get(&row).into_iter().flatten() {
            let gap = usize::from(*column - 1).saturating_sub(text.width());
            text.extend(std::iter::repeat_n(' ', gap));
            text.push(*character);
        }
        text.trim_end().to_owned()
    }

    /// The last row and column in which there is something.
    pub(crate) fn extent(&self) -> (u16, u16) {
        let rows = self.cells.keys().copied().filter(|row| !self.row(*row).is_empty());
        rows.fold((0, 0), |(_, columns), row| {
            (row, columns.max(u16::try_from(self.row(row).width()).unwrap()))
        })
    }

    /// Whether some row has `text`.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.cells.keys().any(|row| self.row(*row).contains(text))
    }
}
