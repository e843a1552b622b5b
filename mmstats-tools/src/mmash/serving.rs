//! From the options to a server that runs until it is told to end.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};

use super::access::{Hosts, Token, is_privileged};
use super::collect::Collector;
use super::connections::{Connections, MAX_CONNECTIONS, serve};
use super::history::History;
use super::listen::{Listener, Place};
pub use super::options::Options;
use super::privacy::Privacy;
use super::server::Server;
use super::signals::{self, End};
use super::work::Work;
use crate::cli::{Messages, Stop, files_to_hold};
use crate::escape;
use crate::following::{Clock, LiveFiles, Source, SystemClock};
use crate::selection::Selection;

/// Connections that it takes in any case: the page's event stream, and one for what the page asks for.
const MIN_CONNECTIONS: usize = 2;
/// Event streams at a time.
const MAX_STREAMS: usize = 200;
/// Descriptors besides the standard streams: a dozen for threads, signals and a listener, and as many for files
/// and directories that it looks at, further listeners and clients.
const DESCRIPTORS: usize = 24;
/// Threads that read what is asked and send what is answered.
const WORKERS: usize = 2;
/// Until requests that still run when the server ends are given up.
const LAST_TIME: Duration = Duration::from_millis(200);

/// Serves as `options` say, until a signal ends it.
///
/// # Errors
/// If it makes no sense, nobody may see it, or it cannot listen.
pub fn run(options: Options, messages: &Messages) -> Result<(), Stop> {
    options.check()?;
    for name in &options.unknown_variables {
        let name = name.to_string_lossy();
        messages.note(format_args!("{} is the variable of no option; see mmash --help", escape::text(&name)));
    }
    let token = options.token_file.as_deref().map(Token::read).transpose()?;
    if let Some(place) = options.listen.iter().find(|place| place.is_for_network() && token.is_none()) {
        return Err(Stop::Usage(format!(
            "cannot listen on {place} without a token: other machines could see all; give one with --token-file, \
             or listen on 127.0.0.1 or unix:PATH"
        )));
    }
    let is_open = options.listen.iter().any(Place::is_for_machine) && token.is_none();
    let privacy = (is_open && is_privileged()).then(Privacy::default);
    // Connections need descriptors, too; half are enough for files, of which more are opened anew each time.
    let descriptors = files_to_hold();
    check_descriptors()?;
    let connections = MAX_CONNECTIONS.min(descriptors / 2).max(MIN_CONNECTIONS);
    let history = Arc::new(RwLock::new(History::new(options.limits())));
    let mut files = LiveFiles::new(Selection::new(options.paths)?, descriptors.saturating_sub(connections));
    if let Some(privacy) = privacy {
        files = files.guarded(privacy);
    }
    let clock = SystemClock::start();
    let mut collector = Collector::new(options.filters, options.interval, Arc::clone(&history), clock.now());
    let first = collector.look(&mut files, &clock, messages);
    collector.start().map_err(Stop::Usage)?;
    if first.files.is_empty() {
        messages.note(format_args!("{}; waiting for some", files.nothing_found()));
    }
    let (publish, states) = watch::channel(Arc::new(first));
    let (end, ends) = watch::channel(false);
    let server = Server {
        states,
        history,
        interval: options.interval.as_secs_f64(),
        hosts: Hosts::new(&options.allowed_host),
        token,
        ends: ends.clone(),
        streams: Arc::new(Semaphore::new(MAX_STREAMS.min(connections / 2))),
        work: Work::default(),
    };
    let cannot_start = |error| Stop::Failed(format!("cannot start threads: {error}"));
    let runtime = runtime().map_err(cannot_start)?;
    let listeners = {
        let _context = runtime.enter();
        options.listen.iter().map(Place::listen).collect::<Result<Vec<Listener>, Stop>>()?
    };
    // Before it is said that it listens: from then on a signal is to end it in order.
    let (ended, end_of_all) = channel();
    signals::wait(ended.clone()).map_err(cannot_start)?;
    announce(&listeners)?;
    let routes = Arc::new(server).routes();
    let all = Connections::new(connections);
    let tasks: Vec<_> = listeners
        .into_iter()
        .map(|listener| runtime.spawn(serve(listener, routes.clone(), all.clone(), ends.clone())))
        .collect();
    let messages = messages.clone();
    // By itself: whatever a look waits for, the end does not wait for it.
    thread::spawn(move || {
        let _looks = Looks(ended);
        loop {
            thread::sleep(collector.until_next(clock.now()));
            publish.send_replace(Arc::new(collector.look(&mut files, &clock, &messages)));
        }
    });
    // If nothing is left that could tell, it ends, too.
    let why = end_of_all.recv().unwrap_or(End::NoLooks);
    end.send_replace(true);
    runtime.block_on(async {
        for task in tasks {
            // Whatever became of it, it is over.
            let _ = task.await;
        }
    });
    runtime.shutdown_timeout(LAST_TIME);
    match why {
        End::Signal => Ok(()),
        End::NoLooks => {
            Err(Stop::Failed("it can look at the files no more; what it said last says why".into()))
        }
    }
}

/// Whether there are as many descriptors as it needs to start, to look at the files and to answer one client.
/// Some of its libraries panic where there are none.
fn check_descriptors() -> Result<(), Stop> {
    let mut opened = Vec::new();
    while opened.len() < DESCRIPTORS {
        match io::stderr().as_fd().try_clone_to_owned() {
            Ok(descriptor) => opened.push(descriptor),
            Err(error) => {
                return Err(Stop::Failed(format!(
                    "mmash needs {DESCRIPTORS} free file descriptors, only {} are available: {error}. \
                     Raise the limit: ulimit -n 1024",
                    opened.len()
                )));
            }
        }
    }
    Ok(())
}

/// Tells when it is dropped, also by a panic, that nobody looks at the files any more.
struct Looks(Sender<End>);

impl Drop for Looks {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.0.send(End::NoLooks);
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(WORKERS).enable_io().enable_time().build()
}

/// Says where it listens. Port 0 has become one by now.
fn announce(listeners: &[Listener]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for place in listeners.iter().filter_map(Listener::place) {
        writeln!(out, "listening on {place}")?;
    }
    out.flush()
}
