//! Terminals that do not know their size, or claim one that no screen has.

use std::process::Command;

use tempfile::TempDir;

use crate::fixture::{Field, Fixture};
use crate::pty::{Pty, Screen, tool};

const TOPSTATS: &str = env!("CARGO_BIN_EXE_topstats");
const SLURPSTATS: &str = env!("CARGO_BIN_EXE_slurpstats");

/// A directory with the file of a program that died.
fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let help = "Words and words about what it is. ".repeat(20);
    let hits = Field::counter("hits", &[17]).described(&help, "requests", "");
    Fixture::with_fields([hits]).write(&dir.path().join("web.mmstats"));
    dir
}

fn topstats(dir: &TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = tool(TOPSTATS, dir.path(), &["--stale", "-d", "60"]);
    command.envs(variables.iter().copied());
    command
}

#[test]
fn a_dimension_that_is_unknown_is_the_environment_s_or_the_usual_one() {
    let dir = place();
    for (columns, rows, variables, expected) in [
        (0, 0, &[][..], (80, 24)),
        (0, 30, &[], (80, 30)),
        (70, 0, &[], (70, 24)),
        (0, 0, &[("COLUMNS", "100"), ("LINES", "40")], (100, 40)),
        (0, 30, &[("COLUMNS", "100"), ("LINES", "40")], (100, 30)),
        (90, 30, &[("COLUMNS", "100"), ("LINES", "40")], (90, 30)),
        (0, 0, &[("COLUMNS", "0"), ("LINES", "-1")], (80, 24)),
        (0, 0, &[("COLUMNS", ""), ("LINES", "many")], (80, 24)),
        (0, 0, &[("LINES", "10")], (80, 10)),
    ] {
        let mut pty = Pty::start(topstats(&dir, variables), columns, rows);
        pty.wait_for(&["hits", "filter"]);
        let screen = Screen::of(&pty.written());
        // The keys are in the last row. The last heading, of bars, begins eight columns before the end or earlier.
        assert!(screen.row(expected.1).contains("filter"), "{columns} x {rows}, {variables:?}: {screen:?}");
        let headings = screen.row(3);
        let end = u16::try_from(headings.chars().count()).unwrap();
        let range = expected.0 - 15..=expected.0;
        assert!(range.contains(&end), "{columns} x {rows}, {variables:?}: {headings}");
        pty.type_bytes(b"q");
        assert_eq!(pty.end().0, Some(0));
    }
}

#[test]
fn a_size_that_no_screen_has_is_drawn_as_large_as_one() {
    let dir = place();
    for (columns, rows) in [(u16::MAX, u16::MAX), (u16::MAX, 24), (80, u16::MAX), (0, u16::MAX)] {
        let mut pty = Pty::start(topstats(&dir, &[("COLUMNS", "65535")]), columns, rows);
        pty.wait_for(&["hits", "filter"]);
        let (last_row, last_column) = Screen::of(&pty.written()).extent();
        assert!(last_row <= 720 && last_column <= 1920, "{columns} x {rows}: {last_row} {last_column}");
        pty.type_bytes(b"q");
        assert_eq!(pty.end().0, Some(0), "{columns} x {rows}");
    }
}

#[test]
fn the_smallest_sizes_are_no_error() {
    let dir = place();
    for (columns, rows) in [(1, 1), (1, 24), (80, 1), (2, 2), (3, 3)] {
        let mut pty = Pty::start(topstats(&dir, &[]), columns, rows);
        pty.wait("it draws", |screen| screen.extent() > (0, 0));
        pty.type_bytes(b"h/xq\rq");
        assert_eq!(pty.end().0, Some(0), "{columns} x {rows}");
    }
}

#[test]
fn tables_end_where_the_terminal_does() {
    let dir = place();
    for (columns, variables, expected) in [
        (0, &[][..], 80),
        (0, &[("COLUMNS", "60")], 60),
        (100, &[("COLUMNS", "60")], 100),
        (u16::MAX, &[], 1920),
    ] {
        let mut command = tool(SLURPSTATS, dir.path(), &["--table"]);
        command.envs(variables.iter().copied());
        let (status, written) = Pty::start(command, columns, 24).end();
        assert_eq!(status, Some(0));
        let row = written.lines().find(|line| line.starts_with("hits ")).unwrap();
        let width = row.trim_end().chars().count();
        assert!(width <= expected && width + 20 > expected.min(700), "{columns}: {width}: {row}");
    }
}

#[test]
fn text_is_as_wide_as_columns_says_or_the_terminal_is() {
    let dir = place();
    let width = |columns, variables: &[(&str, &str)]| {
        let mut command = tool(TOPSTATS, dir.path(), &["--once", "--stale", "-d", "0.1"]);
        command.envs(variables.iter().copied());
        let (status, written) = Pty::start(command, columns, 24).end();
        assert_eq!(status, Some(0));
        let headings = written.lines().find(|line| line.starts_with("NAME")).unwrap();
        headings.trim_end().chars().count()
    };
    // Text has no trend, of which the columns stay empty.
    let widths =
        [width(70, &[]), width(0, &[]), width(0, &[("COLUMNS", "70")]), width(200, &[("COLUMNS", "70")])];
    assert_eq!(widths[0], widths[2]);
    assert_eq!(widths[0], widths[3]);
    assert!(widths.iter().all(|width| *width <= 80), "{widths:?}");
}
