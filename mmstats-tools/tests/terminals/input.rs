//! Pastes, and a Ctrl-C behind anything.

use std::fs;

use tempfile::TempDir;

use crate::fixture::{Field, Fixture};
use crate::pty::{Pty, Screen, tool};

/// topstats over a file of many fields, once all is drawn.
fn topstats() -> (Pty, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let fields = (0..500).map(|number| Field::counter(&format!("web.field.number.{number}"), &[17]));
    Fixture::with_fields(fields).write(&dir.path().join("web.mmstats"));
    let arguments = ["--stale", "--flat", "-d", "60"];
    let mut pty = Pty::start(tool(env!("CARGO_BIN_EXE_topstats"), dir.path(), &arguments), 80, 24);
    pty.wait_for(&["number", "quit"]);
    (pty, dir)
}

#[test]
fn a_long_paste_fills_the_filter_which_says_so_and_one_ctrl_c_ends_it() {
    let long = "x".repeat(5_000);
    for paste in [long.clone(), format!("\u{1b}[200~{long}\u{1b}[201~"), format!("~{long}")] {
        let (mut pty, _dir) = topstats();
        pty.type_bytes(b"/");
        pty.type_bytes(paste.as_bytes());
        pty.wait_for(&["nothing matches the filter", "no room for more than 256 characters"]);
        pty.type_bytes(b"\x03");
        assert_eq!(pty.end().0, Some(0));
    }
}

#[test]
fn a_filter_that_is_full_can_be_shortened() {
    let (mut pty, _dir) = topstats();
    pty.type_bytes(b"/");
    pty.type_bytes("x".repeat(300).as_bytes());
    pty.wait_for(&["no room for more than 256 characters"]);
    pty.type_bytes(b"\x7f");
    pty.wait("there is room again", |screen| !screen.has("no room for more"));
    pty.type_bytes(b"\x15number.42");
    pty.wait_for(&["number.42", "number.421"]);
    pty.type_bytes(b"\rq");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn characters_count_in_a_filter_not_bytes_or_columns() {
    let (mut pty, _dir) = topstats();
    pty.type_bytes(b"/");
    pty.type_bytes("尺".repeat(255).as_bytes());
    pty.wait_for(&["nothing matches the filter"]);
    assert!(!Screen::of(&pty.written()).has("no room for more"));
    pty.type_bytes("寸".repeat(2).as_bytes());
    pty.wait_for(&["no room for more than 256 characters"]);
    pty.type_bytes(b"\x03");
    assert_eq!(pty.end().0, Some(0));
}

/// A paste of a whole file, into the table: its characters are keys, of which none may be lost.
#[test]
fn all_keys_that_come_at_once_are_taken() {
    let (mut pty, _dir) = topstats();
    // Twice as much as a terminal holds back, and more than is read at a time.
    pty.type_bytes("u".repeat(9_999).as_bytes());
    pty.type_bytes(b"/number.42\r");
    pty.wait_for(&["/number.42  raw", "web.field.number.42 "]);
    pty.type_bytes(b"q");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn a_ctrl_c_behind_anything_ends_it() {
    for before in [
        &b"\x1b"[..],
        b"\x1b[",
        b"\x1bO",
        b"\x1b[1;",
        b"\x1b[<0;1",
        b"\x1b[M!",
        b"\x1b\x1b",
        b"/\x1b",
        b"/abc\x1b[",
        b"h\x1b[",
        b"p\x1b",
        b"\xe5\xb0",
        b"\xff",
        b"/\x1b[200~never ends",
    ] {
        for in_one_piece in [true, false] {
            let (mut pty, _dir) = topstats();
            if in_one_piece {
                pty.type_bytes(&[before, b"\x03"].concat());
            } else {
                pty.type_bytes(before);
                pty.type_bytes(b"\x03");
            }
            let what = before.escape_ascii().to_string();
            assert_eq!(pty.end().0, Some(0), "{what}");
        }
    }
}

/// What is no text never becomes one.
#[test]
fn noise_on_the_line_does_no_harm() {
    let (mut pty, dir) = topstats();
    // The same each time: a linear congruential generator, without the keys that end or stop it.
    let mut number = 1_u32;
    let noise = std::iter::repeat_with(|| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        number.to_be_bytes()[0]
    });
    let noise: Vec<u8> = noise.filter(|byte| !b"q\x03\x1a".contains(byte)).take(50_000).collect();
    fs::write(dir.path().join("noise"), &noise).unwrap();
    pty.type_bytes(&noise);
    pty.type_bytes(b"\x03");
    assert_eq!(pty.end().0, Some(0));
}
