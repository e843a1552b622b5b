//! `/api/v1/fields`: what applications count.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::Response;
use mmstats_reader::{Kind, Value};
use serde::Serialize;

use super::{Heading, Now, Parameters, Whose, cut};
use crate::mmash;
use crate::mmash::answer::{self, Refusal};
use crate::mmash::server::Server;
use crate::mmash::state::{Held, Series, SeriesId, State};
use crate::names::{Name, unescape};

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
/// What can be asked for.
const KINDS: [Kind; 9] = [
    Kind::Counter,
    Kind::UpDown,
    Kind::Gauge,
    Kind::Text,
    Kind::Average,
    Kind::MovingAverage,
    Kind::Histogram,
    Kind::Timer,
    Kind::Record,
];
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
    if let Some(other) = kinds.iter().find(|kind| !KINDS.iter().any(|known| known.name() == **kind)) {
        let known = KINDS.map(Kind::name).join(", ");
        return Err(Refusal::bad_request(format!("expected kind to be one of {known}, found {other:?}")));
    }

    let state = server.state();
    let is_of_kind = |series: &Series| {
        let field = &series.field.description;
        // Format 1 does not say what a number is, but which are texts.
        let kind = field.kind().or(field.is_text().then_some(Kind::Text));
        kinds.is_empty() || kind.is_some_and(|kind| kinds.contains(&kind.name()))
    };
    let is_found = |series: &Series| {
        words.is_empty() || {
            let name = Name(&series.field.description).to_string();
            let (application, help) = (&series.application.name, series.field.description.help());
            // Search a name with escapes also for the characters that the escapes stand for.
            let plain = unescape(&name);
            let plain = if plain == name { "" } else { &*plain };
            let text = format!("{application} {name} {plain} {help}").to_lowercase();
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
    let end = offset.saturating_add(limit);
    match parameters.get("sort") {
        None | Some("label") => sort_up_to(end, &mut found, |(a, one), (b, other)| {
            let (field, other_field) = (&one.field.description, &other.field.description);
            let by_field = field.label().cmp(other_field.label());
            let by_field = by_field.then_with(|| field.tags().cmp(other_field.tags()));
            by_field.then_with(|| one.application.name.cmp(&other.application.name)).then(a.cmp(b))
        }),
        Some("rate") => sort_up_to(end, &mut found, |(a, _), (b, _)| {
            state.pace(*b).total_cmp(&state.pace(*a)).then(a.cmp(b))
        }),
        Some(other) => {
            return Err(Refusal::bad_request(format!("expected sort to be label or rate, found {other:?}")));
        }
    }
    let history = server.history();
    let shown = found.get(offset.min(found.len())..end.min(found.len())).unwrap_or_default();
    let mut texts = texts(&state, shown);
    let fields = shown.iter().map(|(id, series)| Field {
        heading: Heading::of(series),
        help: series.field.description.help(),
        processes: state.summary(*id).map_or(0, |summary| summary.files),
        now: Now::of(&state, *id),
        changes: series.field.track.is_some(),
        history: history.has(*id),
        why: (!history.has(*id)).then(|| why_not_kept(&series.field, history.series_kept())),
        values: texts.remove(id).unwrap_or_default(),
    });
    let answer = Answer { time: state.time, total: found.len(), fields: fields.collect() };
    Ok(answer::data(&answer))
}

/// Why `field` has no history, where as many fields have one as `kept`.
fn why_not_kept(field: &mmash::field::Field, kept: usize) -> String {
    match (field.track, field.description.kind()) {
        _ if field.description.is_text() => "a text has none".to_owned(),
        (Some(_), _) if kept == 0 => "mmash was told to keep none".to_owned(),
        (Some(_), _) => format!("{kept} other fields changed later; --history-fields sets how many have one"),
        (None, Some(Kind::Record)) => "a record has none".to_owned(),
        (None, _) => "it does not change".to_owned(),
    }
}

/// Brings the first `end` of `items` into their order, and to the front.
fn sort_up_to<T>(end: usize, items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if end < items.len() {
        items.select_nth_unstable_by(end, &compare);
    }
    if let Some(first) = items.get_mut(..end.min(items.len())) {
        first.sort_unstable_by(compare);
    }
}

/// What those of `shown` that are texts are in each process.
fn texts<'a>(state: &'a State, shown: &[(SeriesId, &Series)]) -> HashMap<SeriesId, Vec<Text<'a>>> {
    let is_text = |(_, series): &&(SeriesId, &Series)| series.field.description.is_text();
    let mut texts: HashMap<SeriesId, Vec<Text<'a>>> =
        shown.iter().filter(is_text).map(|(id, _)| (*id, Vec::new())).collect();
    if texts.is_empty() {
        return texts;
    }
    for file in &state.files {
        for (id, held) in file.series.iter().zip(file.values.iter()) {
            if let Held::Plain(Value::Text(text)) = held
                && let Some(texts) = texts.get_mut(id)
                && texts.len() < MAX_TEXTS
            {
                let (value, len) = cut(text);
                texts.push(Text { pid: file.process.pid, value, len });
            }
        }
    }
    texts
}
