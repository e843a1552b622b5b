//! A web server that publishes what it does, for other programs to read while it runs.
//!
//! One thread serves every connection, so the single-writer fields of [`WebStats`] are all it
//! needs: each update is one store into the mapped file.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderValue, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use mmstats::{Counter, Gauge, MmStats, Stats, Text, UpDown};
use mmstats_examples::stop;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

/// What the web server has done.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.stats.")]
struct WebStats {
    /// Responses that gave what was asked for.
    #[mmstats(label = "status.2XX", unit = "responses")]
    status_2xx: Counter,
    /// Responses that sent the client elsewhere.
    #[mmstats(label = "status.3XX", unit = "responses")]
    status_3xx: Counter,
    /// Responses that blamed the client.
    #[mmstats(label = "status.4XX", unit = "responses")]
    status_4xx: Counter,
    /// Responses that blamed the server.
    #[mmstats(label = "status.5XX", unit = "responses")]
    status_5xx: Counter,
    /// Bytes in the bodies of all responses.
    #[mmstats(unit = "bytes")]
    bytes_sent: Counter,
    /// Requests that are being answered now.
    #[mmstats(unit = "requests")]
    in_flight: UpDown,
    /// When the last request came in, in seconds since 1970.
    #[mmstats(label = "timers.last_hit", unit = "seconds", aggregate = "max")]
    last_hit: Gauge<f64>,
    /// What the last request asked for.
    last_path: Text<64>,
    /// The server's version.
    #[mmstats(value = env!("CARGO_PKG_VERSION"))]
    version: Text<32>,
}

type Page = Response<Full<Bytes>>;

const USAGE: &str = "\
Serves pages on a free port of 127.0.0.1 and publishes what it does.

Usage: web_server [--until-eof]

  --until-eof   stop also when standard input ends";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("web_server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(until_eof) = parse_arguments()? else { return Ok(()) };
    let mut stop = stop::requests(until_eof)?;
    let stats = Rc::new(WebStats::create()?);

    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        announce(&listener, &stats)?;
        spawn_local(accept(listener, stats));
        stop.recv().await;
        Ok(())
    })
}

/// Whether to stop at the end of standard input, or `None` if help was all that was wanted.
fn parse_arguments() -> Result<Option<bool>, Box<dyn Error>> {
    let mut until_eof = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("until-eof") => until_eof = true,
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => {
                println!("{USAGE}");
                return Ok(None);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(until_eof))
}

/// Tells where the server listens and where its statistics are: two lines, for programs to read.
fn announce(listener: &TcpListener, stats: &Stats<WebStats>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "http://{}/", listener.local_addr()?)?;
    writeln!(out, "{}", stats.path().display())?;
    out.flush()
}

async fn accept(listener: TcpListener, stats: Rc<Stats<WebStats>>) {
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                let stats = Rc::clone(&stats);
                spawn_local(async move {
                    let service = service_fn(|request| handle(request, &stats));
                    let mut connection = http1::Builder::new();
                    connection.timer(TokioTimer::new());
                    // A client that hangs up in the middle is its own business.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Err(error) => {
                eprintln!("web_server: cannot accept a connection: {error}");
                // Out of descriptors, most likely: wait until some are given back.
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn handle(request: Request<Incoming>, stats: &WebStats) -> Result<Page, Infallible> {
    let _in_flight = InFlight::enter(stats);
    stats.last_hit.set(seconds_since_1970());
    stats.last_path.set(request.uri().path());

    let page = answer(request.uri().path()).await;

    match page.status().as_u16() {
        300..400 => stats.status_3xx.incr(),
        400..500 => stats.status_4xx.incr(),
        500..600 => stats.status_5xx.incr(),
        _ => stats.status_2xx.incr(),
    }
    if request.method() != Method::HEAD {
        stats.bytes_sent.add(body_len(&page));
    }
    Ok(page)
}

/// The page at `path`: small ones, `/bytes/N` with a body of N bytes, and a slow one.
async fn answer(path: &str) -> Page {
    const MAX_LEN: usize = 1 << 20;

    if let Some(len) = path.strip_prefix("/bytes/") {
        return match len.parse() {
            Ok(len) if len <= MAX_LEN => page(StatusCode::OK, vec![b'.'; len]),
            _ => page(StatusCode::BAD_REQUEST, "not a number of bytes up to 1048576\n"),
        };
    }
    match path {
        "/" => page(StatusCode::OK, "Hello from a web server that counts.\n"),
        "/slow" => {
            sleep(Duration::from_millis(20)).await;
            page(StatusCode::OK, "Sorry to keep you waiting.\n")
        }
        "/old" => {
            let mut moved = page(StatusCode::MOVED_PERMANENTLY, "");
            moved.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
            moved
        }
        "/broken" => page(StatusCode::INTERNAL_SERVER_ERROR, "This page is broken.\n"),
        _ => page(StatusCode::NOT_FOUND, "There is no such page.\n"),
    }
}

fn page(status: StatusCode, body: impl Into<Bytes>) -> Page {
    let mut page = Response::new(Full::new(body.into()));
    *page.status_mut() = status;
    page
}

fn body_len(page: &Page) -> u64 {
    page.body().size_hint().lower()
}

fn seconds_since_1970() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

/// Counts a request as in flight until it is dropped: also when the client hangs up, which drops
/// the future that answers it.
struct InFlight<'a>(&'a WebStats);

impl<'a> InFlight<'a> {
    fn enter(stats: &'a WebStats) -> Self {
        stats.in_flight.incr();
        Self(stats)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.decr();
    }
}
