//! The versioned API.
//!
//! | path | module | answer |
//! |---|---|---|
//! | `/api/v1/processes` | [`processes`] | the files, and who writes them |
//! | `/api/v1/fields` | [`fields`] | what applications count |
//! | `/api/v1/query` | [`query`] | what it was over time |
//! | `/api/v1/stream` | [`stream`] | what is new, as server-sent events |
//! | `/api/v1/openapi.json` | | a description of these |
//!
//! [`points`] brings what was kept into steps.

pub(super) mod fields;
mod points;
pub(super) mod processes;
pub(super) mod query;
pub(super) mod stream;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use mmstats_reader::{Kind, Value};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::answer::{Json, Number, Refusal};
use super::field::TID;
use super::state::{Application, Series, SeriesId, State};
use crate::description::Description;
use crate::display::unique_keys;
use crate::entry::Outcome;
use crate::names::{Name, Wanted};
use crate::output::Shown;

/// The description of this API.
pub(super) async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], include_str!("openapi.json"))
}

/// What is said of each series, wherever it comes up.
#[derive(Serialize)]
struct Heading<'a> {
    application: &'a str,
    user: &'a str,
    /// The label and the tags in the form that all tools show and accept.
    name: String,
    label: &'a str,
    tags: Tags<'a>,
    kind: Option<&'static str>,
    unit: &'a str,
}

impl<'a> Heading<'a> {
    fn of(Series { application, field }: &'a Series) -> Self {
        Self {
            application: &application.name,
            user: &application.user,
            name: Name(&field.description).to_string(),
            label: field.description.label(),
            tags: Tags(&field.description),
            kind: field.description.kind().map(Kind::name),
            unit: field.description.unit(),
        }
    }
}

/// What a series is now.
#[derive(Serialize)]
struct Now<'a> {
    value: Option<Json<'a>>,
    /// Of a text that was cut: how many bytes it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<usize>,
    rate: Option<Number>,
}

impl<'a> Now<'a> {
    fn of(state: &'a State, id: SeriesId) -> Self {
        let rate = state.rate(id).map(|rate| Number(rate.into()));
        let (outcome, len) = match state.outcome(id) {
            Some(Outcome::Value(Value::Text(text))) => {
                let (cut, len) = cut(&text);
                (Some(Outcome::Value(Value::Text(cut.into()))), len)
            }
            outcome => (outcome, None),
        };
        let shown = state
            .one_series(id)
            .zip(outcome)
            .map(|(series, outcome)| Shown::new(outcome, &series.field.description));
        Self { value: shown.map(Json), len, rate }
    }
}

/// Bytes of a text that are told: as many as anyone reads. There may be a mebibyte.
const MAX_TEXT_LEN: usize = 4096;

/// What of `text` is told; of one that is longer, also how many bytes it has.
fn cut(text: &str) -> (&str, Option<usize>) {
    match text.get(..text.floor_char_boundary(MAX_TEXT_LEN)) {
        Some(cut) if cut.len() < text.len() => (cut, Some(text.len())),
        _ => (text, None),
    }
}

/// What tells a field from others of its label, as an object.
struct Tags<'a>(&'a Description);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in unique_keys(self.0.tags()) {
            map.serialize_entry(&key, value)?;
        }
        map.end()
    }
}

/// The meanings of `text` as a name of fields. The metrics of a process's threads are one field, so a thread's id in
/// a name is ignored.
fn wanted(text: &str) -> Wanted {
    Wanted::new(text).or_without(TID)
}

/// Which processes are meant: by the name of their application, or by a process's id its application.
#[derive(Debug, Default)]
struct Whose<'a> {
    application: Option<&'a str>,
    user: Option<&'a str>,
    process: Option<&'a str>,
}

impl Whose<'_> {
    /// Whether `series` is meant.
    fn take(&self, series: &Series, state: &State) -> bool {
        let application = &series.application;
        self.own(application)
            && self.process.is_none_or(|process| {
                application.name == process
                    || process.parse().is_ok_and(|pid| {
                        let is_its = |file: &super::state::File| {
                            file.process.pid == Some(pid) && file.application == *application
                        };
                        state.files.iter().any(|file| is_its(file))
                    })
            })
    }

    /// Whether `application` is meant, as far as its name and its user say.
    fn own(&self, application: &Application) -> bool {
        let is_user = |user| application.user == user || application.uid.to_string() == user;
        self.application.is_none_or(|name| application.name == name) && self.user.is_none_or(is_user)
    }
}

/// The parameters of a request, each of which has to be known and makes sense once, unless it is in `many`.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn new(given: Vec<(String, String)>, known: &[&str], many: &[&str]) -> Result<Self, Refusal> {
        for (index, (name, _)) in given.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let known = known.join(", ");
                return Err(Refusal::bad_request(format!("expected parameters {known}, found {name:?}")));
            }
            let is_again = given.iter().take(index).any(|(earlier, _)| earlier == name);
            if is_again && !many.contains(&name.as_str()) {
                return Err(Refusal::bad_request(format!("expected {name} once, found it again")));
            }
        }
        Ok(Self(given))
    }

    /// The value of the parameter `name`, if there is one that is not empty.
    fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The parameter `name` as a number that is `expected`.
    fn number<T: std::str::FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Refusal> {
        let parse = |text: &str| {
            text.parse().map_err(|_| {
                Refusal::bad_request(format!("expected {name} to be {expected}, found {text:?}"))
            })
        };
        self.get(name).map(parse).transpose()
    }
}
