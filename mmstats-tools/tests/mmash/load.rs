//! mmash under load, of wrk and of writers that come and go.
//!
//! `MMSTATS_LOAD_SECONDS` says how long.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::server::{Server, new_place, start};
use crate::support::Place;
use crate::writer::publish;

/// What is asked for, each as often as the others.
const SCRIPT: &str = r#"
local targets = {
    "/", "/stats/", "/stats/web.", "/stats/web.hits?aggr=sum", "/files/", "/api/v1/processes", "/api/v1/fields",
    "/api/v1/query?label=web.latency&heat=1", "/api/v1/query?label=web.hits&since=60", "/page/main.js",
}
local next = 0
function request()
    next = next % #targets + 1
    return wrk.format("GET", targets[next])
end
"#;

/// Has wrk ask `server` for so many `seconds`, and returns what it says.
fn ask(place: &Place, server: &Server, seconds: u64) -> String {
    std::fs::write(place.path("targets.lua"), SCRIPT).unwrap();
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "2", "--connections", "32", "--timeout", "60s", "--script", "targets.lua"]);
    wrk.arg(format!("--duration={seconds}s")).arg(format!("http://{}/", server.address));
    let output = wrk.current_dir(place.dir()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn who_asks_as_fast_as_they_can_meets_no_error_and_makes_it_no_larger_while_writers_come_and_go() {
    if Command::new("wrk").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "wrk is missing");
        eprintln!("passed over: wrk is missing");
        return;
    }
    let seconds: u64 = std::env::var("MMSTATS_LOAD_SECONDS").map_or(4, |seconds| seconds.parse().unwrap());
    let place = new_place();
    let server = start(&place);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..4 {
            let (place, is_over) = (&place, &is_over);
            scope.spawn(move || {
                while !is_over.load(Relaxed) {
                    let web = publish(place, &format!("web-{number}.mmstats"));
                    for _ in 0..100 {
                        web.hits.incr();
                        web.latency.record(Duration::from_micros(number * 100));
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        // What there never was is an error to ask for.
        server.wait_for("/stats/web.latency", |stats| stats["web.latency"].is_array());
        let settled = ask(&place, &server, seconds.div_ceil(2));
        let before = server.memory("VmRSS");
        let said = ask(&place, &server, seconds);
        let after = server.memory("VmRSS");
        is_over.store(true, Relaxed);
        println!("{said}{before} KiB before, {after} KiB after");
        for said in [settled, said] {
            assert!(said.contains("requests in"), "{said}");
            assert!(!said.contains("Non-2xx") && !said.contains("Socket errors"), "{said}");
        }
        assert!(after < before + 32 * 1024, "it grew from {before} to {after} KiB");
    });
}
