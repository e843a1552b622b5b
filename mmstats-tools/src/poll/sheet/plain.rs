//! Columns for people.

use std::io::{self, Write};

use humantime::format_rfc3339_millis;
use mmstats_reader::Number;

use super::Sheet;
use crate::display::{Bound, bounded, fit, scaled_bound, width};
use crate::escape;
use crate::poll::column::Cell;
use crate::poll::{Line, Shown, Sort};

/// Columns with a line between each two, as the Python original wrote them: titles bold and in the
/// middle, again and again, and numbers yellow and at the right.
#[derive(Debug)]
pub struct Plain {
    /// After as many lines come the titles again; never if it is 0.
    header_every: u64,
    with_time: bool,
    is_colored: bool,
    /// How wide each column is: as wide as what was in it, so that lines that follow stay below each other.
    widths: Vec<usize>,
    lines_since_header: u64,
}

const BOLD: &str = "\x1b[1m";
const YELLOW: &str = "\x1b[1;33m";
const RESET: &str = "\x1b[0m";

/// No column is narrower: most counts fit in, so that columns keep their widths.
const MIN_WIDTH: usize = 10;
/// Titles and texts that are wider are cut.
const MAX_WIDTH: usize = 60;

impl Plain {
    /// Titles before the first line, wherever columns change, and after each `header_every` lines, but for 0.
    pub fn new(header_every: u64, with_time: bool, is_colored: bool) -> Self {
        Self { header_every, with_time, is_colored, widths: Vec::new(), lines_since_header: 0 }
    }

    /// Joins `cells`, each with `style` around it.
    fn join(&self, cells: impl Iterator<Item = String>, style: &str) -> String {
        let styled = |cell: String| if self.is_colored { format!("{style}{cell}{RESET}") } else { cell };
        let cells: Vec<String> = cells.map(styled).collect();
        cells.join("|") + "\n"
    }
}

impl Sheet for Plain {
    fn write(&mut self, line: &Line, out: &mut dyn Write) -> io::Result<()> {
        let time = self.with_time.then(|| ("time".to_owned(), format_rfc3339_millis(line.time).to_string()));
        let cells = line.columns.iter().map(|column| (cut(&column.title), shown(column)));
        let (titles, values): (Vec<String>, Vec<String>) = time.into_iter().chain(cells).unzip();
        if line.has_new_columns {
            self.widths = titles.iter().map(width).collect();
        }
        for (column, value) in self.widths.iter_mut().zip(&values) {
            *column = width(value).max(*column).max(MIN_WIDTH);
        }
        if line.has_new_columns || self.header_every > 0 && self.lines_since_header == self.header_every {
            self.lines_since_header = 0;
            let titles = titles.iter().zip(&self.widths).map(|(title, width)| centred(title, *width));
            out.write_all(self.join(titles, BOLD).as_bytes())?;
        }
        self.lines_since_header = self.lines_since_header.saturating_add(1);
        let values = values.iter().zip(&self.widths).map(|(value, width)| at_the_right(value, *width));
        out.write_all(self.join(values, YELLOW).as_bytes())
    }
}

/// `title` in the middle of `columns`, with a blank on both sides.
fn centred(title: &str, columns: usize) -> String {
    let free = columns.saturating_sub(width(&title));
    let before = free / 2;
    format!(" {:before$}{title}{:behind$} ", "", "", behind = free - before)
}

/// `value` at the right of `columns`, with a blank on both sides.
fn at_the_right(value: &str, columns: usize) -> String {
    format!(" {:free$}{value} ", "", free = columns.saturating_sub(width(&value)))
}

/// `text`, no wider than columns get.
fn cut(text: &str) -> String {
    fit(text, width(&text).min(MAX_WIDTH))
}

/// What is in a column.
fn shown(column: &Shown) -> String {
    match &column.cell {
        Cell::Nothing => "-".to_owned(),
        Cell::Text(text) => cut(&escape::text(text).to_string()),
        Cell::Number(number) => shown_number(*number, Bound::None, &column.sort),
        Cell::AtLeast(number) => Bound::AtLeast.mark(shown_number(*number, Bound::AtLeast, &column.sort)),
    }
}

fn shown_number(number: Number, bound: Bound, sort: &Sort) -> String {
    match (number, sort) {
        (number, Sort::Measure(unit)) if ["seconds", "bytes"].contains(&unit.as_str()) => {
            scaled_bound(number.to_f64(), unit, bound).to_string()
        }
        (Number::Float(number), Sort::Measure(_) | Sort::Rate) => short(number, bound),
        (number, _) => bounded(number, bound),
    }
}

/// `number` with two digits behind the point; with three that count, if it is small; as it is, if it is
/// very large.
fn short(number: f64, bound: Bound) -> String {
    match number.abs() {
        0.0 | 0.1..1e15 => bound.fixed(number, 2),
        ..0.1 => scaled_bound(number, "", bound).to_string(),
        _ => bounded(Number::Float(number), bound),
    }
}
