//! A cell of comma-separated values (RFC 4180).

use std::fmt::{self, Write};

/// Adds what `shown`, which somebody else has written, displays to `line` as a cell: in quotation marks if it
/// needs them.
///
/// A spreadsheet calculates, or runs, a cell that starts with one of a few characters (`is_formula`). It may also take more
/// for a start than the first character: where it splits cells at semicolons, tabs or bars, as it does in
/// many languages, and behind blanks and quotation marks, which it takes away. A formula's first character is
/// escaped in all these places.
pub fn cell(shown: &impl fmt::Display, line: &mut String) {
    let start = line.len();
    // Writing to a string does not fail.
    let _ = write!(line, "{shown}");
    let cell = line.get(start..).unwrap_or_default();
    let escaped = escaped(cell);
    if escaped.is_none() && !cell.contains([',', '"', ';']) {
        return;
    }
    let quoted = escaped.as_deref().unwrap_or(cell).replace('"', "\"\"");
    line.truncate(start);
    let _ = write!(line, "\"{quoted}\"");
}

/// `cell` with each character escaped by which a formula would start; nothing if there is none.
fn escaped(cell: &str) -> Option<String> {
    if !cell.contains(is_formula) {
        return None;
    }
    let mut escaped = String::with_capacity(cell.len());
    let (mut is_start, mut has_changed) = (true, false);
    for character in cell.chars() {
        if is_start && is_formula(character) {
            escaped.extend(character.escape_unicode());
            has_changed = true;
        } else {
            escaped.push(character);
        }
        is_start = is_separator(character) || is_start && is_passed_over(character);
    }
    has_changed.then_some(escaped)
}

/// Whether spreadsheets take a cell that starts with `character` for a formula: `=`, `+`, `-`, `@`, and their
/// wide and small forms, which East Asian input methods write.
fn is_formula(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@')
        || matches!(character, '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '−')
}

/// Whether spreadsheets may start a new cell behind `character`.
fn is_separator(character: char) -> bool {
    matches!(character, ',' | ';' | '|' | '\t' | '\r' | '\n' | '，' | '；' | '｜')
}

/// Whether a cell may be taken to start behind `character`, at its own start: blanks, quotation marks, and what
/// is not seen.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '"' | '\'' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut line = String::new();
        cell(&text, &mut line);
        line
    }

    #[test]
    fn harmless_text_is_unchanged_but_for_quotation_marks() {
        for (text, expected) in [
            ("", ""),
            ("web.hits", "web.hits"),
            ("a=b", "a=b"),
            ("well-known", "well-known"),
            ("a - b + c = d", "a - b + c = d"),
            ("key=\"value\"", "\"key=\"\"value\"\"\""),
            ("a, b", "\"a, b\""),
            ("a; b", "\"a; b\""),
            ("größe 尺寸", "größe 尺寸"),
            ("me@example.org", "me@example.org"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn a_formula_never_starts_a_cell_however_a_spreadsheet_splits_the_line() {
        for formula in ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'] {
            let escape = formula.escape_unicode().to_string();
            for before in [
                "",
                " ",
                "   ",
                "\u{a0}",
                "\u{3000}",
                "\t",
                "\r",
                "\n",
                ";",
                "a;",
                "a; ",
                "a,",
                "a, ",
                "a\t",
                "a|",
                "\"",
                "a;\"",
                "'",
                "a;'",
                "\u{feff}",
                "\u{200b}",
                "a；",
                ";;",
                "a;\u{ad} \"",
            ] {
                let text = format!("{before}{formula}cmd|' /C calc'!A0");
                let cell = shown(&text);
                let expected = format!("\"{}{escape}cmd", before.replace('"', "\"\""));
                assert!(cell.starts_with(&expected), "{text:?} became {cell:?}");
            }
        }
    }

    #[test]
    fn each_formula_of_a_cell_is_escaped() {
        assert_eq!(shown("=a;=b;c=d"), r#""\u{3d}a;\u{3d}b;c=d""#);
        assert_eq!(shown("==a"), r#""\u{3d}=a""#);
    }
}
