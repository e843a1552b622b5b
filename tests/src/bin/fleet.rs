//! Many files of a hundred fields each, as many programs would have them, written by one that ends with
//! its standard input: `fleet DIR FILES` says `ready` when all are there, and then counts in each of them
//! ten times a second.

use std::io::{self, Read, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use mmstats::{Counter, MmStats, Stats};

/// Ten of the hundred.
#[derive(MmStats)]
#[repr(C)]
struct Ten {
    /// Requests that came in.
    #[mmstats(unit = "requests")]
    requests: Counter,
    /// Answers that were sent.
    answers: Counter,
    /// Requests that nobody could answer.
    errors: Counter,
    /// Bytes of all requests.
    #[mmstats(unit = "bytes")]
    bytes_received: Counter,
    /// Bytes of all answers.
    #[mmstats(unit = "bytes")]
    bytes_sent: Counter,
    hits: Counter,
    misses: Counter,
    retries: Counter,
    timeouts: Counter,
    wakeups: Counter,
}

/// Ten times ten.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "fleet.")]
struct FleetStats {
    #[mmstats(flatten, prefix = "admin.")]
    admin: Ten,
    #[mmstats(flatten, prefix = "auth.")]
    auth: Ten,
    #[mmstats(flatten, prefix = "cache.")]
    cache: Ten,
    #[mmstats(flatten, prefix = "db.")]
    db: Ten,
    #[mmstats(flatten, prefix = "http.")]
    http: Ten,
    #[mmstats(flatten, prefix = "mail.")]
    mail: Ten,
    #[mmstats(flatten, prefix = "queue.")]
    queue: Ten,
    #[mmstats(flatten, prefix = "rpc.")]
    rpc: Ten,
    #[mmstats(flatten, prefix = "search.")]
    search: Ten,
    #[mmstats(flatten, prefix = "store.")]
    store: Ten,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(files)) = (arguments.next(), arguments.next().and_then(|files| files.parse().ok()))
    else {
        return Err(io::Error::other("expected a directory and a number of files"));
    };
    let ships: Vec<Stats<FleetStats>> = (0..files)
        .map(|number: u32| {
            FleetStats::options().dir(&dir).file_name(format!("fleet-{{PID}}-{number:04}.mmstats"))
        })
        .map(|options| options.create().map_err(io::Error::other))
        .collect::<io::Result<_>>()?;
    writeln!(io::stdout(), "ready")?;

    let (end, ended) = channel();
    thread::spawn(move || {
        // However it ends, it ended.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        drop(end);
    });
    while ended.recv_timeout(Duration::from_millis(100)) == Err::<(), _>(RecvTimeoutError::Timeout) {
        for ship in &ships {
            for ten in [&ship.admin, &ship.auth, &ship.cache, &ship.db, &ship.http] {
                ten.requests.add(7);
                ten.bytes_received.add(1000);
                ten.hits.incr();
            }
        }
    }
    Ok(())
}
