//! `/api/v1/stream`: what is new, as server-sent events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, Response, StatusCode};
use futures_util::stream::unfold;
use mmstats_reader::Liveness;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

use super::points::{Cells, Columns, Steps, columns, trend};
use super::{Heading, Now, Parameters, wanted};
use crate::mmash::answer::{self, Number, Refusal};
use crate::mmash::server::Server;
use crate::mmash::state::{Application, File, Series, SeriesId, State};

const KNOWN: [&str; 2] = ["series", "top"];
const MANY: [&str; 1] = ["series"];
const MAX_SERIES: usize = 100;
const TOP: usize = 10;
/// Points of a trend.
const TREND: u64 = 60;
/// A line is sent at least so often, so that it is noticed when nobody is there any more.
const QUIET_TIME: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct Tick<'a> {
    time: f64,
    interval: f64,
    /// Seconds that are kept.
    history: f64,
    version: &'static str,
    host: &'a str,
    /// Whether who asks by TCP, or by a socket that others can use, has to know a token.
    token: bool,
    files: Files,
    fields: Fields,
    applications: Vec<Running<'a>>,
    top: Vec<Moving<'a>>,
    series: Vec<Newest<'a>>,
}

/// How many files there are, and of how many not all can be read.
#[derive(Serialize)]
struct Files {
    followed: usize,
    problems: usize,
}

/// How many fields there are, and how many of them are kept.
#[derive(Serialize)]
struct Fields {
    total: usize,
    history: usize,
}

/// The processes of an application.
#[derive(Serialize)]
struct Running<'a> {
    application: &'a str,
    user: &'a str,
    uid: u32,
    alive: usize,
    stale: usize,
    unknown: usize,
    processes: usize,
    created: Option<f64>,
    age: Option<f64>,
}

/// What moves.
#[derive(Serialize)]
struct Moving<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    help: &'a str,
    rate: Option<Number>,
    trend: Vec<Option<Number>>,
}

/// The newest point of a series, and what it is now, which is known also where nothing is kept.
#[derive(Serialize)]
struct Newest<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    #[serde(flatten)]
    now: Now<'a>,
    history: bool,
    #[serde(flatten)]
    columns: Columns,
}

/// What a client follows.
struct Follower {
    server: Arc<Server>,
    states: watch::Receiver<Arc<State>>,
    ends: watch::Receiver<bool>,
    host: String,
    wanted: Vec<String>,
    /// The series that are wanted, among those that there were when they were looked for.
    found: (Arc<Vec<Option<Series>>>, Vec<SeriesId>),
    top: usize,
    is_first: bool,
    /// The client's place among those that there may be.
    _place: OwnedSemaphorePermit,
}

/// Sends an event now and at each tick, until the client or the server ends.
pub(in crate::mmash) async fn answer(
    Shared(server): Shared<Arc<Server>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response<Body>, Refusal> {
    let parameters = Parameters::new(parameters, &KNOWN, &MANY)?;
    let top = parameters.number("top", "a number from 0 to 100")?.unwrap_or(TOP);
    let wanted: Vec<String> = parameters.all("series").map(str::to_owned).collect();
    if top > State::TOP || wanted.len() > MAX_SERIES {
        let reason = format!("expected top and the count of series to be at most {MAX_SERIES}, found more");
        return Err(Refusal::bad_request(reason));
    }
    let place = Arc::clone(&server.streams).try_acquire_owned().map_err(|_| {
        let reason =
            "expected less event streams, found as many as there may be; close one, or try again later";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, reason)
    })?;
    let (states, ends) = (server.states.clone(), server.ends.clone());
    let (host, found) = (host(), (Arc::default(), Vec::new()));
    let follower = Follower { server, states, ends, host, wanted, found, top, is_first: true, _place: place };
    let events = unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), follower))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx collects what it proxies until a buffer is full, which takes many events. This tells it not to.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

