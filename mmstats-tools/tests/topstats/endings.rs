//! How the real program gives the terminal back.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mmstats_tools::top::terminal::Terminal;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{FlowArg, LocalFlags, tcflow, tcgetattr};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::fixture::{Field, Fixture};
use crate::tmux::{self, Tmux, wait_until};

/// A shell on a terminal, in which topstats was started by a command line.
struct Shell {
    tmux: Tmux,
    _dir: TempDir,
}

impl Shell {
    /// Nothing where there is no tmux.
    fn new(test: &str, arguments: &str) -> Option<Self> {
        // What is built here has no writer.
        Self::running(test, &format!("{} --stale {arguments}", env!("CARGO_BIN_EXE_topstats")))
    }

    /// The same, in which `command` was started, which shows `hits`.
    fn running(test: &str, command: &str) -> Option<Self> {
        if !tmux::is_there(test) {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        Fixture::with_fields([Field::counter("hits", &[17])]).write(&dir.path().join("web.mmstats"));
        let tmux = Tmux::new(80, 24, dir.path(), "exec env PS1='shell> ' sh -i");
        tmux.wait_for("shell>");
        let shell = Self { tmux, _dir: dir };
        shell.enter(command);
        shell.tmux.wait_for("hits");
        Some(shell)
    }

    fn enter(&self, line: &str) {
        self.tmux.type_text(line);
        self.tmux.press(&["Enter"]);
    }

    /// The process of topstats: the only child of the shell.
    fn pid(&self) -> Pid {
        let shell = self.tmux.get("pane_pid");
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        Pid::from_raw(children.trim().parse().unwrap())
    }

    /// Waits until the terminal is the shell's again, which says with which status topstats ended.
    fn expect_end(&self, status: &str) {
        self.tmux.wait("the shell", |screen| screen.contains("topstats") && !screen.contains("hits"));
        self.enter("echo status=$?");
        self.tmux.wait_for(&format!("status={status}"));
        let modes = ["alternate_on", "mouse_any_flag", "cursor_flag"].map(|mode| self.tmux.get(mode));
        assert_eq!(modes, ["0", "0", "1"]);
    }
}

#[test]
fn quitting_leaves_the_screen_as_it_was() {
    for key in ["q", "C-c"] {
        let Some(shell) = Shell::new("quitting_leaves_the_screen_as_it_was", "") else { return };
        assert_eq!(shell.tmux.get("alternate_on"), "1");
        shell.tmux.press(&[key]);
        shell.expect_end("0");
    }
}

#[test]
fn a_signal_leaves_the_screen_as_it_was_and_is_the_end() {
    for (signal, status) in [(Signal::SIGTERM, "143"), (Signal::SIGINT, "130"), (Signal::SIGHUP, "129")] {
        let Some(shell) = Shell::new("a_signal_leaves_the_screen_as_it_was_and_is_the_end", "") else {
            return;
        };
        kill(shell.pid(), signal).unwrap();
        shell.expect_end(status);
    }
}

/// Says that this process is the program that panics.
const IS_PROGRAM: &str = "MMSTATS_TEST_IS_PROGRAM";

#[test]
#[ignore = "it is the program that the next test starts"]
fn program_that_panics() {
    if std::env::var_os(IS_PROGRAM).is_none() {
        return;
    }
    let mut terminal = Terminal::open().unwrap();
    terminal.draw(|frame| frame.render_widget("topstats hits", frame.area())).unwrap();
    std::io::stdin().read_exact(&mut [0]).unwrap();
    panic!("something that nobody expected");
}

#[test]
fn a_panic_leaves_the_screen_as_it_was_and_is_told() {
    let this = std::env::current_exe().unwrap();
    let arguments = "--exact endings::program_that_panics --ignored --nocapture";
    let command = format!("{IS_PROGRAM}=1 {} {arguments}", this.display());
    let Some(shell) = Shell::running("a_panic_leaves_the_screen_as_it_was_and_is_told", &command) else {
        return;
    };
    assert_eq!(shell.tmux.get("alternate_on"), "1");
    shell.tmux.press(&["x"]);
    // On the screen that it left, not on the one that is gone.
    shell.tmux.wait_for("something that nobody expected");
    shell.expect_end("101");
}

#[test]
fn a_job_that_is_stopped_goes_on_where_it_was() {
    let Some(shell) = Shell::new("a_job_that_is_stopped_goes_on_where_it_was", "") else { return };
    let pid = shell.pid();
    for stop in [&["C-z"][..], &["/", "C-z"], &[]] {
        match stop {
            [] => kill(pid, Signal::SIGTSTP).unwrap(),
            keys => shell.tmux.press(keys),
        }
        shell.tmux.wait("the shell", |screen| screen.contains("shell>") && !screen.contains("hits"));
        wait_until("the terminal is the shell's", || shell.tmux.get("alternate_on") == "0");
        shell.enter("fg");
        shell.tmux.wait_for("hits");
        if stop.contains(&"/") {
            shell.tmux.press(&["Escape"]);
            shell.tmux.wait_for("/ filter");
        }
    }
    shell.tmux.press(&["q"]);
    shell.expect_end("0");
}

#[test]
fn what_could_not_be_read_is_said_at_the_end() {
    let arguments = "$MMSTATS_PATH $MMSTATS_PATH/missing.mmstats";
    let Some(shell) = Shell::new("what_could_not_be_read_is_said_at_the_end", arguments) else { return };
    shell.tmux.wait_for("cannot read");
    shell.tmux.press(&["q"]);
    shell.tmux.wait_for("topstats: cannot read");
    shell.expect_end("1");
}

#[test]
fn a_terminal_that_closes_ends_it() {
    for pause in [false, true] {
        let Some(shell) = Shell::new("a_terminal_that_closes_ends_it", "-d 60") else { return };
        let pid = shell.pid();
        if pause {
            shell.tmux.press(&["p"]);
            shell.tmux.wait_for("PAUSED");
        }
        shell.tmux.close();
        wait_until("the end of topstats", || !Path::new(&format!("/proc/{pid}")).exists() || is_zombie(pid));
    }
}

/// Whether a process has ended, and nobody has asked how.
fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

/// The program on a terminal of which this holds both ends, and which is not that of its session: the kernel
/// sends it no signal.
struct Pty {
    child: Child,
    master: File,
    slave: File,
}

impl Pty {
    /// Returns when all is drawn.
    fn new(dir: &Path) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(&size, None).unwrap();
        // A child that held this end would keep the terminal open.
        fcntl(&master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        fcntl(&slave, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_topstats"));
        command.args(["-d", "60"]).arg(dir).env("TERM", "xterm").stderr(Stdio::piped());
        command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap());
        let child = command.spawn().unwrap();
        let mut pty = Self { child, master: File::from(master), slave: File::from(slave) };
        let mut screen = Vec::new();
        while !String::from_utf8_lossy(&screen).contains("quit") {
            let mut bytes = [0; 4096];
            let len = pty.master.read(&mut bytes).unwrap();
            screen.extend_from_slice(&bytes[..len]);
        }
        pty
    }
}

#[test]
fn a_terminal_that_is_gone_without_a_signal_ends_it_silently() {
    let dir = tempfile::tempdir().unwrap();
    // At a pause nothing is drawn; in the middle of a key its rest is waited for.
    for pressed in ["", "p", "\u{1b}["] {
        let Pty { mut child, mut master, slave } = Pty::new(dir.path());
        drop(slave);
        master.write_all(pressed.as_bytes()).unwrap();
        drop(master);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{pressed:?}");
    }
}

#[test]
fn a_terminal_that_takes_nothing_does_not_keep_it_from_ending() {
    let dir = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut pty = Pty::new(dir.path());
        tcflow(&pty.slave, FlowArg::TCOOFF).unwrap();
        // The list of keys, which cannot be drawn.
        pty.master.write_all(b"h").unwrap();
        kill(Pid::from_raw(pty.child.id().try_into().unwrap()), signal).unwrap();
        assert_eq!(pty.child.wait().unwrap().signal(), Some(signal as i32));
        // Lines are read as before it started.
        assert!(tcgetattr(&pty.slave).unwrap().local_flags.contains(LocalFlags::ICANON));
    }
}

#[test]
fn without_a_terminal_to_read_keys_from_it_says_what_to_do() {
    // `setsid` leaves it without a terminal; what it writes to still is one.
    let Some(shell) = Shell::new("without_a_terminal_to_read_keys_from_it_says_what_to_do", "") else {
        return;
    };
    shell.tmux.press(&["q"]);
    shell.expect_end("0");
    let is_there =
        Command::new("setsid").arg("--version").output().is_ok_and(|output| output.status.success());
    if is_there {
        shell.enter(&format!("setsid --wait {} </dev/null", env!("CARGO_BIN_EXE_topstats")));
        shell.tmux.wait_for("cannot use the terminal");
    }
}
