//! What programs count.

use serde_json::{Value, json};

use crate::fixture::{CONSTANT, Field, Fixture, MAX, MIN, NONE, text};
use crate::server::{new_place, start, start_with};
use crate::support::old_field;
use crate::writer::{publish, put};

#[test]
fn processes_say_who_they_are() {
    let place = new_place();
    let _web = publish(&place, "web.mmstats");
    let server = start(&place);
    let answer = server.json("/api/v1/processes");
    let process = &answer["processes"][0];
    assert_eq!(process["pid"], json!(std::process::id()));
    assert_eq!(process["liveness"], json!("alive"));
    assert_eq!(process["path"], json!("./web.mmstats"));
    assert_eq!(process["problem"], Value::Null);
    assert_eq!(process["attributes"]["sys.language"], json!("rust"));
    assert_eq!(process["application"], process["attributes"]["sys.cmd"]);
}

#[test]
fn fields_of_several_files_are_combined() {
    let place = new_place();
    let (one, two) = (publish(&place, "one.mmstats"), publish(&place, "two.mmstats"));
    for (web, count) in [(&one, 3), (&two, 4)] {
        web.hits.add(count);
        web.queue.set(u32::try_from(count).unwrap());
        web.sizes.record(1000 * count);
        web.phase.set("serving");
    }
    let server = start(&place);
    let field = |label: &str| {
        let answer = server.json(&format!("/api/v1/fields?search={label}"));
        assert_eq!(answer["total"], json!(1), "{answer}");
        answer["fields"][0].clone()
    };
    let hits = field("web.hits");
    for (key, value) in [
        ("label", json!("web.hits")),
        ("kind", json!("counter")),
        ("unit", json!("requests")),
        ("help", json!("Requests that came in.")),
        ("tags", json!({})),
        ("processes", json!(2)),
        ("value", json!(7)),
        ("history", json!(true)),
    ] {
        assert_eq!(hits[key], value, "{key}");
    }
    assert_eq!(field("web.queue")["value"], json!(7));
    assert_eq!(field("web.queue")["rate"], Value::Null);
    assert_eq!(field("web.phase")["value"], json!("serving"));
    assert_eq!(field("web.phase")["history"], json!(false));
    let sizes = field("web.sizes");
    assert_eq!((&sizes["value"]["count"], &sizes["value"]["sum"]), (&json!(2), &json!(7000)));
    assert!(sizes["value"]["p50"].as_u64().unwrap() >= 3000);
}

#[test]
fn fields_of_one_label_are_one_unless_they_differ_in_more_than_type_and_help() {
    let place = new_place();
    let gauge =
        |label: &str, type_, aggregate| Field::gauge(label, type_, aggregate, &[&[5, 0, 0, 0, 0, 0, 0, 0]]);
    let file = |name: &str, fields: [Field; 6]| {
        put(&place, name, Fixture::with_fields(fields).attribute("sys.cmd", "web"));
    };
    let phase = |aggregate| Field::text("f.phase", aggregate, &[text(8, b"read")]);
    file(
        "a.mmstats",
        [
            gauge("f.type", 4, MAX),
            gauge("f.help", 4, MAX).described("One.", "", ""),
            gauge("f.unit", 4, MAX).described("", "bytes", ""),
            gauge("f.aggregate", 4, MAX),
            Field { scale: -3, ..gauge("f.scale", 4, MAX) },
            phase(CONSTANT),
        ],
    );
    file(
        "b.mmstats",
        [
            gauge("f.type", 8, MAX),
            gauge("f.help", 4, MAX).described("Two.", "", ""),
            gauge("f.unit", 4, MAX).described("", "pages", ""),
            gauge("f.aggregate", 4, MIN),
            gauge("f.scale", 4, MAX),
            phase(NONE),
        ],
    );
    let server = start(&place);
    for (label, count) in
        [("f.type", 1), ("f.help", 1), ("f.unit", 2), ("f.aggregate", 2), ("f.scale", 2), ("f.phase", 2)]
    {
        let answer = server.json(&format!("/api/v1/fields?search={label}"));
        assert_eq!(answer["total"], json!(count), "{label}: {answer}");
    }
}