impl Follower {
    /// The next event, or a comment if there is none for long; nothing at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        if !self.is_first {
            let Self { states, ends, .. } = self;
            let change = timeout(QUIET_TIME, states.changed());
            tokio::select! {
                _ = ends.wait_for(|ends| *ends) => return None,
                change = change => match change {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return None,
                    Err(_) => return Some(": still here\n\n".into()),
                },
            }
        }
        self.is_first = false;
        let state = Arc::clone(&self.states.borrow_and_update());
        self.find(&state);
        let tick = self.tick(&state);
        let mut event = format!("event: tick\nid: {}\ndata: ", state.tick).into_bytes();
        event.extend(answer::json(&tick).ok()?);
        event.extend(b"\n\n");
        Some(event)
    }

    fn tick<'a>(&'a self, state: &'a State) -> Tick<'a> {
        let interval = self.server.interval;
        let history = self.server.history();
        let steps = |ticks| Steps::new((state.tick + 1).saturating_sub(ticks), state.tick, 1, interval);
        let moving = |id: &SeriesId| {
            let series = state.one_series(*id)?;
            Some(Moving {
                heading: Heading::of(series),
                help: series.field.description.help(),
                rate: state.rate(*id).map(|rate| Number(rate.into())),
                trend: trend(&history, *id, &series.field, steps(TREND)).unwrap_or_default(),
            })
        };
        let newest = |id: &SeriesId| {
            let (id, series) = (*id, state.one_series(*id)?);
            let columns = columns(&history, id, &series.field, steps(1), Some(&mut Cells::new()));
            Some(Newest {
                heading: Heading::of(series),
                now: Now::of(state, id),
                history: columns.is_some(),
                columns: columns.unwrap_or_else(Columns::none),
            })
        };
        Tick {
            time: state.time,
            interval,
            #[expect(clippy::cast_precision_loss, reason = "few points are kept")]
            history: history.points_kept() as f64 * interval,
            version: env!("CARGO_PKG_VERSION"),
            host: &self.host,
            token: self.server.token.is_some(),
            files: Files {
                followed: state.files.len(),
                problems: state.files.iter().filter(|file| file.problem.is_some()).count(),
            },
            fields: Fields { total: state.all_series().count(), history: history.count() },
            applications: applications(&state.files),
            top: state.top().iter().take(self.top).filter_map(moving).collect(),
            series: self.found.1.iter().filter_map(newest).collect(),
        }
    }

    /// Finds the series that are wanted, as many as there may be, if there are others than the last time.
    fn find(&mut self, state: &State) {
        if self.wanted.is_empty() || Arc::ptr_eq(&self.found.0, &state.series) {
            return;
        }
        let mut by_application: BTreeMap<&str, Vec<(SeriesId, &Series)>> = BTreeMap::new();
        for (id, series) in state.all_series() {
            by_application.entry(&series.application.name).or_default().push((id, series));
        }
        let mut found = BTreeSet::new();
        for text in &self.wanted {
            for (name, series) in &by_application {
                let Some(label) = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) else {
                    continue;
                };
                let wanted = wanted(label);
                let selector = wanted.among(series.iter().map(|(_, series)| &series.field.description));
                let taken = series.iter().filter(|(_, series)| selector.takes(&series.field.description));
                found.extend(taken.map(|(id, _)| *id));
            }
        }
        self.found = (Arc::clone(&state.series), found.into_iter().take(MAX_SERIES).collect());
    }
}

/// The name of this machine; empty if the system does not tell.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// How the processes of each application are.
fn applications(files: &[Arc<File>]) -> Vec<Running<'_>> {
    let mut by_application: BTreeMap<(&str, u32), (&Application, Vec<&File>)> = BTreeMap::new();
    for file in files {
        let application = &*file.application;
        let key = (application.name.as_str(), application.uid);
        by_application.entry(key).or_insert((application, Vec::new())).1.push(file);
    }
    let running = |(application, files): (&'_ Application, Vec<&File>)| {
        let count = |liveness| {
            let files = files.iter().filter(|file| liveness == file.process.liveness);
            // A process can have several files. What does not say whose it is counts by itself.
            let processes: BTreeSet<_> = files.map(|file| file.process.pid.ok_or(file.id)).collect();
            processes.len()
        };
        let [alive, stale, unknown] = [Liveness::Alive, Liveness::Dead, Liveness::Unknown].map(count);
        // Since when something runs: dead writers' files say nothing of that.
        let oldest = |liveness| {
            let files = files.iter().filter(|file| liveness == file.process.liveness);
            files.max_by_key(|file| file.age).map(|file| (file.process.created, file.age))
        };
        let oldest = oldest(Liveness::Alive).or_else(|| oldest(Liveness::Unknown));
        let (created, age) = oldest.unwrap_or_default();
        (
            application.uid,
            alive,
            stale,
            unknown,
            [created, age].map(|time| time.map(|time| time.as_secs_f64())),
        )
    };
    by_application
        .into_values()
        .map(|(application, files)| {
            let (uid, alive, stale, unknown, [created, age]) = running((application, files));
            Running {
                application: &application.name,
                user: &application.user,
                uid,
                alive,
                stale,
                unknown,
                processes: alive + stale + unknown,
                created,
                age,
            }
        })
        .collect()
}
