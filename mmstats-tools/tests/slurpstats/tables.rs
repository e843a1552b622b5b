//! `--table`: what is in it, and how it is aligned.

use std::process::Command;

use crate::fixture::{Field, Fixture, MAX, NONE, SUM, text, torn_text};
use crate::support::said;
use crate::{new_place, owner, small};

/// Values of every sort, with units and help.
fn web() -> Fixture {
    let members = [("took", 10, 0), ("size", 3, 8)];
    let data = [&0.25_f64.to_le_bytes()[..], &4096_u32.to_le_bytes()].concat();
    let record = Field::record("web.last", 12, &members, vec![crate::fixture::record(&data)]);
    let timer = Field::timer("web.latency", 11, &[&[700, 1800, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]);
    let fields = [
        Field::counter("web.hits", &[12_345_678]).described(
            "Requests,\n so far.",
            "requests",
            "method\0get\0",
        ),
        Field::gauge("web.memory", 4, SUM, &[&47_815_066_u64.to_le_bytes()]).described("", "bytes", ""),
        Field::gauge("web.idle", 10, MAX, &[&(1.0 / 3.0_f64).to_le_bytes()]),
        Field::text("web.phase", NONE, &[text(8, b"reading")]),
        Field::text("web.torn", NONE, &[torn_text(8)]),
        Field::average("web.sizes", &[(4, 10_000.0)]).described("How large answers are.", "bytes", ""),
        Field { help: b"From request to response.".into(), ..timer },
        Field::histogram("web.depths", 1, &[&[0, 0, 0]]),
    ];
    Fixture { uid: owner(), ..Fixture::with_fields(fields.into_iter().chain(record)) }
}

const WEB: [&str; 2] = ["-I", "web.*"];

#[test]
fn a_table_has_units_kinds_and_help() {
    let place = new_place();
    web().write(&place.path("a"));
    let said = place.run(["--table", "a"].iter().chain(&WEB));
    let expected = "\
==> a (stale)
LABEL                   VALUE         UNIT      KIND     HELP
web.hits{method=\"get\"}  12345678      requests  counter  Requests, so far.
web.memory                  45.6 MiB  bytes     gauge
web.idle                   0.333                gauge
web.phase               reading                 text
web.torn                ?                       text
web.last:took               0.25                record
web.last:size               4096                record

LABEL        COUNT   MEAN       P50        P90        P99      P99.9        MAX     UNIT     KIND       HELP
web.sizes        4   2.44 KiB     -          -          -          -          -     bytes    average    How large answers are.
web.latency      2  ≥ 900 ns   1.02 us  ≥ 1.02 us  ≥ 1.02 us  ≥ 1.02 us  ≥ 1.02 us  seconds  timer      From request to response.
web.depths       0      -         -          -          -          -          -              histogram

";
    assert_eq!((said.stdout.as_str(), said.status), (expected, 1));
}

#[test]
fn numbers_of_any_size_are_short() {
    let place = new_place();
    let gauge = |label: &str, number: f64, unit: &str| {
        Field::gauge(label, 10, MAX, &[&number.to_le_bytes()]).described("", unit, "")
    };
    let fields = [
        gauge("web.huge", 1e300, ""),
        gauge("web.least", -f64::MAX, ""),
        gauge("web.bytes", 1e300, "bytes"),
        gauge("web.seconds", 1e20, "seconds"),
        gauge("web.tiny", 5e-324, "seconds"),
    ];
    Fixture::with_fields(fields).write(&place.path("a"));
    let said = place.run(["--table", "a"].iter().chain(&WEB));
    let rows = said.stdout.lines().filter_map(|line| line.strip_suffix("gauge"));
    let rows: Vec<String> =
        rows.map(|row| row.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect();
    let expected = ["1.00e300", "-1.80e308", "1.00e300 B bytes", "1.00e20 s seconds", "4.94e-315 ns seconds"];
    assert_eq!(rows, expected, "{}", said.stdout);
}

#[test]
fn raw_numbers_are_plain_and_in_their_units() {
    let place = new_place();
    web().write(&place.path("a"));
    let said = place.run(["--table", "--raw", "a"].iter().chain(&WEB));
    let rows: Vec<Vec<&str>> = said.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |label: &str| rows.iter().find(|row| row.first() == Some(&label)).unwrap()[1..].to_vec();
    assert_eq!(row("web.memory"), ["47815066", "bytes", "gauge"]);
    assert_eq!(row("web.idle"), ["0.333333333333", "gauge"]);
    assert_eq!(row("web.latency")[..8], ["2", "≥", "9e-07", "1.023e-06", "≥", "1.024e-06", "≥", "1.024e-06"]);
    assert_eq!(row("web.depths"), ["0", "-", "-", "-", "-", "-", "-", "histogram"]);
    let text = place.run(["--raw", "-I", "web.latency", "a"]).stdout;
    assert!(
        text.ends_with("count=2 mean≥9e-07 p50=1.023e-06 p99≥1.024e-06 max≥1.024e-06 last=7e-07\n\n"),
        "{text}"
    );
}

#[test]
fn wide_and_combining_characters_are_aligned() {
    let place = new_place();
    let labels = ["尺寸", "e\u{301}e\u{301}", "שלום", "ascii", "ｆｕｌｌ"];
    let fields = labels.map(|label| Field::counter(label, &[7]).described("", "größe", ""));
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["--table", "-X", "sys.*", "a"]);
    for (line, blanks) in said.stdout.lines().skip(2).zip([4, 6, 4, 3, 0]) {
        let (_, rest) = line.split_at(labels.iter().find(|label| line.starts_with(*label)).unwrap().len());
        assert_eq!(rest, format!("{:blanks$}      7  größe  counter", ""));
    }
}

/// On a terminal of 60 columns, which `script` makes.
#[test]
fn help_is_cut_where_the_terminal_ends() {
    let place = new_place();
    let help = "A help that is much longer than what a terminal of sixty columns has room for";
    let fields = [Field::counter("hits", &[7]).described(help, "", "")];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let whole = place.run(["--table", "-I", "hits", "a"]).stdout;
    assert!(whole.lines().any(|line| line.ends_with(help)), "{whole}");

    let mut script = Command::new("script");
    let tool = env!("CARGO_BIN_EXE_slurpstats");
    script.current_dir(place.dir()).args(["-qec"]);
    script.arg(format!("stty rows 24 cols 60; {tool} --table -I hits a")).arg("/dev/null");
    let Ok(output) = script.output() else { return eprintln!("passed over: there is no script") };
    let shown = said(&output).stdout;
    let line = shown.lines().find(|line| line.starts_with("hits")).unwrap().trim_end();
    assert!(line.ends_with('…') && line.chars().count() == 60, "{line:?}");
}

#[test]
fn what_is_too_wide_moves_its_own_row_alone() {
    let place = new_place();
    let long = "x".repeat(60_000);
    let fields = [
        Field::counter(&long, &[1]).described("Long.", "", ""),
        Field::counter("short", &[2]).described("Short.", "", ""),
        Field::text("text", NONE, &[text(4000, "y".repeat(4000).as_bytes())]),
    ];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["--table", "-X", "sys.*", "a"]);
    assert!(said.stdout.contains(&format!("\n{long}      1  ")), "{}", said.stdout.len());
    assert!(said.stdout.contains("\nshort      2        counter  Short.\n"), "{}", said.stdout);
}

#[test]
fn ten_thousand_labels_are_ten_thousand_rows() {
    let place = new_place();
    let fields = (0..10_000_u64).map(|index| Field::counter(&format!("c{index:05}"), &[index]));
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    for arguments in [&["--table"][..], &["--csv"], &["--by", "all"], &["--by", "user", "--json"]] {
        let said = place.run(arguments.iter().chain(&["-I", "c*", "a"]));
        assert_eq!((said.status, said.stdout.matches("c09999").count()), (0, 1), "{arguments:?}");
    }
}

/// As many rows as are aligned together, and more.
#[test]
fn long_tables_have_headings_again() {
    let place = new_place();
    let fields = [Field::gauge("many", 1, MAX, &[&vec![7; 20_000]]).array(20_000)];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["--table", "-I", "many", "a"]);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("LABEL ")).count(), 2);
    assert_eq!(lines.iter().filter(|line| line.starts_with("many{index=")).count(), 20_000);
}

#[test]
fn only_one_format_can_be_asked_for() {
    let place = new_place();
    small(1).write(&place.path("a"));
    let wrong = place.run(["--table", "--json", "a"]);
    assert_eq!((wrong.stdout.as_str(), wrong.status), ("", 2));
    assert!(wrong.stderr.contains("'--table' cannot be used with") && wrong.stderr.contains("--json"));
}
