//! The signals that end the server.

use std::fs;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the first of them, from now on, on a thread that does nothing else: however much there is to be
/// answered, it is heard.
///
/// # Errors
/// If they cannot be waited for.
pub(crate) fn wait() -> io::Result<Receiver<()>> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        wanted().map(signal).collect::<io::Result<Vec<Signal>>>()?
    };
    let (stop, stopped): (Sender<()>, _) = channel();
    thread::spawn(move || {
        runtime.block_on(async {
            let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
            futures_util::future::select_all(any).await;
        });
        // It is heard, or over already.
        let _ = stop.send(());
    });
    Ok(stopped)
}

/// SIGHUP not if it was ignored at the start: then the server is to outlive its terminal.
fn wanted() -> impl Iterator<Item = SignalKind> {
    let hangup = (!is_hangup_ignored()).then(SignalKind::hangup);
    [SignalKind::terminate(), SignalKind::interrupt()].into_iter().chain(hangup)
}

fn is_hangup_ignored() -> bool {
    const SIGHUP: u64 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default();
    ignored & SIGHUP != 0
}
