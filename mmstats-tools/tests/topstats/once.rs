//! The real program as text: with --once, and where its output is no terminal.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mmstats::{MmStats, sync};
use mmstats_tests::subject::SubjectStats;

use crate::fixture::{Field, Fixture};
use crate::scene::web_fields;
use crate::support::{Place, Said};

fn new_place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_topstats"))
}

/// The program with these arguments, which reads twice in quick succession. Files that are built have no writer.
fn run(place: &Place, arguments: &[&str]) -> Said {
    place.run(["-d", "0.1", "--stale"].iter().chain(arguments))
}

#[test]
fn all_rows_are_printed_with_rates() {
    let place = new_place();
    let stats = SubjectStats::options().dir(place.dir()).create().unwrap();
    stats.events.add(17);
    for arguments in [&[][..], &["--once"]] {
        let said = run(&place, arguments);
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
        let lines: Vec<&str> = said.stdout.lines().collect();
        assert!(lines[0].starts_with(" topstats  1 process, "), "{}", said.stdout);
        assert!(lines[1].starts_with("PROCESS") && lines[1].ends_with("STATE"), "{}", said.stdout);
        assert!(lines[2].starts_with("NAME") && lines[2].ends_with("LIFE"), "{}", said.stdout);
        let events = lines.iter().find(|line| line.contains("events")).unwrap();
        let events: Vec<&str> = events.split_whitespace().collect();
        assert_eq!(events[..5], ["events", "17", "0", "0", "0"]);
        assert!(lines.iter().any(|line| line.contains("version") && line.ends_with(" constant")));
    }
}

#[test]
fn text_is_as_wide_as_columns_says() {
    let place = new_place();
    Fixture::with_fields(web_fields()).write(&place.path("web.mmstats"));
    for (columns, widest) in
        [(None, 100), (Some("60"), 60), (Some("1"), 1), (Some("0"), 100), (Some("x"), 100)]
    {
        let mut command = place.command(["-d", "0.1", "--stale"]);
        match columns {
            Some(columns) => command.env("COLUMNS", columns),
            None => command.env_remove("COLUMNS"),
        };
        let said = crate::support::said(&command.output().unwrap());
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert!(said.stdout.lines().all(|line| line.chars().count() <= widest), "{}", said.stdout);
    }
}

#[test]
fn options_choose_what_is_shown() {
    let place = new_place();
    Fixture::with_fields(web_fields()).attribute("sys.cmd", "web").write(&place.path("web.mmstats"));
    for (arguments, shown, hidden) in [
        (&["--raw"][..], "47815066", "MiB"),
        (&["--filter", "bytes"], "bytes_sent", "errors"),
        (&["--filter", "~^web\\.e"], "errors", "bytes_sent"),
        (&["--hide-zeros"], "bytes_sent", "errors"),
        (&["--flat"], "web.bytes_sent", "▾ web"),
        (&["-I", "web.b*"], "bytes_sent", "version"),
        (&["-X", "web.*"], "version", "bytes_sent"),
        (&["--process", "w*b"], "version", "nothing"),
    ] {
        let said = run(&place, arguments);
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
        assert!(
            said.stdout.contains(shown) && !said.stdout.contains(hidden),
            "{arguments:?}\n{}",
            said.stdout
        );
    }
    let said = run(&place, &["--flat", "--sort", "value", "-I", "web.[rbe]*"]);
    let rows: Vec<&str> =
        said.stdout.lines().skip(2).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!((rows[0], rows[1], rows[3]), ("web.bytes_sent", "web.requests{method=\"get\"}", "web.errors"));
}

