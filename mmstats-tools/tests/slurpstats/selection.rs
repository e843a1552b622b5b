//! Which processes and labels are shown.

use std::fs;

use crate::fixture::{Field, Fixture};
use crate::support::{Place, lock};
use crate::{new_place, owner};

fn web_and_mail() -> Place {
    let place = new_place();
    for name in ["web", "mail"] {
        let labels = ["hits", "errors", "errors.fatal"].map(|label| format!("{name}.{label}"));
        let fields = labels.map(|label| Field::counter(&label, &[1]));
        let fixture = Fixture { uid: owner(), ..Fixture::with_fields(fields) };
        fixture.attribute("sys.cmd", name).write(&place.path(format!("{name}.mmstats")));
    }
    place
}

/// The files and labels that are shown.
fn shown(place: &Place, arguments: &[&str]) -> Vec<String> {
    let said = place.run(arguments);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let words =
        said.stdout.lines().filter(|line| !line.is_empty()).map(|line| {
            line.strip_prefix("==> ").unwrap_or(line).split_whitespace().next().unwrap().to_owned()
        });
    words.collect()
}

#[test]
fn the_first_pattern_that_matches_a_label_decides() {
    let place = web_and_mail();
    let files = ["./mail.mmstats", "./web.mmstats"];
    for (arguments, labels) in [
        (&["-I", "*.errors*", "."][..], &["errors", "errors.fatal"][..]),
        (&["--exclude", "*.fatal", "--include", "*.errors*", "."], &["errors"]),
        (&["-X", "sys.*", "-X", "*.errors*", "."], &["hits"]),
    ] {
        let expected: Vec<String> = files
            .iter()
            .zip(["mail", "web"])
            .flat_map(|(file, name)| {
                let labels = labels.iter().map(move |label| format!("{name}.{label}"));
                std::iter::once((*file).to_owned()).chain(labels)
            })
            .collect();
        assert_eq!(shown(&place, arguments), expected);
    }
}

#[test]
fn a_file_without_a_label_that_is_asked_for_is_left_out() {
    let place = web_and_mail();
    for format in ["--json", "--csv", "--table", "--by=process"] {
        let said = place.run([format, "-I", "web.hits", "."]);
        assert!(
            said.stdout.contains("web.hits") && !said.stdout.contains("mail"),
            "{format}: {}",
            said.stdout
        );
    }
    let said = place.run(["-I", "none", "."]);
    let nothing = "slurpstats: no file has what --process, --include and --exclude ask for\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("", nothing, 1));
}

#[test]
fn processes_are_chosen_by_name_or_id() {
    let place = web_and_mail();
    let web = ["./web.mmstats", "web.hits"];
    for wanted in ["web", "w?b", "4711"] {
        let shown = shown(&place, &["--process", wanted, "-I", "*.hits", "."]);
        assert_eq!(shown[shown.len() - 2..], web, "{wanted}");
        assert_eq!(shown.len(), if wanted == "4711" { 4 } else { 2 });
    }
    assert_eq!(place.run(["--process", "mai", "."]).stdout, "");
}

#[test]
fn the_dead_are_shown_with_and_without_stale() {
    let place = web_and_mail();
    let _lock = lock(&place.path("web.mmstats"));
    let shown = |arguments: &[&str]| place.run(arguments).stdout;
    assert!(shown(&["."]).contains("==> ./mail.mmstats (stale)\n"));
    assert_eq!(shown(&["."]), shown(&["--stale", "."]));
}

#[test]
fn patterns_name_files() {
    let place = web_and_mail();
    fs::write(place.path("w*"), "no statistics").unwrap();
    assert_eq!(shown(&place, &["-I", "*.hits", "*b.mmstats"]), ["web.mmstats", "web.hits"]);
    // A file of that very name is meant.
    assert_eq!(place.run(["w*"]).status, 1);
    let wrong = place.run(["***"]);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
}

#[test]
fn wrong_patterns_of_processes_name_their_option() {
    let place = new_place();
    let said = place.run(["--process", "a***\x1b", "."]);
    assert!(said.stderr.contains("--process") && !said.stderr.contains('\x1b'), "{}", said.stderr);
    assert_eq!((said.stdout.as_str(), said.status), ("", 2));
}

#[test]
fn what_is_no_pattern_of_metrics_is_a_label() {
    let place = new_place();
    let labels = ["a***", "a[", "a{", "b"];
    Fixture::with_fields(labels.map(|label| Field::counter(label, &[1]))).write(&place.path("a.mmstats"));
    for (text, name) in [("a***", "a***"), ("a[", "a["), ("a{", r"a\u{7b}")] {
        assert_eq!(shown(&place, &["-I", text, "."])[1..], [name], "{text}");
        assert!(!shown(&place, &["-X", text, "."]).contains(&name.to_owned()), "{text}");
    }
    assert_eq!(place.run(["-I", "c[", "."]).status, 1);
}

#[test]
fn metrics_are_chosen_by_their_tags() {
    let place = new_place();
    let hits = |tags: &str, n| Field::counter("web.hits", &[n]).described("", "", tags);
    let fields = [
        hits("method\0get\0status\x00200\0", 1),
        hits("method\0put\0status\x00503\0", 2),
        Field::counter("web.hits", &[4]),
        Field::counter("web.sent", &[8]).described("", "", "status\x00500\0"),
        Field::gauge("web.gates", 1, 0, &[&[1, 2]]).array(2),
    ];
    Fixture::with_fields(fields).write(&place.path("a.mmstats"));
    let [get, put, sent] = [
        r#"web.hits{method="get",status="200"}"#,
        r#"web.hits{method="put",status="503"}"#,
        r#"web.sent{status="500"}"#,
    ];
    for (arguments, names) in [
        (&["-I", r#"web.hits{method="get"}"#][..], &[get][..]),
        (&["-I", "web.hits{method=get}"], &[get]),
        (&["-I", r#"web.*{status="5*"}"#], &[put, sent]),
        (&["-I", r#"web.hits{status="503",method="put"}"#], &[put]),
        (&["-I", "web.hits{}"], &["web.hits"]),
        (&["-I", "web.hits"], &[get, put, "web.hits"]),
        (&["-X", "web.hits{method=get}", "-I", "web.hits{*}"], &[put]),
        (&["-X", "web.hits", "-X", "sys.*", "-X", "web.gates{index=0}"], &[sent, r#"web.gates{index="1"}"#]),
    ] {
        assert_eq!(shown(&place, &[arguments, &["."]].concat())[1..], *names, "{arguments:?}");
    }
    for wrong in ["web.hits{method}", "web.hits{method=get", "web.hits{=}", "web.hits{method=get,}"] {
        assert_eq!(place.run(["-I", wrong, "."]).status, 1, "{wrong}");
    }
}
