//! The Python original's API: the same paths, parameters and shapes.
//!
//! | path | answer |
//! |---|---|
//! | `/stats/` | `{"stats":[label, …]}`, sorted |
//! | `/stats/<prefix>` | `{label:[value, …], …}`, a value for each file that has it |
//! | `/files/`, `/files/<glob>` | `{"files":[path, …]}` |
//!
//! `?exact=1` takes only the very label, `?glob=` only files whose names it matches, `?aggr=` makes one
//! value of those of a label.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::Uri;
use axum::response::Response;
use glob::{MatchOptions, Pattern};
use mmstats_reader::{Number, Sum, Value};
use serde::ser::{Serialize, Serializer};
use serde_json::json;

use super::answer::{self, Json, Refusal};
use super::field::Field;
use super::paths::decoded;
use super::server::Server;
use super::state::{File, Held, State};
use crate::entry::Outcome;
use crate::output::Shown;

type Parameters = Query<Vec<(String, String)>>;
type Answer = Result<Response, Refusal>;

/// What stands behind `start` in the path. What is not UTF-8 there no label or name has, and is no error.
fn behind(start: &str, uri: &Uri) -> String {
    decoded(uri.path().strip_prefix(start).unwrap_or_default())
}

/// All labels.
pub(super) async fn labels(Shared(server): Shared<Arc<Server>>) -> Response {
    let state = server.state();
    let fields = state.files.iter().flat_map(|file| state.metrics(file));
    let labels: BTreeSet<&str> = fields.map(|(field, _)| field.description.label()).collect();
    answer::data(&json!({ "stats": labels }))
}

/// The files.
pub(super) async fn all_files(Shared(server): Shared<Arc<Server>>) -> Response {
    paths(&server.state(), None)
}

/// The files whose names a pattern matches.
pub(super) async fn files(Shared(server): Shared<Arc<Server>>, uri: Uri) -> Answer {
    Ok(paths(&server.state(), Some(&Names::new(&behind("/files/", &uri))?)))
}

fn paths(state: &State, names: Option<&Names>) -> Response {
    // The original knows a file by what it found in it.
    let files = state.files.iter().filter(|file| !file.values.is_empty());
    let files = files.filter(|file| names.is_none_or(|names| names.match_file(file)));
    let paths: Vec<_> = files.map(|file| file.path.to_string_lossy()).collect();
    answer::data(&json!({ "files": paths }))
}

/// The values of the labels that start with a prefix, or of just one.
pub(super) async fn values(
    Shared(server): Shared<Arc<Server>>,
    uri: Uri,
    Query(parameters): Parameters,
) -> Answer {
    let prefix = behind("/stats/", &uri);
    // The first of several, as the original has it.
    let first = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let is_exact = !matches!(first("exact"), None | Some("" | "0" | "false"));
    let names = first("glob").filter(|glob| !glob.is_empty()).map(Names::new).transpose()?;
    let aggregate = first("aggr").filter(|name| !name.is_empty()).map(Aggregate::new).transpose()?;

    let state = server.state();
    let mut labels: BTreeMap<&str, Vec<Shows<'_>>> = BTreeMap::new();
    for file in state.files.iter().filter(|file| names.as_ref().is_none_or(|names| names.match_file(file))) {
        for (field, held) in state.metrics(file) {
            let label = field.description.label();
            if if is_exact { label == prefix } else { label.starts_with(&prefix) } {
                labels.entry(label).or_default().push(Shows { field, held });
            }
        }
    }
    let Some(aggregate) = aggregate else {
        return Ok(answer::data(&labels));
    };
    let mut scalars = BTreeMap::new();
    for (label, metrics) in labels {
        let scalar = aggregate.of(label, &metrics)?;
        scalars.insert(label, scalar);
    }
    Ok(answer::data(&scalars))
}

/// A metric, of which the value is shown, in its unit.
struct Shows<'a> {
    field: &'a Field,
    held: &'a Held,
}

impl Serialize for Shows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().map(Json).serialize(serializer)
    }
}

impl Shows<'_> {
    fn shown(&self) -> Option<Shown<'_>> {
        let value = match self.held.value(self.field)? {
            // With the digits that Python has for it, which knows no shorter floats.
            Value::F32(value) => Value::F64(value.into()),
            value => value,
        };
        Some(Shown::new(Outcome::new(value, self.held.bound()), &self.field.description))
    }
}

/// Files by their names. A pattern is held against those that were found, and never part of a path.
///
/// Each part between slashes is a pattern of its own: one with stars over several parts of a path could take
/// a time that doubles with each star.
struct Names(Vec<Pattern>);

