//! The signals that end the server.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use nix::sys::signal::Signal;
use tokio::runtime::Builder;
use tokio::signal::unix::{self, SignalKind, signal};

use super::access::status_bits;

/// Why the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A signal came.
    Signal,
    /// Nobody looks at the files any more: that ended by a fault of this program.
    NoLooks,
}

/// Waits for the first of them, from now on, and says so to `ended`. That is on a thread that does nothing else:
/// however much there is to be answered, it is heard.
///
/// # Errors
/// If they cannot be waited for.
pub(crate) fn wait(ended: Sender<End>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        wanted().map(signal).collect::<io::Result<Vec<unix::Signal>>>()?
    };
    thread::spawn(move || {
        runtime.block_on(async {
            let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
            futures_util::future::select_all(any).await;
        });
        // It is heard, or over already.
        let _ = ended.send(End::Signal);
    });
    Ok(())
}

/// SIGHUP not if it was ignored at the start: then the server is to outlive its terminal.
fn wanted() -> impl Iterator<Item = SignalKind> {
    let hangup = (!is_hangup_ignored()).then(SignalKind::hangup);
    [SignalKind::terminate(), SignalKind::interrupt()].into_iter().chain(hangup)
}

fn is_hangup_ignored() -> bool {
    // The lowest bit is that of signal 1.
    status_bits("SigIgn") & (1 << (Signal::SIGHUP as u32 - 1)) != 0
}
