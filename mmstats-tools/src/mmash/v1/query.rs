//! `/api/v1/query`: what fields were over time.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::Response;
use serde::Serialize;

use super::points::{Cells, Columns, Steps, columns};
use super::{Heading, Parameters, Whose, wanted};
use crate::mmash::answer::{self, Refusal};
use crate::mmash::server::Server;
use crate::mmash::state::{Series as Known, SeriesId};

#[derive(Serialize)]
struct Answer<'a> {
    time: f64,
    interval: f64,
    step: f64,
    series: Vec<Series<'a>>,
}

#[derive(Serialize)]
struct Series<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    help: &'a str,
    history: bool,
    start: f64,
    #[serde(flatten)]
    columns: Columns,
}

const KNOWN: [&str; 7] = ["label", "application", "process", "user", "since", "step", "heat"];
/// Series that are answered at once.
const MAX_SERIES: usize = 100;
/// What is less is seconds ago, what is more a time.
const FIRST_TIME: f64 = 1e8;

/// Answers from what was kept.
pub(in crate::mmash) async fn answer(
    Shared(server): Shared<Arc<Server>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let parameters = Parameters::new(parameters, &KNOWN, &[])?;
    let Some(label) = parameters.get("label") else {
        return Err(Refusal::bad_request("expected a label, as in ?label=web.hits, found none"));
    };
    let whose = Whose {
        application: parameters.get("application"),
        user: parameters.get("user"),
        process: parameters.get("process"),
    };
    let with_heat = match parameters.get("heat") {
        None | Some("0" | "false") => false,
        Some("1" | "true") => true,
        Some(other) => {
            let reason = format!("expected heat to be one of 0, 1, false, true, found {other:?}");
            return Err(Refusal::bad_request(reason));
        }
    };
    let (state, history) = (server.state(), server.history());
    let interval = server.interval;
    let seconds = |name, expected| match parameters.number::<f64>(name, expected)? {
        Some(seconds) if !(seconds.is_finite() && seconds >= 0.0) => {
            Err(Refusal::bad_request(format!("expected {name} to be {expected}, found {seconds}")))
        }
        seconds => Ok(seconds),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of ticks")]
    let ticks = |seconds: f64| (seconds / interval).round() as u64;
    let expected = "how many seconds ago, or seconds since 1970-01-01 UTC, 0 or more";
    let since = match seconds("since", expected)? {
        Some(since) if since >= FIRST_TIME => ticks((state.time - since).max(0.0)),
        Some(since) => ticks(since),
        None => history.points_kept(),
    };
    let step = ticks(seconds("step", "a number of seconds, 0 or more")?.unwrap_or(interval)).max(1);
    let since = since.min(history.points_kept());
    let steps = Steps::new((state.tick + 1).saturating_sub(since), state.tick, step, interval);

    let wanted = wanted(label);
    let mut found: Vec<(SeriesId, &Known)> = state
        .all_series()
        .filter(|(_, series)| wanted.may_take(&series.field.description) && whose.take(series, &state))
        .collect();
    let selector = wanted.among(found.iter().map(|(_, series)| &series.field.description));
    found.retain(|(_, series)| selector.takes(&series.field.description));
    if found.is_empty() {
        return Err(Refusal::not_found(format!(
            "expected a label that some program has, found {label:?}; /api/v1/fields?search= finds labels"
        )));
    }
    if found.len() > MAX_SERIES {
        let count = found.len();
        return Err(Refusal::bad_request(format!(
            "expected at most {MAX_SERIES} series, found {count}; choose an application, or tags: label=LABEL{{KEY=\"VALUE\"}}"
        )));
    }
    #[expect(clippy::cast_precision_loss, reason = "a time is an approximation")]
    let start = state.time - (state.tick as f64 - steps.start as f64) * interval;
    let mut cells = Cells::new();
    let series = found.into_iter().map(|(id, known)| {
        let columns = columns(&history, id, &known.field, steps, with_heat.then_some(&mut cells));
        Series {
            heading: Heading::of(known),
            help: known.field.description.help(),
            history: columns.is_some(),
            start,
            columns: columns.unwrap_or_else(Columns::none),
        }
    });
    let series = series.collect();
    if cells.are_too_many() {
        return Err(Refusal::bad_request(format!(
            "expected heat of at most {} cells, steps times buckets of all series, found more; choose a longer step, a \
             later since, or fewer series",
            Cells::MAX
        )));
    }
    #[expect(clippy::cast_precision_loss, reason = "few ticks")]
    let answer = Answer { time: state.time, interval, step: step as f64 * interval, series };
    Ok(answer::data(&answer))
}
