//! What fields were over time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Server, new_place, start, start_unprivileged, start_with};
use crate::writer::{publish, put};

/// Of a look each twentieth of a second.
const INTERVAL: f64 = 0.05;

fn series(server: &Server, label: &str) -> Value {
    server.json(&format!("/api/v1/query?label={label}"))["series"][0].clone()
}

fn numbers(column: &Value) -> Vec<f64> {
    column.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

/// How much a counter grew, all in all.
fn growth(server: &Server) -> f64 {
    numbers(&series(server, "web.hits")["values"]).iter().sum::<f64>() * INTERVAL
}

fn wait_for_value(server: &Server, label: &str, value: &Value) {
    let target = format!("/api/v1/fields?search={label}");
    server.wait_for(&target, |answer| answer["fields"][0]["value"] == *value);
}

#[test]
fn counters_are_rates_that_add_up_also_when_programs_restart() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    web.hits.add(1_000_000);
    // Run by root it does not show what a program counted last, since nobody can say who may read that.
    let server = start_unprivileged(&place);
    // What it counted before is no growth.
    web.hits.add(100);
    wait_for_value(&server, "web.hits", &json!(1_000_100));
    assert!((growth(&server) - 100.0).abs() < 1e-6);
    // It ends, and its file goes; the next one starts from zero.
    web.hits.add(20);
    drop(web);
    server.wait_for("/files/", |files| files["files"] == json!([]));
    let web = publish(&place, "web-2.mmstats");
    web.hits.add(3);
    wait_for_value(&server, "web.hits", &json!(3));
    let other = publish(&place, "web-3.mmstats");
    other.hits.add(4000);
    wait_for_value(&server, "web.hits", &json!(4003));
    assert!((growth(&server) - 4123.0).abs() < 1e-6, "{}", growth(&server));
    let values = series(&server, "web.hits")["values"].clone();
    assert!(numbers(&values).iter().all(|rate| *rate >= 0.0), "{values}");
    // Rates are averaged over a step, and add up, too.
    let answer = server.json("/api/v1/query?label=web.hits&step=0.5");
    assert_eq!(answer["step"], json!(0.5));
    assert!(answer["series"][0]["values"].as_array().unwrap().len() < values.as_array().unwrap().len());
}

#[test]
fn gauges_are_what_they_were_and_distributions_what_came() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let other = publish(&place, "other.mmstats");
    for _ in 0..1000 {
        web.latency.record(Duration::from_secs(1));
    }
    let server = start(&place);
    web.queue.set(3);
    other.queue.set(4);
    wait_for_value(&server, "web.queue", &json!(7));
    web.latency.record(Duration::from_millis(2));
    other.latency.record(Duration::from_millis(8));
    web.quality.add(0.25);
    web.quality.add(0.75);
    server.wait_for("/api/v1/fields?search=web.quality", |answer| {
        answer["fields"][0]["value"]["count"] == json!(2)
    });
    let queue = series(&server, "web.queue");
    assert_eq!(numbers(&queue["values"]).last(), Some(&7.0));
    assert_eq!(queue["kind"], json!("gauge"));
    let latency = server.json("/api/v1/query?label=web.latency&heat=1&step=3600")["series"][0].clone();
    // Not those that there were before.
    assert!((numbers(&latency["count"]).iter().sum::<f64>() - 2.0).abs() < 1e-9, "{latency}");
    let p99 = numbers(&latency["quantiles"]["p99"]);
    assert!((0.008..0.0086).contains(p99.last().unwrap()), "{latency}");
    let bounds = latency["heat"]["bounds"].as_array().unwrap();
    assert_eq!(bounds.len(), 2);
    assert!(bounds[0][0].as_f64() <= Some(0.002) && bounds[0][1].as_f64() >= Some(0.002), "{bounds:?}");
    let counts = latency["heat"]["counts"].as_array().unwrap();
    assert!(counts.contains(&json!([1, 1])), "{counts:?}");
    let quality = server.json("/api/v1/query?label=web.quality&step=3600")["series"][0].clone();
    assert_eq!(numbers(&quality["values"]).last(), Some(&0.5));
    assert!((numbers(&quality["count"]).iter().sum::<f64>() - 2.0).abs() < 1e-9, "{quality}");
}

#[test]
fn time_before_a_field_was_is_null_and_since_and_step_choose() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start_with(&place, ["--history", "5s", "."]);
    web.queue.set(1);
    let target = "/api/v1/query?label=web.queue&since=1";
    let answer = server.wait_for(target, |answer| {
        let values = answer["series"][0]["values"].as_array().unwrap();
        values.len() == 20 && values.iter().all(|value| *value == json!(1))
    });
    let series = &answer["series"][0];
    let (time, start) = (answer["time"].as_f64().unwrap(), series["start"].as_f64().unwrap());
    assert!((time - start - 0.95).abs() < 0.001, "{answer}");
    let since = format!("/api/v1/query?label=web.queue&since={}", time - 0.5);
    let len = server.json(&since)["series"][0]["values"].as_array().unwrap().len();
    assert!(len >= 10, "{len}");
    // All that is kept at most.
    let all = server.json("/api/v1/query?label=web.queue&since=1000000");
    assert!(all["series"][0]["values"].as_array().unwrap().len() <= 100);
    for (target, status, expected) in [
        ("/api/v1/query", 400, "expected a label"),
        ("/api/v1/query?label=web.queue&since=x", 400, "expected since to be how many seconds ago"),
        ("/api/v1/query?label=web.queue&step=-1", 400, "expected step to be a number of seconds"),
        ("/api/v1/query?label=web.queue&step=NaN", 400, "expected step to be a number of seconds"),
        ("/api/v1/query?label=nothing", 404, "expected a label that some program has"),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}");
        assert!(answer.json()["error"].as_str().unwrap().contains(expected), "{answer:?}");
    }
}

