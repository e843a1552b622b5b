//! Filters, bad files, hostile strings.

use std::fs::{self, OpenOptions};

use serde_json::Value;

use crate::fixture::{Field, MAX, NONE, text};
use crate::polling::Polling;
use crate::{file, first_line, new_place};

#[test]
fn filters_choose_files_by_what_is_in_them() {
    let place = new_place();
    for (name, hits, version, level) in [("a", 1, "1.2", 0.5_f64), ("b", 2, "1.2", 2.0), ("c", 4, "2.0", 0.5)]
    {
        let fields = [
            Field::counter("web.hits", &[hits]),
            Field::text("web.version", NONE, &[text(16, version.as_bytes())]),
            Field::gauge("level", 10, MAX, &[&level.to_le_bytes()]),
            Field::counter(&format!("only.{name}"), &[0]),
        ];
        file(fields).write(&place.path(format!("{name}.mmstats")));
    }
    for (filters, sum) in [
        (&["-f", "web.version=1.2"][..], 3),
        (&["-f", "version=1.2"], 3),
        (&["-f", "version=1.2", "version=2.0"], 7),
        (&["-f", "version=1.2", "-f", "level=0.5"], 1),
        (&["-f", "only.b"], 2),
        (&["-f", "only"], 7),
        (&["-f", "level=2.0", "only.b"], 2),
    ] {
        let fields = first_line(&place, &[&["-p", "web.", "hits"], filters].concat());
        assert_eq!(fields["hits"], sum, "{filters:?}");
    }
    let said = place.run(["-c", "1", "-p", "web.", "-f", "version=1.2", "hits", "c.mmstats"]);
    assert_eq!(said.stderr, "pollstats: no file is counted; there are 1 that --filter does not take\n");
    assert_eq!(said.status, 1);
}

#[test]
fn a_field_that_is_left_out_is_not_said_to_be_missing() {
    let place = new_place();
    file([Field::counter("web.hits", &[3]), Field::counter("web.took", &[3])])
        .write(&place.path("a.mmstats"));
    let said = place.run(["-c", "1", "-I", "web.t*", "web.hits"]);
    assert_eq!(
        said.stderr,
        "pollstats: web.hits is left out by --filter, --include, --exclude or --process\n"
    );
}

#[test]
fn a_pattern_for_files_passes_over_names_that_start_with_a_dot() {
    let place = new_place();
    file([Field::counter("hits", &[3])]).write(&place.path("a.mmstats"));
    fs::write(place.path(".lock"), "").unwrap();
    assert_eq!(first_line(&place, &["hits", "./*"])["hits"], 3);
}

#[test]
fn no_argument_writes_lines_of_its_own() {
    let place = new_place();
    for argument in ["--a\nforged: line", "--color=a\nforged: line", "--delay=1\nforged"] {
        let said = place.run([argument, "hits"]);
        assert_eq!(said.status, 2);
        assert!(!said.stderr.contains("\nforged"), "{}", said.stderr);
        assert!(said.stderr.contains("\\u{a}forged"), "{}", said.stderr);
    }
}

#[test]
fn a_bad_file_spoils_no_other_and_is_named_once() {
    let place = new_place();
    file([Field::counter("hits", &[3])]).write(&place.path("a.mmstats"));
    fs::write(place.path("b.mmstats"), "bad").unwrap();
    let error = "cannot read b.mmstats: expected a header of at least 256 bytes, found 3 at byte 0\n";
    let said = place.run(["-c", "3", "-d", "0.01", "--csv", "hits", "a.mmstats", "b.mmstats"]);
    assert_eq!((said.stderr, said.status), (format!("pollstats: {error}"), 1));
    assert_eq!(said.stdout, "hits\r\n3\r\n0\r\n0\r\n");
    // Nobody asked for this one by its name.
    let said = place.run(["-c", "1", "hits", "."]);
    assert!(said.stderr.contains("cannot read ./b.mmstats"), "{}", said.stderr);
    assert_eq!(said.status, 0);
    let said = place.run(["-c", "1", "hits", "missing"]);
    assert_eq!(said.stderr, "pollstats: cannot read missing: No such file or directory (os error 2)\n");
    assert_eq!(said.status, 1);
}

