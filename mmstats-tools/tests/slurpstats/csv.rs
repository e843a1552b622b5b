//! `--csv`: what is in it, and that a spreadsheet takes it for what it is.

use crate::fixture::{Field, Fixture, NONE, text, torn_text};
use crate::support::lock;
use crate::{new_place, owner, small};

const HEADER: &str = "path,process,pid,user,liveness,label,tags,part,kind,type,unit,value,help,bound";

/// The records of `csv`, read as RFC 4180 says.
pub(crate) fn records(csv: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        let record = records.last_mut().unwrap();
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(String::new()),
            '\r' if !is_quoted => {
                assert_eq!(characters.next(), Some('\n'));
                records.push(vec![String::new()]);
            }
            _ => record.last_mut().unwrap().push(character),
        }
    }
    assert_eq!(records.pop().unwrap(), [""], "the last line has an end");
    records
}

#[test]
fn what_has_no_digits_is_called_as_in_json() {
    let place = new_place();
    let gauge = |label: &str, value: f64| Field::gauge(label, 10, NONE, &[&value.to_le_bytes()]);
    let fields = [gauge("a", f64::NAN), gauge("b", f64::INFINITY), gauge("c", f64::NEG_INFINITY)];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a.mmstats"));
    let values: Vec<String> = records(&place.run(["--csv", "-X", "sys.*"]).stdout)
        .into_iter()
        .skip(1)
        .map(|mut record| record.swap_remove(11))
        .collect();
    assert_eq!(values, ["NaN", "+Inf", "-Inf"]);
}

#[test]
fn every_value_and_part_is_a_line() {
    let place = new_place();
    let fields = [
        Field::counter("hits", &[7]).described("Requests, \"all\".", "requests", "method\0get\0"),
        Field::gauge("load", 10, NONE, &[&1e300_f64.to_le_bytes()]),
        Field::gauge("up", 11, NONE, &[&[1]]),
        Field::average("size", &[(4, 10.0)]).described("", "bytes", ""),
        Field::moving_average("none", &[(0.0, 0)]),
        Field::text("torn", NONE, &[torn_text(8)]),
    ];
    let fixture = Fixture { uid: owner(), ..Fixture::with_fields(fields) }.attribute("sys.cmd", "web");
    fixture.write(&place.path("a,b"));
    let _lock = lock(&place.path("a,b"));
    let said = place.run(["--csv", "-X", "sys.*", "a,b"]);
    let start = format!("\"a,b\",web,4711,{},alive", owner());
    let expected = [
        HEADER.to_owned(),
        format!("{start},hits,\"method=\"\"get\"\"\",,counter,u64,requests,7,\"Requests, \"\"all\"\".\","),
        format!("{start},load,,,gauge,f64,,1e300,,"),
        format!("{start},up,,,gauge,bool,,true,,"),
        format!("{start},size,,count,average,average,,4,,"),
        format!("{start},size,,sum,average,average,bytes,10.0,,"),
        format!("{start},size,,mean,average,average,bytes,2.5,,"),
        format!("{start},none,,,moving_average,moving_average,,,,"),
        format!("{start},torn,,,text,text,,,,\r\n"),
    ];
    assert_eq!(said.stdout, expected.join("\r\n"));
    assert_eq!(said.status, 1);
}

#[test]
fn nothing_to_show_is_a_header() {
    let place = new_place();
    let said = place.run(["--csv", "."]);
    assert_eq!((said.stdout, said.status), (format!("{HEADER}\r\n"), 0));
}

#[test]
fn no_string_breaks_a_line_or_is_calculated() {
    let place = new_place();
    let starts =
        ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", ";=", "a; ＝", "\t@", "\r+", "\u{feff}=", "a|-"];
    for start in starts {
        let hostile = format!("{start}cmd|'/c calc'!A1,\"\r\n\x1b[2J\u{202e}\t");
        let fields = [
            Field::counter(&hostile, &[7]).described(&hostile, &hostile, &format!("{hostile}\0{hostile}\0")),
            Field::text("text", NONE, &[text(64, hostile.as_bytes())]),
        ];
        let fixture = Fixture { uid: owner(), ..Fixture::with_fields(fields) };
        fixture.attribute("sys.cmd", &hostile).write(&place.path(hostile.replace('/', "|")));
    }
    small(u64::MAX).write(&place.path("small"));
    let path = place.path("*");
    let said = place.run([std::ffi::OsStr::new("--csv"), path.as_os_str()]);
    let hazards =
        said.stdout.chars().filter(|c| !"\r\n".contains(*c) && (c.is_control() || *c == '\u{202e}'));
    assert_eq!((hazards.count(), said.status), (0, 0), "{}", said.stderr);
    let records = records(&said.stdout);
    assert_eq!(records.len(), 1 + 15 * 8 + 6);
    for record in &records {
        assert_eq!(record.len(), 14, "{record:?}");
        // Where other separators split a cell, and what is around it is taken away.
        let mut parts = record.iter().flat_map(|cell| cell.split([',', ';', '|', '\t']));
        let is_formula = |part: &str| {
            let part = part.trim_start_matches([' ', '"', '\'', '\u{feff}']);
            part.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        };
        assert!(!parts.any(is_formula), "{record:?}");
    }
    let shown = r#"\u{3d}cmd|'/c calc'!A1,"\u{d}\u{a}\u{1b}[2J\u{202e}\u{9}"#;
    assert!(records.iter().any(|record| record[5] == shown && record[12] == shown));
    // Readers of other languages' tables split at semicolons outside of quotation marks.
    let semicolons = said.stdout.lines().filter(|line| line.contains(';'));
    assert!(semicolons.clone().count() > 0 && semicolons.clone().all(|line| line.contains('"')));
}

#[test]
fn negative_numbers_stay_numbers() {
    let place = new_place();
    let fields = [Field::gauge("below", 10, NONE, &[&(-2.5_f64).to_le_bytes()])];
    Fixture { uid: owner(), ..Fixture::with_fields(fields) }.write(&place.path("a"));
    let said = place.run(["--csv", "-I", "below", "a"]);
    assert_eq!(records(&said.stdout)[1][11], "-2.5");
}
