//! The examples of docs/TOOLS.md, "Names".

use std::path::Path;

use mmstats_tools::names::parse;

use crate::fixture::{Field, Fixture};
use crate::{SLURPSTATS, output, slurped};

const TOOLS: &str = include_str!("../../../docs/TOOLS.md");

/// The cells of the table of docs/TOOLS.md that starts with `head`.
fn table(head: &str) -> Vec<Vec<String>> {
    let (_, behind) = TOOLS.split_once(&format!("\n{head}\n|---")).unwrap();
    let rows = behind.lines().skip(1).take_while(|line| line.starts_with("| "));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_start_matches("| ").trim_end_matches('|').split("| ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(rows.len() > 5, "{rows:?}");
    rows
}

fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

fn write(dir: &Path, names: impl IntoIterator<Item = (String, Vec<(String, String)>)>) {
    let fields = (1..).zip(names).map(|(n, (label, tags))| {
        let tags =
            tags.into_iter().fold(String::new(), |tags, (key, value)| tags + &key + "\0" + &value + "\0");
        Field::counter(&label, &[n]).described("", "", &tags)
    });
    Fixture { flags: 0, ..Fixture::with_fields(fields) }.write(&dir.join("a.mmstats"));
}

#[test]
fn names_are_shown_as_the_documentation_says() {
    let dir = tempfile::tempdir().unwrap();
    let rows = table("| label | key | value | shown |");
    let names = rows.iter().map(|row| {
        let [label, key, value] = [0, 1, 2].map(|cell| code(&row[cell]).to_owned());
        (label, if key.is_empty() { Vec::new() } else { vec![(key, value)] })
    });
    write(dir.path(), names);
    let shown: Vec<String> = slurped(&output(SLURPSTATS, dir.path(), &["-X", "sys.*"]))
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(shown, rows.iter().map(|row| code(&row[3])).collect::<Vec<_>>());
}

#[test]
fn texts_select_what_the_documentation_says() {
    let dir = tempfile::tempdir().unwrap();
    let names = table("| metric | value |").into_iter().map(|row| {
        let name = code(&row[0]);
        parse(name).map_or_else(|| (name.to_owned(), Vec::new()), |name| (name.label, name.tags))
    });
    write(dir.path(), names);
    for row in table("| text | selects |") {
        let (text, expected) =
            (code(&row[0]), row[1].split("`, `").map(code).filter(|name| !name.is_empty()));
        let mut command = crate::tool(SLURPSTATS, dir.path(), &[&format!("--include={text}")]);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let found: Vec<String> = slurped(&said).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, expected.collect::<Vec<_>>(), "{text}");
    }
}
