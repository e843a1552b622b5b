//! Answers are as the document at `/api/v1/openapi.json` says.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::client::Events;
use crate::fixture::{Field, Fixture};
use crate::server::{Server, new_place, start};
use crate::writer::{WebStats, publish, put};

/// The shapes that the document describes.
struct Document {
    json: Value,
    schemas: Schemas,
    compiler: Compiler,
}

impl Document {
    fn new(server: &Server) -> Self {
        let document = server.json("/api/v1/openapi.json");
        let mut compiler = Compiler::new();
        compiler.add_resource("http://mmash/openapi.json", document.clone()).unwrap();
        Self { json: document, schemas: Schemas::new(), compiler }
    }

    /// Holds `answer` against the schema of the answers of `path` with `status`.
    fn check(&mut self, path: &str, status: u16, content_type: &str, answer: &Value) {
        let escaped = path.replace('~', "~0").replace('/', "~1");
        let content_type = content_type.replace('/', "~1");
        let response = format!("/paths/{escaped}/get/responses/{status}");
        let described = self.json.pointer(&response);
        let described =
            described.unwrap_or_else(|| panic!("{path} answers with {status}, which is not described"));
        let response = match described.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => response,
        };
        let schema = format!("http://mmash/openapi.json#{response}/content/{content_type}/schema");
        let index: SchemaIndex = self.compiler.compile(&schema, &mut self.schemas).unwrap();
        let result = self.schemas.validate(answer, index);
        assert!(result.is_ok(), "{path}: {}: {answer}", result.unwrap_err());
    }
}

/// The value of a parameter that makes sense, for each that is described.
fn example(path: &str, name: &str) -> &'static str {
    match (path, name) {
        ("/api/v1/query", "label") => "web.latency",
        (_, "prefix") => "web.hits",
        (_, "glob") => "*.mmstats",
        (_, "series") => "a/b&series=c/d",
        (_, "sort") => "rate",
        (_, "limit" | "offset" | "top" | "since" | "step") => "2",
        (_, "heat" | "exact") => "1",
        (_, "aggr") => "sum",
        (_, "kind") => "text&kind=record",
        (_, "search") => "web",
        (_, "user") => "0",
        (_, "application" | "process") => "",
        other => panic!("{other:?} is described, and not tried"),
    }
}

fn is_answered(document: &mut Document, server: &Server, path: &str, target: &str, status: u16) {
    let answer = server.get(target);
    assert_eq!(answer.status, status, "{target}: {answer:?}");
    document.check(path, status, answer.header("content-type").unwrap(), &answer.json());
}

#[test]
fn every_path_and_parameter_is_answered_as_described() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    web.latency.record(std::time::Duration::from_millis(1));
    let odd = Field::gauge("odd", 10, 0, &[&f64::NAN.to_le_bytes()]);
    put(&place, "odd.mmstats", Fixture::with_fields([odd]).attribute("sys.cmd", "odd"));
    std::fs::write(
        place.path("cut.mmstats"),
        std::fs::read(place.path("odd.mmstats")).unwrap().split_at(300).0,
    )
    .unwrap();
    let server = start(&place);
    server.wait_for("/api/v1/query?label=web.latency&since=10&heat=1", |answer| {
        web.latency.record(std::time::Duration::from_millis(1));
        answer["series"][0]["heat"]["bounds"].as_array().is_some_and(|bounds| !bounds.is_empty())
    });
    let mut document = Document::new(&server);
    let paths = document.json["paths"].as_object().unwrap().clone();
    assert_eq!(paths.len(), 9);
    for (path, item) in &paths {
        if path == "/api/v1/stream" {
            continue;
        }
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let name = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
        let is = |place: &'static str| move |parameter: &&Value| parameter["in"] == json!(place);
        let filled = parameters.iter().filter(is("path")).fold(path.clone(), |path, parameter| {
            path.replace(&format!("{{{}}}", name(parameter)), example(&path, &name(parameter)))
        });
        let pair = |parameter: &Value| format!("{}={}", name(parameter), example(path, &name(parameter)));
        let required: Vec<String> = parameters
            .iter()
            .filter(|parameter| parameter["required"] == json!(true))
            .filter(is("query"))
            .map(pair)
            .collect();
        let with = |more: Option<String>| {
            let query: Vec<String> = required.iter().cloned().chain(more).collect();
            if query.is_empty() { filled.clone() } else { format!("{filled}?{}", query.join("&")) }
        };
        is_answered(&mut document, &server, path, &with(None), 200);
        for parameter in
            parameters.iter().filter(is("query")).filter(|parameter| parameter["required"] != json!(true))
        {
            is_answered(&mut document, &server, path, &with(Some(pair(parameter))), 200);
        }
        if path.starts_with("/api/v1/") && !parameters.is_empty() {
            is_answered(&mut document, &server, path, &with(Some("unheard=of".into())), 400);
        }
    }
    is_answered(&mut document, &server, "/api/v1/query", "/api/v1/query?label=none", 404);
    is_answered(&mut document, &server, "/api/v1/query", "/api/v1/query?label=sys.pid", 200);
    is_answered(&mut document, &server, "/api/v1/query", "/api/v1/query?label=web.quality", 200);
    is_answered(&mut document, &server, "/stats/{prefix}", "/stats/sys.cmd?aggr=sum", 400);
    is_answered(&mut document, &server, "/files/{glob}", "/files/..", 400);
    let foreign =
        crate::client::ask(server.address, "GET /stats/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    document.check("/stats/", foreign.status, "application/json", &foreign.json());
    let long = server.get(&format!("/stats/{}", "x".repeat(10_000)));
    document.check("/stats/{prefix}", long.status, "application/json", &long.json());
}

