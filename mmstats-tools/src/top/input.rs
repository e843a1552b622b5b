//! What comes from outside: keys, the mouse, signals, and the end of the terminal.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::crossterm::event::{self, Event};
use signal_hook::consts::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::terminal;

/// Something from outside.
#[derive(Debug)]
pub enum Input {
    /// Keys, the mouse, another size.
    Event(Event),
    /// This signal wants the program to end.
    End(i32),
    /// The program is to stop until it is told to go on.
    Suspend,
    /// It goes on: everything is to be drawn.
    Redraw,
    /// There is no terminal any more.
    Closed,
}

/// Waits for input from now on, until the program ends.
///
/// # Errors
/// If there is no terminal to read from, or signals cannot be waited for.
pub fn inputs() -> io::Result<Receiver<Input>> {
    let (sender, receiver) = channel();
    let (of_signals, of_keys) = (sender.clone(), sender.clone());
    let signals = Signals::new([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT])?;
    let keyboard = Keyboard::open()?;
    start("signals", move || pass_signals(signals, &of_signals))?;
    start("hangup", move || {
        wait_for_hangup(&keyboard);
        // Who no longer listens needs not know.
        let _ = sender.send(Input::Closed);
    })?;
    start("keys", move || {
        // At the terminal's end crossterm reads it again and again: then the program ends by the hangup.
        while let Ok(event) = event::read() {
            if of_keys.send(Input::Event(event)).is_err() {
                return;
            }
        }
        let _ = of_keys.send(Input::Closed);
    })?;
    Ok(receiver)
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(body).map(|_| ())
}

fn pass_signals(mut signals: Signals, sender: &Sender<Input>) {
    for signal in signals.forever() {
        // Who no longer listens is about to end.
        let _ = sender.send(match signal {
            SIGTSTP => Input::Suspend,
            SIGCONT => Input::Redraw,
            signal => Input::End(signal),
        });
        if !matches!(signal, SIGTSTP | SIGCONT) {
            // Without it the program ends as soon as it listens.
            let _ = start("end", move || insist(signal));
        }
    }
}

/// Ends the program by `signal` if it has not ended a while later: it hangs, as when its terminal takes
/// nothing of what is drawn.
fn insist(signal: i32) {
    /// What a program that does not hang takes at most: to read its files, and to draw them.
    const PATIENCE: Duration = Duration::from_secs(1);

    thread::sleep(PATIENCE);
    // That may hang as well.
    let (sender, has_left) = channel();
    let _ = start("leave", move || {
        terminal::leave();
        let _ = sender.send(());
    });
    let _ = has_left.recv_timeout(PATIENCE / 10);
    let _ = emulate_default_handler(signal);
}

/// Returns when the terminal is gone: closed by whoever made it, of which there is not always a signal.
fn wait_for_hangup(keyboard: &Keyboard) {
    // For nothing but what is always told.
    let mut waiting = [PollFd::new(keyboard.as_fd(), PollFlags::empty())];
    while poll(&mut waiting, PollTimeout::NONE) == Err(Errno::EINTR) {}
}

/// Where keys come from, as crossterm has it: standard input, or else the terminal of the process.
enum Keyboard {
    Stdin(io::Stdin),
    Tty(File),
}

impl Keyboard {
    fn open() -> io::Result<Self> {
        let stdin = io::stdin();
        if stdin.is_terminal() { Ok(Self::Stdin(stdin)) } else { File::open("/dev/tty").map(Self::Tty) }
    }
}

impl AsFd for Keyboard {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin(stdin) => stdin.as_fd(),
            Self::Tty(tty) => tty.as_fd(),
        }
    }
}
