//! `/api/v1/processes`: the files, and who writes them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::response::Response;
use mmstats_reader::{Liveness, Value};
use serde::Serialize;

use super::{Parameters, Whose, cut};
use crate::mmash::answer::{self, Refusal};
use crate::mmash::server::Server;
use crate::mmash::state::{File, Held, State};

#[derive(Serialize)]
struct Answer<'a> {
    time: f64,
    processes: Vec<Process<'a>>,
}

/// A file, and who writes it.
#[derive(Serialize)]
struct Process<'a> {
    id: String,
    application: &'a str,
    pid: Option<u64>,
    uid: u32,
    user: &'a str,
    liveness: &'static str,
    created: Option<f64>,
    age: Option<f64>,
    format: u8,
    path: Cow<'a, str>,
    problem: Option<&'a str>,
    attributes: BTreeMap<&'a str, &'a str>,
}

const KNOWN: [&str; 2] = ["application", "user"];

/// Answers from what was found last.
pub(in crate::mmash) async fn answer(
    Shared(server): Shared<Arc<Server>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let parameters = Parameters::new(parameters, &KNOWN, &[])?;
    let whose =
        Whose { application: parameters.get("application"), user: parameters.get("user"), process: None };
    let state = server.state();
    let found = state.files.iter().filter(|file| whose.own(&file.application));
    let processes = found.map(|file| process(&state, file)).collect();
    Ok(answer::data(&Answer { time: state.time, processes }))
}

fn process<'a>(state: &'a State, file: &'a File) -> Process<'a> {
    let attribute = |(field, held): (&'a crate::mmash::field::Field, &'a Held)| match held {
        Held::Plain(Value::Text(text)) if field.is_attribute() => {
            Some((field.description.label(), cut(text).0))
        }
        _ => None,
    };
    Process {
        id: file.id.to_string(),
        application: &file.application.name,
        pid: file.process.pid,
        uid: file.process.uid,
        user: &file.application.user,
        liveness: liveness(file.process.liveness),
        created: file.process.created.map(|created| created.as_secs_f64()),
        age: file.age.map(|age| age.as_secs_f64()),
        format: file.format,
        path: file.path.to_string_lossy(),
        problem: file.problem.as_deref(),
        attributes: state.metrics(file).filter_map(attribute).collect(),
    }
}

fn liveness(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Alive => "alive",
        Liveness::Dead => "stale",
        Liveness::Unknown => "unknown",
    }
}