#[test]
fn wrong_usage_is_told() {
    let place = new_place();
    for (arguments, told) in [
        (&["-d", "0"][..], "expected seconds from 0.1 to 60"),
        (&["-d", "61"], "expected seconds from 0.1 to 60"),
        (
            &["--sort", "color"],
            "possible values: name, value, rate, 10s, 60s, life, pid, user, uptime, state",
        ),
        (&["--filter", "~("], "--filter is no regular expression"),
    ] {
        let said = place.run(arguments);
        assert_eq!(said.status, 2, "{}", said.stderr);
        assert!(said.stderr.contains(told), "{}", said.stderr);
    }
}

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_shown() {
    let place = new_place();
    Fixture::with_fields([Field::counter("hits", &[17])]).write(&place.path("good.mmstats"));
    fs::write(place.path("bad.mmstats"), "not statistics").unwrap();
    fs::set_permissions(place.path("bad.mmstats"), Permissions::from_mode(0o600)).unwrap();
    let said = run(&place, &[]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.contains("bad.mmstats: expected a header"), "{}", said.stderr);
    assert_eq!(said.stderr.lines().count(), 1, "once: {}", said.stderr);
    assert!(said.stdout.contains("hits"), "{}", said.stdout);
}

#[test]
fn where_no_files_are_there_is_said_so() {
    let said = run(&new_place(), &[]);
    assert_eq!(said.status, 0);
    assert!(said.stderr.contains("no mmstats files in"), "{}", said.stderr);
}

#[test]
fn files_that_are_all_left_out_are_told_from_none() {
    let place = new_place();
    Fixture::with_fields(web_fields()).attribute("sys.cmd", "web").write(&place.path("web.mmstats"));
    for (arguments, told, status) in [
        (&[][..], "all mmstats files are of programs that have died; --stale shows them", 0),
        (&["--process", "web"], "--stale shows dead ones, too", 1),
        (&["--process", "other", "--stale"], "no mmstats file is of a process that --process asks for", 1),
    ] {
        let said = place.run(["-d", "0.1"].iter().chain(arguments));
        assert_eq!(said.status, status);
        assert!(said.stderr.contains(told), "{}", said.stderr);
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = new_place();
    let labels = (0..5000).map(|number| Field::counter(&format!("label{number}"), &[1]));
    Fixture::with_fields(labels).write(&place.path("web.mmstats"));
    let mut child = place
        .command(["-d", "0.1", "--stale"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[derive(MmStats)]
#[repr(C)]
struct LongStats {
    long: sync::Timer,
}

#[test]
fn durations_beyond_the_last_bucket_are_lower_bounds() {
    let place = new_place();
    let stats = LongStats::options().dir(place.dir()).create().unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Some come in the interval, however long the program takes to start.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                stats.long.record(Duration::from_hours(2));
                thread::sleep(Duration::from_millis(1));
            }
        });
        let said = run(&place, &["-I", "long"]);
        is_over.store(true, Ordering::Relaxed);
        let line = said.stdout.lines().find(|line| line.contains("long"));
        assert!(line.is_some_and(|line| line.contains("p99 ≥ 4260 s")), "{}", said.stdout);
        assert_eq!(said.status, 0, "{}", said.stderr);
    });
}

#[test]
fn nothing_that_has_what_was_asked_for_is_a_failure() {
    let place = new_place();
    assert_eq!((run(&place, &[]).status, run(&place, &["-I", "web.*"]).status), (0, 1));
    Fixture::with_fields(web_fields()).write(&place.path("web.mmstats"));
    for (arguments, status) in [
        (&[][..], 0),
        (&["-I", "sys.pid"], 0),
        (&["-I", "misspelt"], 1),
        (&["-X", "*"], 1),
        (&["--filter", "sys.pid"], 0),
        (&["--filter", "misspelt"], 1),
        (&["--flat", "--filter", "~^misspelt$"], 1),
        (&["--process", "nobody"], 1),
        (&["--hide-zeros", "-I", "sys.*"], 0),
    ] {
        let said = run(&place, arguments);
        assert_eq!(said.status, status, "{arguments:?}: {}", said.stderr);
        assert_eq!(said.stderr.is_empty(), status == 0, "{arguments:?}");
    }
}