/// The schema of a parameter, or of its items if it can be given several times.
fn schema_of(document: &Document, parameter: &Value) -> Value {
    let schema = parameter.get("schema").unwrap();
    let schema = schema.get("items").unwrap_or(schema);
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.json.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
}

#[test]
fn parameters_take_the_values_that_are_listed_and_no_others() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    // The smallest value that is not zero exists only if not all values are zero.
    web.hits.incr();
    let server = start(&place);
    let document = Document::new(&server);
    let mut listed = Vec::new();
    for (path, item) in document.json["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters {
            let schema = schema_of(&document, &parameter);
            let Some(values) = schema.get("enum").and_then(Value::as_array) else { continue };
            let name = parameter["name"].as_str().unwrap();
            let target = path.replace("{prefix}", "web.hits");
            let required = if path == "/api/v1/query" { "label=web.hits&" } else { "" };
            let status = |value: &str| server.get(&format!("{target}?{required}{name}={value}")).status;
            for value in values {
                assert_eq!(status(value.as_str().unwrap()), 200, "{path} {name} {value}");
            }
            assert_eq!(status("unheard-of"), 400, "{path} {name}");
            listed.push(name.to_owned());
        }
    }
    listed.sort();
    assert_eq!(listed, ["aggr", "heat", "kind", "sort"]);
}

#[test]
fn each_kind_of_a_field_is_listed_where_one_can_ask_for_it() {
    let server = start(&new_place());
    let document = Document::new(&server);
    let parameters = document.json["paths"]["/api/v1/fields"]["get"]["parameters"].as_array().unwrap();
    let kind = parameters.iter().find(|parameter| parameter["name"] == "kind").unwrap();
    assert_eq!(kind["schema"]["type"], "array");
    let listed = schema_of(&document, kind)["enum"].as_array().unwrap().clone();
    let refused = server.get("/api/v1/fields?kind=unheard-of").json();
    let said = refused["error"].as_str().unwrap().to_owned();
    let known = said.strip_prefix("expected kind to be one of ").unwrap().split(", found").next().unwrap();
    assert_eq!(listed, known.split(", ").map(Value::from).collect::<Vec<_>>());
}

#[test]
fn events_are_as_described() {
    let place = new_place();
    let web: mmstats::Stats<WebStats> = publish(&place, "web.mmstats");
    let server = start(&place);
    let mut document = Document::new(&server);
    let name = server.json("/api/v1/processes")["processes"][0]["application"].as_str().unwrap().to_owned();
    let parameters = document.json["paths"]["/api/v1/stream"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["series", "top"]);
    let labels = ["hits", "latency", "quality", "phase"].map(|label| format!("series={name}/web.{label}"));
    let mut events = Events::open(server.address, &format!("/api/v1/stream?top=3&{}", labels.join("&")));
    for _ in 0..5 {
        web.hits.incr();
        web.latency.record(std::time::Duration::from_millis(1));
        let tick = events.next().unwrap();
        assert_eq!(tick["series"].as_array().unwrap().len(), 4);
        document.check("/api/v1/stream", 200, "text/event-stream", &tick);
    }
    let refused = server.get("/api/v1/stream?top=101");
    document.check("/api/v1/stream", refused.status, "application/json", &refused.json());
}
