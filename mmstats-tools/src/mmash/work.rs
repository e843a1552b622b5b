//! How much is done, and kept for those who have asked, at a time.
//!
//! An answer can be as large as all files together. So few are made at once, on threads that do nothing else,
//! and those that are large are no more than there is room for until they are taken.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::answer::Refusal;

/// Answers that are made at once.
const MAX_MADE: usize = 2;
/// What is smaller there is always room for: there are only so many connections.
const SMALL: u64 = 256 * 1024;
/// KiB of larger answers that have not been taken yet.
const MAX_KIB: u32 = 128 * 1024;

/// The room that there is.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    made: Arc<Semaphore>,
    kib: Arc<Semaphore>,
}

/// Kept with an answer until all of it was taken.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Default for Work {
    fn default() -> Self {
        Self { made: Arc::new(Semaphore::new(MAX_MADE)), kib: Arc::new(Semaphore::new(MAX_KIB as usize)) }
    }
}

impl Work {
    /// What `next` answers to `request`.
    pub(crate) async fn answer(&self, request: Request, next: Next) -> Response<Body> {
        let Ok(made) = Arc::clone(&self.made).acquire_owned().await else { return unavailable() };
        let handle = Handle::current();
        let answer = spawn_blocking(move || {
            let response = handle.block_on(next.run(request));
            drop(made);
            response
        });
        if let Ok(response) = answer.await {
            return self.keep(response);
        }
        let reason = "expected an answer, found a fault of mmash; what it said on standard error says which";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, reason).into_response()
    }

    /// `response`, with the room that it takes until it was taken, if there is that much.
    fn keep(&self, mut response: Response<Body>) -> Response<Body> {
        let Some(len) = response.body().size_hint().exact().filter(|len| *len > SMALL) else {
            return response;
        };
        let kib = u32::try_from(len / 1024).unwrap_or(u32::MAX).min(MAX_KIB);
        match Arc::clone(&self.kib).try_acquire_many_owned(kib) {
            Ok(room) => {
                response.extensions_mut().insert(Room { _permit: Arc::new(room) });
                response
            }
            Err(_) => unavailable(),
        }
    }
}

fn unavailable() -> Response<Body> {
    let reason = "expected less large answers that are still being taken, found as many as there may be; try \
                  again later, or ask for less";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
}
