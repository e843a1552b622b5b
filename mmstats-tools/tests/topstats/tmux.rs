//! A terminal that tmux makes, of a server of its own.

use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A terminal, and what runs in it. Dropping it closes it.
pub(crate) struct Tmux {
    /// Where its socket is.
    dir: TempDir,
}

/// Until a test gives up, just before its time limit is over.
const DEADLINE: Duration = Duration::from_mins(4);

/// Whether there is a tmux. Without one says so, except in continuous integration, where it fails.
pub(crate) fn is_there(test: &str) -> bool {
    let is_there = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
    assert!(is_there || std::env::var_os("CI").is_none_or(|value| value != "true"), "{test} needs tmux");
    if !is_there {
        eprintln!("passed over: {test} needs tmux");
    }
    is_there
}

impl Tmux {
    /// A terminal of this size in which `command` runs, for the shell, and which stays when it has ended.
    pub(crate) fn new(columns: u16, rows: u16, place: &Path, command: &str) -> Self {
        let tmux = Self { dir: tempfile::tempdir().unwrap() };
        let size = [columns, rows].map(|size| size.to_string());
        let environment = format!("MMSTATS_PATH={}", place.display());
        let (places, locale) = (["-e", &environment], ["-e", "LC_ALL=C.UTF-8"]);
        let session = ["new-session", "-d", "-x", &size[0], "-y", &size[1]];
        tmux.run(&[&session[..], &places, &locale, &[command]].concat());
        tmux.run(&["set-option", "-g", "remain-on-exit", "on"]);
        tmux
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        // Of this server, whatever this runs in and however the user likes it.
        command.env_remove("TMUX").env_remove("MMSTATS_GLOB").env("SHELL", "/bin/sh");
        command.arg("-S").arg(self.dir.path().join("socket")).args(["-f", "/dev/null", "-u"]);
        command.args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Presses keys, by their names.
    pub(crate) fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    /// Types `text` as it is.
    pub(crate) fn type_text(&self, text: &str) {
        self.run(&["send-keys", "-l", text]);
    }

    /// Does something with the mouse at a column and a row, from 1.
    pub(crate) fn mouse(&self, button: u8, column: u16, row: u16) {
        // In one piece, as a terminal says it: keys are sent one by one.
        self.run(&["set-buffer", &format!("\u{1b}[<{button};{column};{row}M")]);
        self.run(&["paste-buffer", "-r", "-d"]);
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.run(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// What tmux knows by this name.
    pub(crate) fn get(&self, name: &str) -> String {
        self.run(&["display-message", "-p", &format!("#{{{name}}}")]).trim_end().to_owned()
    }

    /// Waits until the screen is as `is_so` wants it.
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "waited for {what}, found\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen has `text` on it.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Closes the terminal.
    pub(crate) fn close(&self) {
        // It may be closed already.
        self.command(&["kill-server"]);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.close();
    }
}

/// Waits until `is_so`.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "waited for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