#[test]
fn those_that_changed_last_are_kept() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start_with(&place, ["--history-fields", "1", "."]);
    let has = |label: &str| {
        let answer = server.json(&format!("/api/v1/fields?search={label}"));
        answer["fields"][0]["history"].as_bool().unwrap()
    };
    web.queue.set(5);
    server
        .wait_for("/api/v1/fields?search=web.queue", |answer| answer["fields"][0]["history"] == json!(true));
    assert!(!has("web.hits") && !has("web.latency"));
    assert_eq!(series(&server, "web.hits")["history"], json!(false));
    assert_eq!(series(&server, "web.hits")["values"], json!([]));
    server.wait_for("/api/v1/fields?search=web.hits", |answer| {
        web.hits.incr();
        answer["fields"][0]["history"] == json!(true)
    });
    assert!(!has("web.queue"));
}

#[test]
fn streams_tell_also_what_is_not_kept() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    web.hits.add(5);
    let server = start_with(&place, ["--history-fields", "0", "."]);
    let name = server.json("/api/v1/processes")["processes"][0]["application"].as_str().unwrap().to_owned();
    let target = format!("/api/v1/stream?series={name}/web.hits");
    let mut events = crate::client::Events::open(server.address, &target);
    loop {
        let tick = events.next().unwrap();
        assert_eq!(tick["token"], json!(false));
        let hits = &tick["series"][0];
        assert_eq!((&hits["history"], &hits["values"]), (&json!(false), &json!([])), "{tick}");
        let (value, rate) = (hits["value"].as_u64().unwrap(), hits["rate"].as_f64());
        if value > 5 && rate > Some(0.0) {
            break;
        }
        web.hits.incr();
    }
}

#[test]
fn a_label_of_several_fields_is_several_series() {
    use crate::fixture::{Field, Fixture};
    let place = new_place();
    let tagged = |method: &str, value| {
        Field::counter("requests", &[value]).described("", "", &format!("method\0{method}\0"))
    };
    put(&place, "a.mmstats", Fixture::with_fields([tagged("get", 1), tagged("put", 2)]));
    let server = start(&place);
    let fields = server.json("/api/v1/fields?search=requests");
    assert_eq!(fields["total"], json!(2), "{fields}");
    let tags = |target: &str| -> Vec<Value> {
        let answer = server.json(target);
        answer["series"].as_array().unwrap().iter().map(|series| series["tags"].clone()).collect()
    };
    assert_eq!(tags("/api/v1/query?label=requests"), [json!({"method": "get"}), json!({"method": "put"})]);
    let one = "/api/v1/query?label=requests%7Bmethod%3D%22put%22%7D";
    assert_eq!(tags(one), [json!({"method": "put"})]);
}

#[test]
fn restarts_in_place_and_vanished_files_leave_gaps_not_jumps() {
    let place = new_place();
    let server = start(&place);
    let mut total = 0;
    for round in 1..5 {
        let web = publish(&place, "web.mmstats");
        web.hits.add(round);
        total += round;
        wait_for_value(&server, "web.hits", &json!(round));
        drop(web);
        server.wait_for("/files/", |files| files["files"] == json!([]));
    }
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let total = total as f64;
    assert!((growth(&server) - total).abs() < 1e-6, "{}", growth(&server));
}

#[test]
fn quantiles_beyond_the_last_bucket_are_lower_bounds() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start(&place);
    (0..10).for_each(|_| web.latency.record(Duration::from_hours(2)));
    let fields = server.wait_for("/api/v1/fields?search=web.latency", |answer| {
        answer["fields"][0]["value"]["count"] == json!(10)
    });
    let value = &fields["fields"][0]["value"];
    assert_eq!(value["at_least"], json!(["sum", "mean", "p50", "p90", "p99", "p999", "max"]));
    assert_eq!(
        (&value["max"], &value["mean"], &value["last"]),
        (&json!(7200.0), &json!(7200.0), &json!(7200.0))
    );
    assert!(value["p50"].as_f64().unwrap() < 4261.0, "{value}");
    let original = server.json("/stats/web.latency?exact=1");
    assert_eq!(original["web.latency"][0], *value);

    let series = server.json("/api/v1/query?label=web.latency&heat=1")["series"][0].clone();
    let open_from = series["quantiles"]["open_from"].as_f64().unwrap();
    assert_eq!(numbers(&series["quantiles"]["p99"]), [open_from]);
    assert_eq!(series["heat"]["bounds"], json!([[open_from, null]]));
    // All of u64 has buckets with ends.
    web.sizes.record(u64::MAX);
    let all = server.wait_for("/api/v1/query?label=web.sizes&heat=1", |answer| {
        answer["series"][0]["heat"]["bounds"] != json!([])
    });
    let series = &all["series"][0];
    assert!(series["quantiles"].get("open_from").is_none(), "{series}");
    assert!(series["heat"]["bounds"][0][1].is_number(), "{series}");
}
