//! How mmash is called.

use crate::server::{Server, new_place, start_with};

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
        (&["-I", "["], "'[' is no pattern for --include"),
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
