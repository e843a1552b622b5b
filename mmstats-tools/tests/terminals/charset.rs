//! Terminals that show ASCII only, as the locale says.

use std::process::Command;

use tempfile::TempDir;

use crate::fixture::{Field, Fixture, text};
use crate::pty::{Pty, tool};

const TOPSTATS: &str = env!("CARGO_BIN_EXE_topstats");
const SLURPSTATS: &str = env!("CARGO_BIN_EXE_slurpstats");
const POLLSTATS: &str = env!("CARGO_BIN_EXE_pollstats");
const CLEANSTATS: &str = env!("CARGO_BIN_EXE_cleanstats");

/// A directory with the file of a program that died, and that wrote characters that are not of ASCII, of which one
/// is a control character in Latin-1: the second byte of `Û` is CSI.
fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let latency = [109_u64, 1000, 0, 0, 0, 0, 109, 0, 0, 2, 0, 0, 0];
    let fields = [
        Field::counter("größe", &[17]).described(&"Wie groß es ist… ".repeat(20), "€", ""),
        Field::timer("zeit", 10, &[&latency]).described("", "seconds", ""),
        Field::text("wort", 0, &[text(32, "Ûber 尺寸 👩".as_bytes())]),
    ];
    let fixture = Fixture::with_fields(fields).attribute("sys.cmd", "läden");
    fixture.write(&dir.path().join("läden.mmstats"));
    dir
}

