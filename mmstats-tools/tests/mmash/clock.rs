//! The clock is set before mmash starts and while it runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats_host::liveness::BOOT_ID;
use mmstats_reader::Moment;
use mmstats_tests::clock::Clock;
use serde_json::Value;

use crate::client::Events;
use crate::fixture::{Field, Fixture};
use crate::server::{Server, new_place};
use crate::support::Place;

const HOUR: i64 = 3600;

/// mmash over the files in `place`, with this clock.
fn start(place: &Place, clock: &Clock) -> Server {
    let arguments = ["--listen", "127.0.0.1:0", "--interval", "50ms", "."];
    Server::spawn(clock.give_to(&mut place.command(arguments)))
}

/// Puts a file there that was made so long ago, while the clock was right.
fn put(place: &Place, ago: Duration) {
    let fixture = Fixture::with_fields([Field::counter("hits", &[1])]).attribute("sys.cmd", "web");
    let mut built = Fixture { flags: 0, ..fixture }.build();
    let since_boot = Moment::now().since(Moment::BOOT).checked_sub(ago).unwrap();
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().checked_sub(ago).unwrap();
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap().to_le_bytes();
    built.put(88, &BOOT_ID.unwrap()).put(112, &ns(wall)).put(120, &ns(since_boot)).seal_header();
    let path = place.path("web.mmstats");
    fs::write(&path, &built.bytes).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
}

/// The first tick of which this is so.
fn wait_for(events: &mut Events, is_so: impl Fn(&Value) -> bool) -> Value {
    std::iter::from_fn(|| events.next()).find(is_so).unwrap()
}

#[test]
fn an_age_does_not_depend_on_the_clock() {
    let clock = Clock::new();
    for offset in [0, 24 * HOUR, -2 * HOUR] {
        let place = new_place();
        let (start_of_test, ago) =
            (Moment::now(), Moment::now().since(Moment::BOOT).min(Duration::from_secs(4)));
        put(&place, ago);
        clock.set(offset);
        let server = start(&place, &clock);
        let assert_age = |json: &Value| {
            let most = ago + Moment::now().since(start_of_test);
            let age = json["age"].as_f64().unwrap();
            assert!((ago.as_secs_f64()..=most.as_secs_f64()).contains(&age), "{age} of {ago:?} and {most:?}");
        };
        let mut events = Events::open(server.address, "/api/v1/stream");
        assert_age(&events.next().unwrap()["applications"][0]);
        assert_age(&server.json("/api/v1/processes")["processes"][0]);
        // Also when it is set in between.
        let time = events.next().unwrap()["time"].as_f64().unwrap();
        clock.set(offset + 5 * HOUR);
        let tick = wait_for(&mut events, |tick| tick["time"].as_f64().unwrap() > time + 3600.0);
        assert_age(&tick["applications"][0]);
    }
}

#[test]
fn no_point_of_the_history_is_lost_or_doubled_when_the_clock_is_set() {
    let (place, clock) = (new_place(), Clock::new());
    put(&place, Duration::ZERO);
    let server = start(&place, &clock);
    let mut events = Events::open(server.address, "/api/v1/stream");
    let history = || server.json("/api/v1/query?label=hits");
    let mut count = 0;
    for offset in [24 * HOUR, -2 * HOUR, -400_000 * HOUR, 0] {
        let before = events.next().unwrap()["time"].as_f64().unwrap();
        clock.set(offset);
        // The query may be answered from an earlier look than the tick.
        wait_for(&mut events, |tick| (tick["time"].as_f64().unwrap() - before).abs() > 60.0);
        let answer = history();
        let [time, step] = ["time", "step"].map(|name| answer[name].as_f64().unwrap());
        let series = &answer["series"][0];
        let values = series["values"].as_array().unwrap();
        assert!(values.len() > count, "{answer}");
        count = values.len();
        // They are an interval apart, and the last one is of now.
        let last = series["start"].as_f64().unwrap() + step * f64::from(u32::try_from(count - 1).unwrap());
        assert!((last - time).abs() < step, "{answer}");
        // A client may ask for points since a time that is in the future since the clock was set back.
        let later = time + 7200.0;
        let since = server.json(&format!("/api/v1/query?label=hits&since={}", later.max(2e8)));
        assert!(since["series"][0]["values"].as_array().unwrap().len() <= 1, "{since}");
    }
}
