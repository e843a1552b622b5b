//! What comes from outside: keys, the mouse, signals, and the end of the terminal.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::crossterm::event::Event;
use signal_hook::consts::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::parser::Parser;
use super::terminal;

/// Something from outside.
#[derive(Debug)]
pub enum Input {
    /// Keys, the mouse and pastes that came at once.
    Events(Vec<Event>),
    /// The terminal has another size.
    Resize,
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
    let of_signals = sender.clone();
    let signals = Signals::new([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH])?;
    let keyboard = open_keyboard()?;
    start("signals", move || pass_signals(signals, &of_signals))?;
    start("keys", move || {
        pass_keys(keyboard, &sender);
        // Who no longer listens needs not know.
        let _ = sender.send(Input::Closed);
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
            SIGWINCH => Input::Resize,
            signal => Input::End(signal),
        });
        if !matches!(signal, SIGTSTP | SIGCONT | SIGWINCH) {
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

/// Where keys come from: standard input, or else the terminal of the process.
fn open_keyboard() -> io::Result<File> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        stdin.as_fd().try_clone_to_owned().map(File::from)
    } else {
        File::open("/dev/tty")
    }
}

/// Bytes that are read at a time. More than a terminal holds back at once, and less than would keep the user waiting.
const KEYS_LEN: usize = 64 * 1024;

/// Sends the events of the `keyboard` to the program, until one of both is gone.
fn pass_keys(mut keyboard: File, sender: &Sender<Input>) {
    /// Until the rest of an escape sequence is no longer waited for: then it was the key Esc. Networks may part a
    /// sequence.
    const REST_MS: u8 = 50;

    let mut parser = Parser::default();
    let mut bytes = vec![0; KEYS_LEN];
    let mut is_there = wait_for(&keyboard, PollTimeout::NONE);
    while is_there {
        let mut events = Vec::new();
        let mut len = 0;
        // A paste without marks around it comes in pieces, which are taken together.
        loop {
            match keyboard.read(&mut bytes) {
                Ok(0) => is_there = false,
                Ok(count) => {
                    parser.advance(bytes.get(..count).unwrap_or_default(), &mut events);
                    len += count;
                }
                Err(error)
                    if [io::ErrorKind::Interrupted, io::ErrorKind::WouldBlock].contains(&error.kind()) => {}
                Err(_) => is_there = false,
            }
            let timeout = if parser.is_waiting() { REST_MS.into() } else { PollTimeout::ZERO };
            if !is_there || len >= KEYS_LEN || !wait_for(&keyboard, timeout) {
                break;
            }
        }
        parser.give_up(&mut events);
        if !events.is_empty() && sender.send(Input::Events(events)).is_err() {
            return;
        }
        is_there = is_there && wait_for(&keyboard, PollTimeout::NONE);
    }
}

/// Waits until there is something to read, or the end. Says whether it came in time.
fn wait_for(keyboard: &File, timeout: PollTimeout) -> bool {
    loop {
        match poll(&mut [PollFd::new(keyboard.as_fd(), PollFlags::POLLIN)], timeout) {
            Err(Errno::EINTR) => {}
            result => return result.is_ok_and(|ready| ready > 0),
        }
    }
}