#[test]
fn fields_are_searched_sorted_and_taken_in_parts() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start(&place);
    let labels = |query: &str| -> Vec<String> {
        let answer = server.json(&format!("/api/v1/fields?{query}"));
        let fields = answer["fields"].as_array().unwrap();
        fields.iter().map(|field| field["label"].as_str().unwrap().to_owned()).collect()
    };
    let all = labels("search=web.");
    assert_eq!(all, ["web.hits", "web.latency", "web.phase", "web.quality", "web.queue", "web.sizes"]);
    assert_eq!(labels("search=web.&offset=1&limit=2"), all[1..3]);
    // Words of the help, whatever their case.
    assert_eq!(labels("search=BYTES+answer"), ["web.sizes"]);
    assert_eq!(labels("application=nobody"), [""; 0]);
    assert_eq!(labels(&format!("process={}&search=hits", std::process::id())), ["web.hits"]);
    server.wait_for("/api/v1/fields?sort=rate&limit=1", |answer| {
        web.hits.add(1000);
        answer["fields"][0]["label"] == json!("web.hits") && answer["fields"][0]["rate"].as_f64() > Some(0.0)
    });
    for (query, expected) in [
        ("limit=many", "expected limit to be a number"),
        ("limit=1000000", "use offset"),
        ("sort=colour", "expected sort to be label or rate"),
        ("srch=web", "expected parameters application, user"),
        ("search=a&search=b", "expected search once"),
    ] {
        let answer = server.get(&format!("/api/v1/fields?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.json()["error"].as_str().unwrap().contains(expected), "{answer:?}");
    }
}

#[test]
fn texts_of_the_original_s_files_are_texts() {
    let place = new_place();
    for (name, text) in [("a.mmstats", b"idle\0\0\0\0"), ("b.mmstats", b"busy\0\0\0\0")] {
        let fields =
            [old_field("job.phase", "8s", text), old_field("job.size", "Q", &[3, 0, 0, 0, 0, 0, 0, 0])];
        std::fs::write(place.path(name), [&b"\x01"[..], &fields.concat(), &[0; 64]].concat()).unwrap();
    }
    let server = start(&place);
    let answer = server.json("/api/v1/fields?kind=text");
    let texts: Vec<(&Value, &Value, &Value)> = answer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (&field["label"], &field["kind"], &field["why"]))
        .collect();
    assert_eq!(texts, vec![(&json!("job.phase"), &Value::Null, &json!("a text has none")); texts.len()]);
    let values =
        answer["fields"].as_array().unwrap().iter().flat_map(|field| field["values"].as_array().unwrap());
    let values: Vec<&Value> = values.map(|text| &text["value"]).collect();
    assert_eq!(values, [&json!("idle"), &json!("busy")]);
}