#[test]
fn files_that_are_cut_or_replaced_neither_stop_it_nor_count_twice() {
    let place = new_place();
    let write = |name: &str, hits: u8| {
        let mut built = file([Field::counter("hits", &[hits.into()])]).build();
        // Each is another writer's.
        built.put(24, &[hits; 16]).seal_header();
        fs::write(place.path(name), &built.bytes).unwrap();
    };
    write("a.mmstats", 3);
    write("b.mmstats", 40);
    let mut command = place.command(["--json", "-d", "0.05", "hits", "."]);
    let mut polling = Polling::start(&mut command);
    assert_eq!(polling.came("hits"), 43);
    OpenOptions::new().write(true).open(place.path("a.mmstats")).unwrap().set_len(100).unwrap();
    polling.came("hits");
    write("new", 5);
    fs::rename(place.path("new"), place.path("b.mmstats")).unwrap();
    for _ in 0..5 {
        // What was there before, or may have been, does not come now.
        assert_eq!(polling.came("hits"), 0);
    }
}

#[test]
fn hostile_strings_do_not_reach_the_terminal() {
    let place = new_place();
    let hostile = "a\x1b[2J\n\u{9b}\u{202e}\u{2028},\"";
    file([
        Field::counter(hostile, &[1]).described(hostile, hostile, &format!("k\0{hostile}\0")),
        Field::text("t", NONE, &[text(64, hostile.as_bytes())]),
        Field::text("=t", NONE, &[text(64, b"=1+1")]),
    ])
    .write(&place.path("\x1b[31m\u{202e}.mmstats"));
    fs::write(place.path("\u{9b}.mmstats"), "bad").unwrap();
    for format in [&["--color", "never"][..], &["--json"], &["--csv"]] {
        for fields in ["a*,t,*{*,b\x1b[2J", "*:rate"] {
            let said = place.run([format, &["-vvv", "-c", "2", "-d", "0.01", fields, "."]].concat());
            let all = [said.stdout.as_str(), said.stderr.as_str()].concat();
            let is_hazard =
                |c: char| c != '\n' && c != '\r' && (c.is_control() || "\u{202e}\u{2028}".contains(c));
            assert_eq!(all.chars().filter(|c| is_hazard(*c)).collect::<String>(), "", "{all}");
        }
    }
    let fields = first_line(&place, &["t", "\x1b[31m\u{202e}.mmstats"]);
    assert_eq!(fields["t"], hostile);
    let said = place.run(["-c", "1", "--csv", "=t", "\x1b[31m\u{202e}.mmstats"]);
    assert_eq!(said.stdout, "\"\\u{3d}t\"\r\n\"\\u{3d}1+1\"\r\n");
    // As it is shown it can be asked for.
    let shown = r#"a\u{1b}[2J\u{a}\u{9b}\u{202e}\u{2028}\u{2c}""#;
    let said = place.run(["-c", "1", "--json", "-I", "a*", "*", "."]);
    let line: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(line["fields"].as_object().unwrap().keys().collect::<Vec<_>>(), [shown]);
    assert_eq!(first_line(&place, &[shown, "\x1b[31m\u{202e}.mmstats"])[shown], 1);
}

#[test]
fn many_and_long_labels_are_columns_like_others() {
    let place = new_place();
    let mut fields: Vec<Field> = (0..10_000).map(|n| Field::counter(&format!("many.{n}"), &[n])).collect();
    let long = "x".repeat(65_535);
    fields.push(Field::counter(&long, &[7]));
    file(fields).write(&place.path("a.mmstats"));
    let found = first_line(&place, &["many.*,many.9999"]);
    assert_eq!((found.len(), &found["many.9999"]), (10_000, &9999.into()));
    assert_eq!(first_line(&place, &["xxx*"])[&long], 7);
    let said = place.run(["-c", "1", "x*,many.7"]);
    assert!(said.stdout.lines().all(|line| line.chars().count() < 100), "{}", said.stdout);
    let said = place.run(["-c", "1", "many.99999"]);
    assert!(said.stderr.contains("near to it: many.9999, "), "{}", said.stderr);
}
