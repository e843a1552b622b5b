//! Sends a web server requests of several kinds and counts what it got, apart from what the
//! server counts.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use mmstats_examples::stop;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

/// What is asked for, in turn, and the status to expect.
const REQUESTS: [(&str, StatusCode); 10] = [
    ("/", StatusCode::OK),
    ("/bytes/100", StatusCode::OK),
    ("/missing", StatusCode::NOT_FOUND),
    ("/bytes/10000", StatusCode::OK),
    ("/old", StatusCode::MOVED_PERMANENTLY),
    ("/", StatusCode::OK),
    ("/slow", StatusCode::OK),
    ("/bytes/0", StatusCode::OK),
    ("/broken", StatusCode::INTERNAL_SERVER_ERROR),
    ("/bytes/many", StatusCode::BAD_REQUEST),
];

/// Between a response and the connection's next request.
const PAUSE: Duration = Duration::from_millis(3);

const USAGE: &str = "\
Sends requests to a web server until it is interrupted, then prints what it counted.

Usage: load [--connections N] [--until-eof] HOST:PORT

  --connections N   how many requests may be under way at once (default 8)
  --until-eof       stop also when standard input ends";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::parse()? else { return Ok(()) };
    let mut stop = stop::requests(arguments.until_eof)?;
    let counts = Rc::new(RefCell::new(Counts::default()));
    let stopping = Rc::new(Cell::new(false));

    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = LocalSet::new().block_on(&runtime, async {
        let connections: Vec<_> = (0..arguments.connections)
            .map(|first| {
                let server = arguments.server.clone();
                spawn_local(send_requests(server, first, Rc::clone(&counts), Rc::clone(&stopping)))
            })
            .collect();
        spawn_local(async move {
            stop.recv().await;
            stopping.set(true);
        });
        let mut outcome = Ok(());
        for connection in connections {
            outcome = outcome.and(connection.await?);
        }
        outcome
    });
    write!(io::stdout(), "{}", counts.borrow())?;
    outcome
}

struct Arguments {
    connections: usize,
    until_eof: bool,
    server: String,
}

impl Arguments {
    /// `None` if help was all that was wanted.
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let (mut connections, mut until_eof, mut server) = (8, false, None);
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("connections") => connections = parser.value()?.parse()?,
                Long("until-eof") => until_eof = true,
                Long("help") | Short('h') => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                Value(value) if server.is_none() => server = Some(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let server = server.ok_or("expected the server's HOST:PORT, see --help")?;
        Ok(Some(Self { connections, until_eof, server }))
    }
}

/// What was sent and what came back, under the labels that the server publishes it by.
#[derive(Default)]
struct Counts {
    sent: u64,
    /// By the first digit of the status, from 2.
    classes: [u64; 4],
    bytes: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sent {}", self.sent)?;
        for (class, count) in (2..).zip(self.classes) {
            writeln!(f, "status.{class}XX {count}")?;
        }
        writeln!(f, "bytes_sent {}", self.bytes)
    }
}

/// Sends one request after the other over one connection, from the `first` of the list on.
async fn send_requests(
    server: String,
    first: usize,
    counts: Rc<RefCell<Counts>>,
    stopping: Rc<Cell<bool>>,
) -> Result<(), Box<dyn Error>> {
    let stream = TcpStream::connect(&server).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its error is that of the request which it cuts off.
    spawn_local(connection);

    for (path, expected) in REQUESTS.iter().cycle().skip(first % REQUESTS.len()) {
        if stopping.get() {
            break;
        }
        send_request(&mut sender, &server, path, *expected, &counts).await?;
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn send_request(
    sender: &mut SendRequest<Empty<Bytes>>,
    server: &str,
    path: &str,
    expected: StatusCode,
    counts: &RefCell<Counts>,
) -> Result<(), Box<dyn Error>> {
    sender.ready().await?;
    let request = Request::get(path).header(HOST, server).body(Empty::new())?;
    counts.borrow_mut().sent += 1;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();

    let mut counts = counts.borrow_mut();
    if let Some(count) = counts.classes.get_mut(usize::from(status.as_u16() / 100).wrapping_sub(2)) {
        *count += 1;
    }
    counts.bytes += body.len() as u64;
    if status != expected {
        return Err(format!("expected {expected} for {path}, found {status}").into());
    }
    Ok(())
}
