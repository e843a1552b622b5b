//! How mmash is called.

use std::process::Command;

use crate::client::Events;
use crate::server::{Server, new_place, start_with};
use crate::support::Place;

#[test]
fn what_makes_no_sense_is_said() {
    let place = new_place();
    for (arguments, said) in [
        (&["--listen", "5002"][..], "expected ADDRESS:PORT"),
        (&["--listen", "0.0.0.0:0"], "cannot listen on http://0.0.0.0:0/ without a token"),
        (&["--interval", "0"], "expected --interval from 10ms to 1h, found 0 s"),
        (&["--interval", "soon"], "expected a time such as 1, 1s, 500ms, 5m, 1h or 1d, found soon"),
        (&["--interval", "10ms", "--history", "365d"], "choose a shorter --history or a longer --interval"),
        (&["--history-fields", "many"], "invalid value 'many'"),
        (&["--allowed-host", ""], "expected a name such as stats.example"),
        (&["--allowed-host", "http://stats.example/"], "expected a name such as stats.example"),
        (&["--token-file", "none"], "cannot use the token in none: No such file"),
        (&["--nonsense"], "unexpected argument '--nonsense'"),
    ] {
        let result = place.run(arguments);
        assert!(result.stderr.contains(said), "{arguments:?}: {}", result.stderr);
        assert_eq!((result.status, result.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn a_place_where_another_listens_is_an_error() {
    let place = new_place();
    let server = start_with(&place, ["."]);
    let result = place.run(["--listen", &server.address.to_string(), "."]);
    assert_eq!(result.status, 1, "{}", result.stderr);
    assert!(result.stderr.contains("Address already in use"), "{}", result.stderr);
    assert!(result.stderr.contains("--listen"), "{}", result.stderr);
}

#[test]
fn each_option_is_a_variable_too_and_the_command_line_overrules_it() {
    let place = new_place();
    let with_variables = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("MMASH_LISTEN", "127.0.0.1:0 unix:socket").env("MMASH_INTERVAL", "20ms");
        command.env("MMASH_STALE", "1").env("MMASH_ALLOWED_HOST", "a.example b.example");
        command.env("MMASH_HISTORY_FIELDS", "5").env("MMASH_EXCLUDE", "sys.*").env("MMASH_HISTORY", "10s");
        command
    };
    let server = Server::spawn(&mut with_variables(&["."]));
    assert!(place.path("socket").exists());
    for host in ["a.example", "b.example:80"] {
        let request = format!("GET /stats/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(crate::client::ask(server.address, &request).status, 200);
    }
    drop(server);
    let mut command = with_variables(&["--listen", "127.0.0.1:0", "."]);
    std::fs::remove_file(place.path("socket")).unwrap();
    let server = Server::spawn(&mut command);
    assert!(!place.path("socket").exists());
    drop(server);
    let result = place.command(["."]).env("MMASH_INTERVAL", "soon").output().unwrap();
    let stderr = String::from_utf8(result.stderr).unwrap();
    assert!(stderr.contains("in the variables MMASH_"), "{stderr}");
    assert!(stderr.contains("--interval"), "{stderr}");
}

#[test]
fn a_variable_of_no_option_is_named() {
    let place = new_place();
    let mut command = place.command(["--listen", "127.0.0.1:0", "."]);
    let server = Server::spawn(command.env("MMASH_INTERVALL", "20ms").env("MMASH_STALE", "no"));
    let (status, _, stderr) = server.end();
    assert_eq!(status, Some(0));
    assert!(
        stderr.starts_with("mmash: MMASH_INTERVALL is the variable of no option; see mmash --help\n"),
        "{stderr}"
    );
    assert!(!stderr.contains("MMASH_STALE"), "{stderr}");
}

#[test]
fn nothing_to_show_is_said_once_and_waited_for() {
    let place = new_place();
    let server = start_with(&place, ["."]);
    assert_eq!(server.json("/stats/"), serde_json::json!({ "stats": [] }));
    let web = crate::writer::publish(&place, "web.mmstats");
    server.wait_for("/stats/", |stats| stats["stats"].as_array().is_some_and(|stats| !stats.is_empty()));
    drop(web);
    let (status, stdout, stderr) = server.end();
    assert_eq!((status, stdout.as_str()), (Some(0), ""));
    assert_eq!(stderr, "mmash: no mmstats files in .; waiting for some\n");
}

/// mmash where it may open so many files, its standard streams among them.
fn with_open_files(place: &Place, limit: usize) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n \"$1\"; shift; exec \"$@\"", "sh", &limit.to_string()]);
    command.args([env!("CARGO_BIN_EXE_mmash"), "--listen", "127.0.0.1:0", "--interval", "50ms", "."]);
    command.current_dir(place.dir());
    command
}

#[test]
fn where_it_may_open_few_files_it_serves_or_says_what_to_do() {
    let place = new_place();
    let _web = crate::writer::publish(&place, "web.mmstats");
    let (mut refusals, mut successes) = (0, 0);
    // With fewer the system cannot even load its libraries.
    for limit in 4..=40 {
        let server = match Server::try_spawn(&mut with_open_files(&place, limit)) {
            Ok(server) => server,
            Err((status, stderr)) => {
                assert_eq!(status, Some(1), "{limit}: {stderr}");
                assert!(stderr.contains("ulimit -n 1024"), "{limit}: {stderr}");
                assert_eq!(stderr.lines().count(), 1, "{limit}: {stderr}");
                refusals += 1;
                continue;
            }
        };
        let files = server.json("/files/");
        assert_eq!(files["files"], serde_json::json!(["./web.mmstats"]), "{limit}");
        let mut events = Events::open(server.address, "/api/v1/stream");
        assert!(events.next().is_some() && events.next().is_some(), "{limit}");
        drop(events);
        let (status, _, stderr) = server.end();
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{limit}");
        successes += 1;
    }
    assert!(refusals > 20 && successes > 10, "{refusals} refusals, {successes} successes");
}

#[test]
fn more_clients_than_it_may_open_files_for_wait_their_turn() {
    let place = new_place();
    let _web = crate::writer::publish(&place, "web.mmstats");
    let server = Server::spawn(&mut with_open_files(&place, 30));
    let idle: Vec<_> = (0..40).map(|_| crate::client::connect(server.address)).collect();
    drop(idle);
    server.wait_for("/files/", |files| files["files"][0] == "./web.mmstats");
    assert_eq!(server.end().0, Some(0));
}
