//! Takes connections, and keeps those who hold them without using them from shutting out others.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::listen::Listener;
use super::server::Came;
use super::work::Room;

/// Connections at a time. Who comes then takes the place of the one that was idle for longest.
pub(crate) const MAX_CONNECTIONS: usize = 512;
/// For the lines and headers of a request.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Until who neither asks nor takes what is sent is cut off.
const IDLE_TIME: Duration = Duration::from_mins(1);
/// Until what is sent has to be taken when the server ends.
const END_TIME: Duration = Duration::from_millis(1500);
/// The most bytes of a request's line and headers.
const MAX_HEAD_LEN: usize = 32 * 1024;
/// Until one tries again after the system refused a connection.
const REFUSED_TIME: Duration = Duration::from_millis(50);

/// All connections.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    /// How many there may be.
    max: usize,
    start: Instant,
    all: Arc<Mutex<All>>,
}

#[derive(Debug, Default)]
struct All {
    by_number: BTreeMap<u64, Arc<Use>>,
    last_number: u64,
}

/// What is known of a connection.
#[derive(Debug)]
struct Use {
    start: Instant,
    /// When it last did something, in milliseconds since `start`.
    last: AtomicU64,
    /// Whether it waits for an answer.
    is_busy: AtomicBool,
    /// Told when it has to make room.
    close: Notify,
}

/// Serves `routes` to whoever comes by `listener`, until it `ends`.
pub(crate) async fn serve(
    listener: Listener,
    routes: Router,
    connections: Connections,
    mut ends: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = ends.wait_for(|ends| *ends) => break,
            stream = accept(&listener) => stream,
        };
        while tasks.try_join_next().is_some() {}
        let Ok((stream, came)) = stream else {
            // No descriptors are left: some will be given back.
            sleep(REFUSED_TIME).await;
            continue;
        };
        let Some((number, use_)) = connections.take_in() else { continue };
        let (connections, routes, ends) = (connections.clone(), routes.clone(), ends.clone());
        tasks.spawn(async move {
            converse(stream, came, routes, &use_, ends).await;
            connections.let_go(number);
        });
    }
    // Whoever comes now is told at once, and another server can listen here.
    drop(listener);
    // What is not done by then is cut off.
    let all_done = async { while tasks.join_next().await.is_some() {} };
    let _ = timeout(END_TIME, all_done).await;
}

/// A connection of whatever kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn accept(listener: &Listener) -> std::io::Result<(Box<dyn Stream>, Came)> {
    Ok(match listener {
        Listener::Tcp(listener) => {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let local = stream.local_addr()?;
            (Box::new(stream), Came::Tcp(local))
        }
        Listener::Unix(listener, file) => {
            (Box::new(listener.accept().await?.0), Came::Unix { is_shared: file.is_shared() })
        }
    })
}

/// Answers the requests of a connection, until it is over.
async fn converse(
    stream: Box<dyn Stream>,
    came: Came,
    routes: Router,
    use_: &Arc<Use>,
    mut ends: watch::Receiver<bool>,
) {
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (routes, use_) = (routes.clone(), Arc::clone(use_));
        async move {
            use_.is_busy.store(true, Ordering::Relaxed);
            use_.touch();
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(came);
            let mut response = tower(routes, request).await;
            let room = response.extensions_mut().remove();
            Ok::<_, Infallible>(response.map(|body| Tracked { body, rest: Bytes::new(), use_, _room: room }))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEAD_LEN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut is_ending = false;
    loop {
        tokio::select! {
            // What went wrong its client knows.
            _ = connection.as_mut() => return,
            () = use_.close.notified() => return,
            () = sleep(use_.time_left()) => if use_.time_left().is_zero() { return },
            _ = ends.wait_for(|ends| *ends), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The answer of `routes` to `request`.
async fn tower(routes: Router, request: Request) -> axum::http::Response<Body> {
    use hyper_util::service::TowerToHyperService;
    match hyper::service::Service::call(&TowerToHyperService::new(routes), request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

impl Connections {
    /// None yet, and at most `max`.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, start: Instant::now(), all: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in one more, in the place of the one that was idle for longest if there are too many; not if
    /// all are busy.
    fn take_in(&self) -> Option<(u64, Arc<Use>)> {
        let mut all = self.lock();
        if all.by_number.len() >= self.max {
            let idle = all.by_number.iter().filter(|(_, use_)| !use_.is_busy.load(Ordering::Relaxed));
            let oldest = idle.min_by_key(|(_, use_)| use_.last.load(Ordering::Relaxed));
            let oldest = oldest.map(|(number, _)| *number)?;
            all.by_number.remove(&oldest)?.close.notify_one();
        }
        let use_ = Arc::new(Use {
            start: self.start,
            last: AtomicU64::new(0),
            is_busy: AtomicBool::new(false),
            close: Notify::new(),
        });
        use_.touch();
        all.last_number += 1;
        let number = all.last_number;
        all.by_number.insert(number, Arc::clone(&use_));
        Some((number, use_))
    }

    fn let_go(&self, number: u64) {
        self.lock().by_number.remove(&number);
    }
}

impl Use {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that it did something.
    fn touch(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    /// How long it may go on doing nothing.
    fn time_left(&self) -> Duration {
        let idle = self.now().saturating_sub(self.last.load(Ordering::Relaxed));
        IDLE_TIME.saturating_sub(Duration::from_millis(idle))
    }
}

/// Bytes of an answer that are handed over at a time.
const PIECE_LEN: usize = 16 * 1024;

/// The body of an answer, of which is noted when it is taken, and when it is done.
///
/// It is handed over in small pieces, of which no more are taken than can be sent soon: so whoever takes what
/// they asked for, however slowly, is not idle, and it is known how much still waits.
struct Tracked {
    body: Body,
    /// Of a part of the body what was not handed over yet.
    rest: Bytes,
    use_: Arc<Use>,
    _room: Option<Room>,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                end => return Poll::Ready(end),
            }
        }
        self.use_.touch();
        let len = self.rest.len().min(PIECE_LEN);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(len)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(body.lower().saturating_add(rest));
        hint
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.use_.touch();
        self.use_.is_busy.store(false, Ordering::Relaxed);
    }
}
