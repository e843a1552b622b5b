//! A connection that can fall silent, as that of a machine that sleeps: it does not end, and nothing comes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

/// Passes on what comes to it.
pub(crate) struct Wire {
    /// Where it listens, as a URL without a slash at its end.
    pub(crate) url: String,
    /// How often it fell silent.
    silences: Arc<AtomicUsize>,
}

impl Wire {
    /// Leads to the server at `address`.
    pub(crate) fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let silences = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&silences);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&address) else { continue };
                let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let up = Arc::clone(&own);
                thread::spawn(move || pass_on(client, to_server, &up, false));
                let down = Arc::clone(&own);
                thread::spawn(move || pass_on(server, to_client, &down, true));
            }
        });
        Self { url, silences }
    }

    /// From now on nothing comes of the streams that are open.
    pub(crate) fn fall_silent(&self) {
        self.silences.fetch_add(1, Relaxed);
    }
}

/// Passes bytes on until there are none, or, of event streams, silence falls.
fn pass_on(mut from: TcpStream, mut to: TcpStream, silences: &AtomicUsize, can_be_silent: bool) {
    let before = silences.load(Relaxed);
    let mut is_stream = false;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        is_stream |= buffer[..len].windows(17).any(|window| window == b"text/event-stream");
        if can_be_silent && is_stream && silences.load(Relaxed) > before {
            continue;
        }
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    // Either may have ended already.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
