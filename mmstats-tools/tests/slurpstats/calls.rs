//! How it is called, and what it says then.

use std::fs::{self, OpenOptions};
use std::process::Stdio;

use crate::fixture::{Field, Fixture};
use crate::support::said;
use crate::{new_place, small, small_text};

#[test]
fn without_arguments_the_default_places_are_read() {
    let place = new_place();
    let nothing = place.run([""; 0]);
    assert_eq!((nothing.stdout.as_str(), nothing.status), ("", 0));
    let directory = place.dir().display();
    let advice = "if a program runs with MMSTATS_PATH, set it here too, or name its directory";
    assert_eq!(nothing.stderr, format!("slurpstats: no mmstats files in {directory}; {advice}\n"));

    small(1).write(&place.path("a.mmstats"));
    small(2).write(&place.path("b.other"));
    let all = place.run([""; 0]);
    assert_eq!(all.stdout, small_text(&format!("{directory}/a.mmstats (stale)"), 1));

    let globbed = place.command([""; 0]).env("MMSTATS_GLOB", "*.other").output().unwrap();
    assert_eq!(said(&globbed).stdout, small_text("b.other (stale)", 2));
    let nothing = said(&place.command([""; 0]).env("MMSTATS_GLOB", "*.none").output().unwrap());
    assert_eq!(
        (nothing.stderr.as_str(), nothing.status),
        ("slurpstats: no mmstats files match MMSTATS_GLOB=*.none\n", 0)
    );
    let wrong = said(&place.command([""; 0]).env("MMSTATS_GLOB", "***").output().unwrap());
    assert!(wrong.stderr.starts_with("slurpstats: MMSTATS_GLOB is not a pattern: "), "{}", wrong.stderr);
    assert_eq!(wrong.status, 2);
}

#[test]
fn an_empty_directory_that_is_named_is_said_and_no_error() {
    let place = new_place();
    let said = place.run(["."]);
    let nothing = "slurpstats: no mmstats files in .\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("", nothing, 0));
}

#[test]
fn usage_is_explained() {
    let place = new_place();
    let wrong = place.run(["--jsn"]);
    assert!(wrong.stderr.contains("'--json'"), "{}", wrong.stderr);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
    let help = place.run(["--help"]);
    assert!(help.stdout.contains("Examples:\n  slurpstats ") && help.stdout.contains("Exit status: 0"));
    // Its own examples of escapes are not escaped.
    assert!(help.stdout.contains(r" shown as \u{1b}, "), "{}", help.stdout);
    assert_eq!(help.status, 0);
    let version = place.run(["--version"]);
    assert_eq!(version.stdout, format!("slurpstats {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_closed_pipe_is_silent_and_no_error() {
    let place = new_place();
    Fixture::with_fields((0..5_000).map(|index| Field::counter(&format!("counter.{index}"), &[index])))
        .write(&place.path("a.mmstats"));
    fs::write(place.path("b.mmstats"), "").unwrap();
    for arguments in [&["a.mmstats"][..], &["--json", "a.mmstats"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let said = said(&output);
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    }
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let place = new_place();
    small(1).write(&place.path("a.mmstats"));
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.command(["a.mmstats"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let said = said(&output);
    assert_eq!(said.stderr, "slurpstats: cannot write the output: No space left on device (os error 28)\n");
    assert_eq!(said.status, 1);
}

#[test]
fn arguments_in_messages_are_escaped() {
    let said = new_place().run(["--\x1b]0;title\x07"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains(r"--\u{1b}]0;title\u{7}") && !said.stderr.contains('\x1b'),
        "{}",
        said.stderr
    );
}
