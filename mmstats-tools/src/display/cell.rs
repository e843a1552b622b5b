//! A cell of comma-separated values (RFC 4180).

use std::fmt::{self, Write};

/// Adds what `shown`, which somebody else has written, displays to `line` as a cell: in quotation marks if it
/// needs them. A `=`, `+`, `-` or `@` at its start is escaped, since spreadsheets run such cells as formulas.
pub fn cell(shown: &impl fmt::Display, line: &mut String) {
    let start = line.len();
    // Writing to a string does not fail.
    let _ = write!(line, "{shown}");
    let cell = line.get(start..).unwrap_or_default();
    let formula = cell.chars().next().filter(|first| matches!(first, '=' | '+' | '-' | '@'));
    if formula.is_none() && !cell.contains([',', '"']) {
        return;
    }
    let rest = cell.get(formula.map_or(0, char::len_utf8)..).unwrap_or_default().replace('"', "\"\"");
    line.truncate(start);
    let first = formula.map(|first| first.escape_unicode().to_string()).unwrap_or_default();
    let _ = write!(line, "\"{first}{rest}\"");
}
