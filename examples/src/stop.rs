//! When the examples stop: asked by a signal, or by whoever started them.

use std::io::{Read, stdin};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The other end yields one `()` when the program should stop: at Ctrl-C, SIGTERM or SIGHUP, and,
/// with `at_end_of_input`, when standard input ends. That happens also when the parent is killed
/// which holds the other end of the pipe, so that no child outlives it.
///
/// # Errors
/// The program has a handler for one of the signals already.
pub fn requests(at_end_of_input: bool) -> Result<UnboundedReceiver<()>, ctrlc::Error> {
    let (sender, receiver) = unbounded_channel();
    if at_end_of_input {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut ignored = [0; 64];
            while stdin().read(&mut ignored).is_ok_and(|len| len > 0) {}
            // It fails only if the program has stopped already.
            let _ = sender.send(());
        });
    }
    ctrlc::set_handler(move || {
        let _ = sender.send(());
    })?;
    Ok(receiver)
}