#[test]
fn long_texts_are_cut_at_a_character_and_say_how_long_they_are() {
    let place = new_place();
    let long = "ä".repeat(300_000);
    let long = &long[..long.floor_char_boundary(500_001)];
    let note = Field::text("web.note", 0, &[text(600_000, long.as_bytes())]);
    let short = Field::text("web.short", 0, &[text(8, b"short")]);
    put(&place, "a.mmstats", Fixture::with_fields([note, short]));
    let server = start(&place);
    let answer = server.json("/api/v1/fields?search=web.");
    let [note, short] = answer["fields"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    for text in [note, &note["values"][0]] {
        assert_eq!(text["len"], json!(long.len()));
        assert_eq!(text["value"], json!("ä".repeat(2048)));
    }
    assert_eq!((&short["value"], short.get("len")), (&json!("short"), None));
    // The original's API has all of it.
    assert_eq!(server.json("/stats/web.note")["web.note"], json!([long]));
}

#[test]
fn what_a_user_counts_under_sys_has_a_history() {
    let place = new_place();
    let fields = [Field::counter("sys.calls", &[1]), Field::counter("hits", &[1])];
    put(&place, "a.mmstats", Fixture::with_fields(fields));
    let server = start(&place);
    let fields = server.json("/api/v1/fields?search=sys.");
    let kept: Vec<&str> = fields["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["changes"] == json!(true))
        .map(|field| field["label"].as_str().unwrap())
        .collect();
    assert_eq!(kept, ["sys.calls"], "{fields}");
}

#[test]
fn up_is_how_long_the_living_are() {
    let place = new_place();
    let put = |name: &str, flags: u32, application: &str, created: u64| {
        let hits = Field::counter("hits", &[1]);
        let fixture = Fixture::with_fields([hits]).attribute("sys.cmd", application);
        let mut built = Fixture { flags, ..fixture }.write(&place.path(name));
        built.put(112, &(created * 1_000_000_000).to_le_bytes()).seal_header();
        std::fs::write(place.path(name), &built.bytes).unwrap();
    };
    // Of whoever does not lock its file nobody knows whether it lives; who did, and does not, is dead.
    put("unknown.mmstats", 0, "web", 2);
    put("dead.mmstats", 1, "web", 1);
    put("gone.mmstats", 1, "gone", 1);
    let server = start_with(&place, ["--stale", "."]);
    let tick = crate::client::Events::open(server.address, "/api/v1/stream").next().unwrap();
    let [gone, web] = tick["applications"].as_array().unwrap().as_slice() else { panic!("{tick}") };
    assert_eq!((&gone["stale"], &gone["created"]), (&json!(1), &Value::Null), "{tick}");
    assert_eq!(
        (&web["stale"], &web["unknown"], &web["created"]),
        (&json!(1), &json!(1), &json!(2.0)),
        "{tick}"
    );
}

#[test]
fn filters_are_those_of_the_other_tools() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let other = Fixture::with_fields([Field::counter("hits", &[1])]);
    put(&place, "b.mmstats", other.attribute("sys.cmd", "other"));
    let stats = |arguments: &[&str]| start_with(&place, arguments).json("/stats/")["stats"].clone();
    assert_eq!(stats(&["-I", "web.h*", "."]), json!(["web.hits"]));
    assert_eq!(stats(&["-X", "sys.*", "-X", "web.*", "."]), json!(["hits"]));
    assert_eq!(stats(&["--process", "other", "-X", "sys.*", "."]), json!(["hits"]));
    assert_eq!(stats(&["-X", "sys.*", "b.mmstats"]), json!(["hits"]));
    drop(web);
}

#[test]
fn streams_tell_what_is_new() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start(&place);
    let name = server.json("/api/v1/processes")["processes"][0]["application"].as_str().unwrap().to_owned();
    let target = format!("/api/v1/stream?series={name}/web.hits&series={name}/web.latency&top=5");
    let mut events = crate::client::Events::open(server.address, &target);
    let mut last = 0.0;
    loop {
        web.hits.add(10);
        web.latency.record(std::time::Duration::from_millis(3));
        let tick = events.next().unwrap();
        assert!(tick["time"].as_f64().unwrap() > last, "{tick}");
        last = tick["time"].as_f64().unwrap();
        let application = &tick["applications"][0];
        assert_eq!((&application["application"], &application["alive"]), (&json!(name), &json!(1)));
        let [hits, latency] = tick["series"].as_array().unwrap().as_slice() else { panic!("{tick}") };
        assert_eq!((&hits["label"], &latency["label"]), (&json!("web.hits"), &json!("web.latency")));
        let is_top =
            tick["top"].as_array().unwrap().iter().any(|field| {
                field["label"] == json!("web.hits") && field["trend"].as_array().unwrap().len() > 3
            });
        if hits["values"][0].as_f64() > Some(0.0) && latency["quantiles"]["p50"][0].is_number() && is_top {
            break;
        }
    }
}
