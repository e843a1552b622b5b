//! `/api/v1/fields`: what applications count.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::Response;
use mmstats_reader::{Kind, Value};
use serde::Serialize;

use super::{Heading, Now, Parameters, Whose, cut, name};
use crate::mmash;
use crate::mmash::answer::{self, Refusal};
use crate::mmash::server::Server;
use crate::mmash::state::{Held, Series, SeriesId, State};

#[derive(Serialize)]
struct Answer<'a> {
    time: f64,
    total: usize,
    fields: Vec<Field<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    help: &'a str,
    processes: u32,
    #[serde(flatten)]
    now: Now<'a>,
    /// Whether it can change.
    changes: bool,
    history: bool,
    /// Why it has no history.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Of a text: what it is in each process.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Text<'a>>,
}

/// A text of one process.
#[derive(Serialize)]
struct Text<'a> {
    pid: Option<u64>,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<usize>,
}

const KNOWN: [&str; 8] = ["application", "user", "process", "kind", "search", "sort", "limit", "offset"];
/// Texts of a field, of as many processes.
const MAX_TEXTS: usize = 100;
const LIMIT: usize = 100;
const MAX_LIMIT: usize = 10_000;

/// Answers from what was found last.
pub(in crate::mmash) async fn answer(
    Shared(server): Shared<Arc<Server>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let parameters = Parameters::new(parameters, &KNOWN, &["kind"])?;
    let whose = Whose {
        application: parameters.get("application"),
        user: parameters.get("user"),
        process: parameters.get("process"),
    };
    let words: Vec<String> =
        parameters.get("search").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let expected = format!("a number from 0 to {MAX_LIMIT}");
    let limit = parameters.number("limit", &expected)?.unwrap_or(LIMIT);
    if limit > MAX_LIMIT {
        return Err(Refusal::bad_request(format!(
            "expected limit to be {expected}, found {limit}; use offset"
        )));
    }
    let offset: usize = parameters.number("offset", "a number")?.unwrap_or(0);

    let kinds: Vec<&str> = parameters.all("kind").collect();

    let state = server.state();
    let is_of_kind = |series: &Series| {
        let field = &series.field;
        // Format 1 does not say what a number is, but which are texts.
        let kind = field.kind().or(field.is_text().then_some(Kind::Text));
        kinds.is_empty() || kind.is_some_and(|kind| kinds.contains(&kind.name()))
    };
    let is_found = |series: &Series| {
        words.is_empty() || {
            let text = format!(
                "{} {} {}",
                series.application.name.to_lowercase(),
                name(&series.field).to_lowercase(),
                series.field.help.to_lowercase()
            );
            words.iter().all(|word| text.contains(word))
        }
    };
    // Those that no file has any more have only a history.
    let mut found: Vec<(SeriesId, &Series)> = state
        .all_series()
        .filter(|(id, series)| {
            state.has_files(*id) && whose.take(series, &state) && is_of_kind(series) && is_found(series)
        })
        .collect();
    match parameters.get("sort") {
        None | Some("label") => found.sort_by_cached_key(|(id, series)| {
            (series.field.label().to_owned(), name(&series.field), series.application.name.clone(), *id)
        }),
        Some("rate") => {
            found.sort_by(|(a, _), (b, _)| state.pace(*b).total_cmp(&state.pace(*a)).then(a.cmp(b)));
        }
        Some(other) => {
            return Err(Refusal::bad_request(format!("expected sort to be label or rate, found {other:?}")));
        }
    }
    let history = server.history();
    let fields = found.iter().skip(offset).take(limit).map(|(id, series)| Field {
        heading: Heading::of(series),
        help: &series.field.help,
        processes: state.summary(*id).map_or(0, |summary| summary.files),
        now: Now::of(&state, *id),
        changes: series.field.track.is_some(),
        history: history.has(*id),
        why: (!history.has(*id)).then(|| why_not_kept(&series.field, history.series_kept())),
        values: texts(&state, *id, series),
    });
    let answer = Answer { time: state.time, total: found.len(), fields: fields.collect() };
    Ok(answer::data(&answer))
}

/// Why `field` has no history, where as many fields have one as `kept`.
fn why_not_kept(field: &mmash::field::Field, kept: usize) -> String {
    match (field.track, field.kind()) {
        _ if field.is_text() => "a text has none".to_owned(),
        (Some(_), _) if kept == 0 => "mmash was told to keep none".to_owned(),
        (Some(_), _) => format!("{kept} other fields changed later; --history-fields sets how many have one"),
        (None, Some(Kind::Record)) => "a record has none".to_owned(),
        (None, _) => "it does not change".to_owned(),
    }
}

/// What the texts of the series `id` are, if it is one of texts.
fn texts<'a>(state: &'a State, id: SeriesId, series: &Series) -> Vec<Text<'a>> {
    if !series.field.is_text() {
        return Vec::new();
    }
    let files = state.files.iter().filter(|file| file.application == series.application);
    let texts = files.flat_map(|file| {
        let held = file.series.iter().zip(file.values.iter()).filter(move |(other, _)| **other == id);
        held.filter_map(|(_, held)| match held {
            Held::Plain(Value::Text(text)) => {
                let (value, len) = cut(text);
                Some(Text { pid: file.process.pid, value, len })
            }
            _ => None,
        })
    });
    texts.take(MAX_TEXTS).collect()
}
