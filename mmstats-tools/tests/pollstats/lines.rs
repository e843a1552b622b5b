//! How lines look and when they come.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::Field;
use crate::support::Place;
use crate::{file, new_place};

/// Of the environment.
type Variables = &'static [(&'static str, &'static str)];

fn place_with_hits() -> Place {
    let place = new_place();
    file([Field::counter("web.hits", &[1234]), Field::counter("尺寸", &[5])]).write(&place.path("a.mmstats"));
    place
}

#[test]
fn lines_are_those_of_the_original_as_wide_as_they_need_to_be() {
    let place = place_with_hits();
    let said = place.run(["-c", "5", "-d", "0.01", "-n", "2", "-p", "web.", "hits"]);
    let header = "    hits    \n";
    let expected = [
        header,
        "       1234 \n",
        "          0 \n",
        header,
        "          0 \n",
        "          0 \n",
        header,
        "          0 \n",
    ];
    assert_eq!((said.stdout, said.status), (expected.concat(), 0));
    let said = place.run(["-c", "3", "-d", "0.01", "-n", "0", "尺寸,web.hits"]);
    assert_eq!(
        said.stdout,
        "    尺寸    |  web.hits  \n          5 |       1234 \n          0 |          0 \n          0 |          0 \n"
    );
}

#[test]
fn colors_are_for_terminals() {
    let place = place_with_hits();
    let colored = "\x1b[1m  web.hits  \x1b[0m\n\x1b[1;33m       1234 \x1b[0m\n";
    let plain = "  web.hits  \n       1234 \n";
    let cases: [(&[&str], Variables, &str); 5] = [
        (&[], &[], plain),
        (&["--color", "always"], &[("NO_COLOR", "1")], colored),
        (&[], &[("CLICOLOR_FORCE", "1")], colored),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], plain),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], plain),
    ];
    for (arguments, variables, expected) in cases {
        let mut command = place.command([&["-c", "1", "web.hits"], arguments].concat());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{arguments:?} {variables:?}");
    }
    // On a terminal, where there is a program that gives one.
    let mut command = Command::new("script");
    let line = format!("{} -c 1 web.hits .", env!("CARGO_BIN_EXE_pollstats"));
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(place.dir())
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("CLICOLOR");
    if let Ok(output) = command.output() {
        assert_eq!(String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"), colored);
    }
}

#[test]
fn tables_say_their_columns_anew_when_there_are_others() {
    let place = place_with_hits();
    let mut command = place.command(["--csv", "--timestamps", "-d", "0.05", "web.*"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "time,web.hits");
    let line = lines.next().unwrap();
    let (time, hits) = line.split_once(',').unwrap();
    assert_eq!((time.len(), time.ends_with('Z'), hits), ("2026-01-01T00:00:00.000Z".len(), true, "1234"));
    file([Field::counter("web.\"a\",b", &[9])]).write(&place.path("b.mmstats"));
    let header = lines.find(|line| line.starts_with("time")).unwrap();
    assert_eq!(header, "time,web.hits,\"web.\"\"a\"\"\\u{2c}b\"");
    // What came to a file that may be an old one is not known.
    assert_eq!(lines.next().unwrap().split(',').skip(1).collect::<Vec<_>>(), ["0", ""]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_last_line_is_the_end_and_a_closed_pipe_is_no_error() {
    let place = place_with_hits();
    let start = Instant::now();
    let said = place.run(["-c", "1", "-d", "3600", "web.hits"]);
    assert_eq!(said.status, 0);
    assert!(start.elapsed() < Duration::from_mins(10), "it slept after the last line");

    let mut child = place
        .command(["-d", "0.01", "web.hits"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn wrong_usage_is_said() {
    let place = place_with_hits();
    let cases: [(&[&str], &str); 8] = [
        (&[], "FIELDS"),
        (&["-f", "a"], "expected FIELDS"),
        (&["a,,b"], "expected labels with a comma between each two"),
        (&["a", "-d", "0"], "expected seconds, more than 0"),
        (&["a", "-d", "-1"], "-1"),
        (&["a", "-d", "1e30"], "expected seconds"),
        (&["a", "-d", "nan"], "expected seconds"),
        (&["a", "--json", "--csv"], "cannot be used with"),
    ];
    for (arguments, error) in cases {
        let said = place.run(arguments);
        assert_eq!((said.stdout.as_str(), said.status), ("", 2), "{arguments:?}");
        assert!(said.stderr.contains(error), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn what_it_does_is_said_as_much_as_is_wished() {
    let place = place_with_hits();
    let lines = |verbosity: &[&str]| {
        let said = place.run([&["-c", "1", "web.hits", "."], verbosity].concat());
        said.stderr.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]), Vec::<String>::new());
    assert_eq!(lines(&["-v"]), Vec::<String>::new());
    assert_eq!(lines(&["-vv"]), ["pollstats: counting ./a.mmstats"]);
    assert!(lines(&["-vvv"])[1].starts_with("pollstats: looked at the files in "));
}
