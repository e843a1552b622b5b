//! What all handlers use to answer requests, and how a request came in.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::{Semaphore, watch};

use super::access::{Hosts, Token};
use super::history::History;
use super::state::State;
use super::work::Work;

/// What requests are answered from.
pub(crate) struct Server {
    /// What was found last.
    pub(crate) states: watch::Receiver<Arc<State>>,
    /// What was found before.
    pub(crate) history: Arc<RwLock<History>>,
    /// Seconds between two looks.
    pub(crate) interval: f64,
    /// The names by which it may be asked for.
    pub(crate) hosts: Hosts,
    /// What has to be known by who connects by TCP, or by a socket that others can use.
    pub(crate) token: Option<Token>,
    /// Whether it is about to end.
    pub(crate) ends: watch::Receiver<bool>,
    /// Event streams that there may be besides those that there are.
    pub(crate) streams: Arc<Semaphore>,
    /// How much is answered at a time.
    pub(crate) work: Work,
}

/// How a request came in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Came {
    /// By TCP, to this address.
    Tcp(SocketAddr),
    /// By a socket in the file system.
    Unix {
        /// Whether others than its owner can connect to it.
        is_shared: bool,
    },
}

impl Server {
    /// What was found last.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.states.borrow())
    }

    /// What was found before.
    pub(crate) fn history(&self) -> RwLockReadGuard<'_, History> {
        self.history.read().unwrap_or_else(PoisonError::into_inner)
    }
}