impl Names {
    fn new(glob: &str) -> Result<Self, Refusal> {
        if glob.split('/').any(|part| part == "..") {
            return Err(Refusal::bad_request(format!(
                "expected a pattern for names of files, found {glob:?}"
            )));
        }
        // Two stars are as one, as the original has it.
        let mut pattern = glob.to_owned();
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
        let patterns = pattern.split('/').map(Pattern::new).collect::<Result<_, _>>();
        patterns
            .map(Self)
            .map_err(|error| Refusal::bad_request(format!("{glob:?} is not a pattern: {error}")))
    }

    /// Whether the name of `file` or its whole path is matched.
    fn match_file(&self, file: &File) -> bool {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        self.match_parts(&name) || self.match_parts(&file.path.to_string_lossy())
    }

    fn match_parts(&self, path: &str) -> bool {
        let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::default() };
        let parts = path.split('/');
        let Self(patterns) = self;
        parts.clone().count() == patterns.len()
            && patterns.iter().zip(parts).all(|(pattern, part)| pattern.matches_with(part, options))
    }
}

/// How one value is made of several.
#[derive(Clone, Copy)]
enum Aggregate {
    Avg,
    One,
    Max,
    Min,
    Sum,
    NonzeroMin,
    NonzeroAvg,
}

impl Aggregate {
    const ALL: [(&'static str, Self); 7] = [
        ("avg", Self::Avg),
        ("one", Self::One),
        ("max", Self::Max),
        ("min", Self::Min),
        ("sum", Self::Sum),
        ("nonzero-min", Self::NonzeroMin),
        ("nonzero-avg", Self::NonzeroAvg),
    ];

    fn new(name: &str) -> Result<Self, Refusal> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, aggregate)| aggregate).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            Refusal::bad_request(format!("expected aggr to be one of {names}, found {name:?}"))
        })
    }

    /// The one value of `label`.
    fn of(self, label: &str, metrics: &[Shows<'_>]) -> Result<Scalar, Refusal> {
        let refuse = |why: String| Refusal::bad_request(format!("{label} cannot be aggregated: {why}"));
        let mut values = Vec::with_capacity(metrics.len());
        for metric in metrics {
            match metric.shown() {
                Some(Shown::Whole(Value::Nothing)) | None => {}
                Some(Shown::Whole(value)) => values.push(value),
                Some(Shown::Parts(_)) => {
                    return Err(refuse("expected numbers, found a value of several parts".into()));
                }
            }
        }
        if values.is_empty() {
            return Err(refuse("expected a value, found none yet".into()));
        }
        if matches!(self, Self::NonzeroMin | Self::NonzeroAvg) {
            values.retain(|value| !is_zero(value));
        }
        let Some(first) = values.first() else {
            return Err(refuse("expected a value other than zero, found none".into()));
        };
        if matches!(self, Self::One) {
            return Ok(Scalar::Value(first.clone()));
        }
        let texts = values.iter().filter(|value| Number::of(value).is_none()).count();
        if matches!(self, Self::Max | Self::Min | Self::NonzeroMin) && texts == values.len() {
            return Ok(Scalar::Value(furthest(values, matches!(self, Self::Max), is_text_less)));
        }
        if texts > 0 {
            return Err(refuse("expected numbers, found a text".into()));
        }
        let mut sum = Sum::default();
        values.iter().filter_map(Number::of).for_each(|number| sum.add(number));
        let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
        Ok(match self {
            Self::Max => Scalar::Value(furthest(values, true, is_less)),
            Self::Min | Self::NonzeroMin => Scalar::Value(furthest(values, false, is_less)),
            Self::Sum => Scalar::Number(sum.number()),
            _ => Scalar::Number(Number::Float(sum.mean(count))),
        })
    }
}

/// A value that was made of several.
enum Scalar {
    Value(Value),
    /// A sum, which may be too large for the type of the values, or a mean.
    Number(Number),
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => Json(Shown::Whole(value.clone())).serialize(serializer),
            Self::Number(Number::Whole(integer)) => serializer.serialize_i128(*integer),
            Self::Number(Number::Float(float)) if float.is_finite() => serializer.serialize_f64(*float),
            Self::Number(Number::Float(float)) => answer::Number(*float).serialize(serializer),
        }
    }
}

/// The largest or the smallest of `values`, the first of those that are equal.
fn furthest(values: Vec<Value>, is_largest: bool, is_less: fn(&Value, &Value) -> bool) -> Value {
    let is_further = |a: &Value, b: &Value| if is_largest { is_less(a, b) } else { is_less(b, a) };
    let furthest =
        values.into_iter().reduce(|best, value| if is_further(&best, &value) { value } else { best });
    furthest.unwrap_or(Value::Nothing)
}

fn is_less(a: &Value, b: &Value) -> bool {
    Number::of(a).zip(Number::of(b)).is_some_and(|(a, b)| a.is_less(b))
}

fn is_text_less(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Text(a), Value::Text(b)) if a < b)
}

/// Whether `value` is what Python takes for false.
fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.is_empty())
        || Number::of(value).is_some_and(|number| number.to_f64() == 0.0)
}
