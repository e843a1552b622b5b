//! Which processes' files, and with which labels, are cleaned.

use std::fs;

use crate::fixture::{Field, Fixture};
use crate::support::Place;
use crate::{FLAG_LOCKED, new_place};

/// Files of two programs that are dead.
fn web_and_mail() -> Place {
    let place = new_place();
    for name in ["web", "mail"] {
        let fields = [Field::counter(&format!("{name}.hits"), &[1])];
        let fixture = Fixture { flags: FLAG_LOCKED, ..Fixture::with_fields(fields) };
        fixture.attribute("sys.cmd", name).write(&place.path(format!("{name}.mmstats")));
    }
    fs::write(place.path("bad.mmstats"), "no statistics").unwrap();
    place
}

#[test]
fn only_what_is_asked_for_is_removed() {
    for (arguments, left) in [
        (&["--process", "web"][..], &["bad.mmstats", "mail.mmstats"][..]),
        (&["--process", "4711"], &["bad.mmstats"]),
        (&["-I", "mail.*"], &["bad.mmstats", "web.mmstats"]),
        (&["-X", "mail.*", "-X", "sys.*"], &["bad.mmstats", "mail.mmstats"]),
        (&["--process", "web", "-I", "mail.*"], &["bad.mmstats", "mail.mmstats", "web.mmstats"]),
        (&["--stale", "m*.mmstats"], &["bad.mmstats", "web.mmstats"]),
        (&["--stale"], &["bad.mmstats"]),
    ] {
        let place = web_and_mail();
        let said = place.run(arguments);
        // As grep's: 1 if nothing has what was asked for.
        let status = i32::from(left.len() == 3);
        let left_names = left.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!((place.names(), said.status), (left_names, status), "{arguments:?}");
        let removed = said.stdout.lines().filter(|line| line.contains(" Deleting ")).count();
        assert_eq!(removed, 3 - left.len(), "{}", said.stdout);
    }
}

#[test]
fn a_named_file_that_does_not_say_whose_it_is_is_an_error() {
    let place = web_and_mail();
    let said = place.run(["--process", "web", "bad.mmstats", "web.mmstats"]);
    assert!(said.stderr.starts_with("cleanstats: cannot read bad.mmstats: expected "), "{}", said.stderr);
    assert_eq!((place.names(), said.status), (vec!["bad.mmstats".to_owned(), "mail.mmstats".to_owned()], 1));
}

#[test]
fn files_that_are_all_left_out_are_told_from_none() {
    let place = web_and_mail();
    let said = place.run(["--process", "other"]);
    assert_eq!(said.stderr, "cleanstats: no file has what --process, --include and --exclude ask for\n");
    assert_eq!(
        (said.status, place.run(["-I", "misspelt"]).status, new_place().run([""; 0]).status),
        (1, 1, 0)
    );
    let said = new_place().run(["--process", "other"]);
    assert!(said.stderr.starts_with("cleanstats: no mmstats files in "), "{}", said.stderr);
    assert_eq!(said.status, 1);
}
