//! Takes connections, and keeps those who hold them without using them from shutting out others.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
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

/// All connections, by number.
#[derive(Clone, Debug, Default)]
struct Connections(Arc<Mutex<BTreeMap<u64, Arc<Use>>>>);

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
pub(crate) async fn serve(listener: Listener, routes: Router, max: usize, mut ends: watch::Receiver<bool>) {
    let connections = Connections::default();
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    let mut number = 0;
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
        number += 1;
        if !connections.make_room(max) {
            continue;
        }
        let use_ = Arc::new(Use {
            start,
            last: AtomicU64::new(0),
            is_busy: AtomicBool::new(false),
            close: Notify::new(),
        });
        use_.touch();
        connections.lock().insert(number, Arc::clone(&use_));
        let (connections, routes, ends) = (connections.clone(), routes.clone(), ends.clone());
        tasks.spawn(async move {
            converse(stream, came, routes, &use_, ends).await;
            connections.lock().remove(&number);
        });
    }
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
            (Box::new(stream), Came(Some(local)))
        }
        Listener::Unix(listener, _) => (Box::new(listener.accept().await?.0), Came(None)),
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
            let response = tower(routes, request).await;
            Ok::<_, Infallible>(response.map(|body| Tracked { body, use_ }))
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
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Use>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that there are less than `max`. Returns whether there are: not if all are busy.
    fn make_room(&self, max: usize) -> bool {
        let mut all = self.lock();
        if all.len() < max {
            return true;
        }
        let idle = all.iter().filter(|(_, use_)| !use_.is_busy.load(Ordering::Relaxed));
        let oldest =
            idle.min_by_key(|(_, use_)| use_.last.load(Ordering::Relaxed)).map(|(number, _)| *number);
        let Some(oldest) = oldest.and_then(|number| all.remove(&number)) else { return false };
        oldest.close.notify_one();
        true
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

/// The body of an answer, of which is noted when it is taken, and when it is done.
struct Tracked {
    body: Body,
    use_: Arc<Use>,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_ready() {
            self.use_.touch();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.use_.touch();
        self.use_.is_busy.store(false, Ordering::Relaxed);
    }
}
