//! Terminals that can draw no screen.

use crate::fixture::{Field, Fixture};
use crate::pty::{Pty, tool};

const TOPSTATS: &str = env!("CARGO_BIN_EXE_topstats");
const POLLSTATS: &str = env!("CARGO_BIN_EXE_pollstats");

#[test]
fn a_terminal_that_can_draw_no_screen_gets_text_once() {
    let dir = tempfile::tempdir().unwrap();
    Fixture::with_fields([Field::counter("hits", &[17])]).write(&dir.path().join("web.mmstats"));
    for term in [Some("dumb"), Some(""), None] {
        let command = |program, arguments: &[&str]| {
            let mut command = tool(program, dir.path(), arguments);
            match term {
                Some(term) => command.env("TERM", term),
                None => command.env_remove("TERM"),
            };
            command
        };
        // It ends by itself.
        let (status, screen) = Pty::start(command(TOPSTATS, &["--stale", "-d", "0.1"]), 80, 24).end();
        assert_eq!(status, Some(0), "{term:?}");
        let (_, once) = Pty::start(command(TOPSTATS, &["--stale", "-d", "0.1", "--once"]), 80, 24).end();
        let without_times =
            |text: &str| text.lines().filter(|line| !line.contains("up ")).collect::<Vec<_>>().join("\n");
        assert_eq!(without_times(&screen), without_times(&once), "{term:?}");
        assert!(screen.contains("hits") && !screen.contains('\u{1b}'), "{term:?}: {screen:?}");

        let (_, lines) =
            Pty::start(command(POLLSTATS, &["-c", "2", "-d", "0.1", "hits", "--stale"]), 80, 24).end();
        assert!(lines.contains("hits") && !lines.contains('\u{1b}'), "{term:?}: {lines:?}");
    }
}

#[test]
fn any_other_kind_gets_a_screen_and_colours() {
    let dir = tempfile::tempdir().unwrap();
    Fixture::with_fields([Field::counter("hits", &[17])]).write(&dir.path().join("web.mmstats"));
    for term in ["xterm", "linux", "vt100", "dumber"] {
        let mut command = tool(TOPSTATS, dir.path(), &["--stale"]);
        command.env("TERM", term);
        let mut pty = Pty::start(command, 80, 24);
        pty.wait_for(&["hits", "quit"]);
        pty.type_bytes(b"q");
        assert_eq!(pty.end().0, Some(0), "{term}");
        let mut command = tool(POLLSTATS, dir.path(), &["-c", "1", "hits", "--stale"]);
        command.env("TERM", term);
        assert!(Pty::start(command, 80, 24).end().1.contains("\u{1b}["), "{term}");
    }
}