/// Locales whose encoding is not UTF-8.
const NOT_UTF8: [&[(&str, &str)]; 4] = [
    &[("LC_ALL", "C")],
    &[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")],
    &[("LC_ALL", ""), ("LC_CTYPE", "de_DE@euro"), ("LANG", "C.UTF-8")],
    &[("LC_ALL", "")],
];

fn with(mut command: Command, variables: &[(&str, &str)]) -> Command {
    command.envs(variables.iter().copied());
    command
}

/// All that topstats draws: the table, a field by itself with its chart, the keys, and a filter.
fn screens(dir: &TempDir, variables: &[(&str, &str)]) -> String {
    let arguments = ["--stale", "-d", "0.1", "-X", "sys.*"];
    let mut pty = Pty::start(with(tool(TOPSTATS, dir.path(), &arguments), variables), 120, 30);
    pty.wait_for(&["zeit", "quit"]);
    pty.type_bytes(b"h");
    pty.wait_for(&["up and down"]);
    pty.type_bytes(b"xG");
    pty.type_bytes(b"d");
    pty.wait_for(&["other fields", "p99.9"]);
    // With the axes of its chart.
    pty.wait_for(&["ago"]);
    pty.type_bytes("d/größ".as_bytes());
    pty.wait_for(&["Type text, or ~regex"]);
    pty.type_bytes(b"\r");
    pty.wait("the filter is typed", |screen| !screen.has("Type text, or ~regex"));
    pty.type_bytes(b"q");
    let (status, written) = pty.end();
    assert_eq!(status, Some(0));
    written
}

#[test]
fn screens_are_of_ascii_outside_of_utf_8() {
    let dir = place();
    for variables in NOT_UTF8 {
        let written = screens(&dir, variables);
        assert!(written.is_ascii(), "{variables:?}: {written:?}");
        assert!(written.contains("gr\\u{f6}\\u{df}e"), "{variables:?}: {written:?}");
        assert!(written.contains("l\\u{e4}den") && written.contains("v l"), "{variables:?}: {written:?}");
        assert!(written.contains("NAME^"), "{variables:?}: {written:?}");
    }
}

#[test]
fn screens_have_symbols_and_texts_as_they_are_in_utf_8() {
    let dir = place();
    for variables in [
        &[("LC_ALL", "C.UTF-8")][..],
        &[("LC_ALL", "en_US.utf8"), ("LANG", "C")],
        &[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")],
        &[("LC_ALL", ""), ("LANG", "C.UTF-8")],
    ] {
        let written = screens(&dir, variables);
        for shown in ["größe", "▾", "läden", "NAME▴", "│", "█", "↑"] {
            assert!(written.contains(shown), "{variables:?}: {shown}: {written:?}");
        }
    }
}

/// What each tool prints, as it is called for people and for programs.
const PRINTED: [(&str, &[&str]); 8] = [
    (TOPSTATS, &["--once", "--stale", "-d", "0.1"]),
    (SLURPSTATS, &[]),
    (SLURPSTATS, &["--table"]),
    (SLURPSTATS, &["--csv"]),
    (SLURPSTATS, &["--json"]),
    (POLLSTATS, &["--stale", "-c", "1", "größe,wort"]),
    (POLLSTATS, &["--stale", "-c", "1", "größe,wort", "--json"]),
    (CLEANSTATS, &["--dry-run"]),
];

#[test]
fn what_tools_print_on_a_terminal_is_of_ascii_outside_of_utf_8() {
    let dir = place();
    for (program, arguments) in PRINTED {
        for variables in NOT_UTF8 {
            let command = with(tool(program, dir.path(), arguments), variables);
            let (_, written) = Pty::start(command, 80, 24).end();
            assert!(!written.is_empty() && written.is_ascii(), "{program} {arguments:?}: {written:?}");
            let control = |character: char| character.is_control() && !"\r\n\u{1b}".contains(character);
            assert!(!written.contains(control), "{program} {arguments:?}: {written:?}");
        }
    }
}

#[test]
fn json_on_a_terminal_has_the_same_values_in_each_locale() {
    let dir = place();
    let values = |locale| {
        let command = with(tool(SLURPSTATS, dir.path(), &["--json"]), &[("LC_ALL", locale)]);
        let (_, written) = Pty::start(command, 80, 24).end();
        (written.is_ascii(), serde_json::from_str::<serde_json::Value>(written.trim()).unwrap())
    };
    let (in_c, in_utf8) = (values("C"), values("C.UTF-8"));
    assert_eq!((in_c.0, in_utf8.0), (true, false));
    assert_eq!(in_c.1, in_utf8.1);
    assert!(in_c.1.to_string().contains("Ûber 尺寸 👩"));
}

#[test]
fn tables_stay_aligned_in_ascii() {
    let dir = place();
    let command = with(tool(SLURPSTATS, dir.path(), &["--table"]), &[("LC_ALL", "C")]);
    let (_, written) = Pty::start(command, 100, 24).end();
    let lines: Vec<&str> = written.lines().map(str::trim_end).collect();
    let heading = lines.iter().find(|line| line.starts_with("LABEL")).unwrap();
    let row = lines.iter().find(|line| line.starts_with("gr\\u{f6}")).unwrap();
    assert_eq!(heading.find("KIND"), row.find("counter"), "{written}");
    assert!(row.len() <= 100 && row.ends_with('~'), "{written}");
}

/// What goes to a file or another program is data, and does not depend on the locale.
#[test]
fn pipes_are_utf_8_in_each_locale() {
    let dir = place();
    for (program, arguments) in PRINTED {
        let printed = |locale: &str| {
            let mut command = with(tool(program, dir.path(), arguments), &[("LC_ALL", locale)]);
            let stdout = command.output().unwrap().stdout;
            // Times differ from call to call.
            String::from_utf8(stdout).unwrap().split("\"interval\"").last().unwrap().to_owned()
        };
        let (in_c, in_utf8) = (printed("C"), printed("C.UTF-8"));
        assert_eq!(in_c, in_utf8, "{program} {arguments:?}");
        assert!(!in_c.is_ascii(), "{program} {arguments:?}: {in_c}");
    }
}

#[test]
fn messages_on_a_terminal_are_of_ascii_outside_of_utf_8() {
    let dir = place();
    let missing = "fehlt-größe.mmstats";
    for program in [SLURPSTATS, POLLSTATS, CLEANSTATS, env!("CARGO_BIN_EXE_mmash")] {
        // A pattern of processes that is none, and an option that there is not.
        for arguments in [&["--process", "größe["][..], &["--größe"], &[missing]] {
            // These go on.
            let is_endless = program == POLLSTATS || program.ends_with("mmash");
            if is_endless && arguments == [missing] {
                continue;
            }
            let (_, written) =
                Pty::start(with(tool(program, dir.path(), arguments), &[("LC_ALL", "C")]), 80, 24).end();
            assert!(!written.is_empty() && written.is_ascii(), "{program} {arguments:?}: {written:?}");
        }
    }
}
