//! Cells in columns that are as wide as they need, for a terminal.

use std::io::{self, Write};
use std::iter;
use std::mem;

use crate::display::{MAX_ALIGNED, Scaled, fit, text_width};

/// What stands in a row and a column.
pub(super) enum Cell {
    /// Starts at the left.
    Text(String),
    /// Its digits end where those of the column's other numbers do, and its unit is behind them.
    Number(Scaled),
}

/// Rows of cells below headings.
pub(super) struct Grid {
    headings: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
    /// Columns of the terminal that the last column does not go beyond, if there is a terminal.
    columns: Option<usize>,
}

/// Rows that are aligned together.
const MAX_ROWS: usize = 16 * 1024;

/// Blanks between columns.
const GAP: usize = 2;

/// Fewer columns than these say nothing.
const MIN_LAST: usize = 8;

/// The widths of a column.
#[derive(Clone, Copy, Default)]
struct Widths {
    digits: usize,
    suffix: usize,
    text: usize,
}

impl Grid {
    pub(super) fn new(headings: &'static [&'static str], columns: Option<usize>) -> Self {
        Self { headings, rows: Vec::new(), columns }
    }

    /// Adds a row of as many cells as there are headings.
    pub(super) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Whether there are as many rows as can be aligned together: a file can have any number.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the headings and the rows, unless there are none, and begins anew.
    pub(super) fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let widths = self.widths();
        let headings = self.headings.iter().zip(&widths).map(|(heading, widths)| {
            let heading = (*heading).to_owned();
            // Above numbers alone it ends where they do.
            if widths.text > 0 {
                Cell::Text(heading)
            } else {
                Cell::Number(Scaled { digits: heading, suffix: "" })
            }
        });
        self.write_row(&headings.collect::<Vec<_>>(), &widths, out)?;
        for row in mem::take(&mut self.rows) {
            self.write_row(&row, &widths, out)?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<Widths> {
        let mut all = vec![Widths::default(); self.headings.len()];
        for row in &self.rows {
            for (widths, cell) in all.iter_mut().zip(row) {
                widths.take(cell);
            }
        }
        for (widths, heading) in all.iter_mut().zip(self.headings) {
            let width = if widths.text > 0 { &mut widths.text } else { &mut widths.digits };
            *width = heading.len().max(*width);
        }
        all
    }

    fn write_row(&self, row: &[Cell], widths: &[Widths], out: &mut dyn Write) -> io::Result<()> {
        let mut line = String::new();
        // Where the next column starts, and what of the line is there so far.
        let (mut start, mut used) = (0, 0);
        for (index, (cell, widths)) in row.iter().zip(widths).enumerate() {
            let shown = cell.shown(*widths);
            if shown.is_empty() {
                start += widths.all() + GAP;
                continue;
            }
            // What is too wide for its column moves what is behind it.
            let gap = start.saturating_sub(used).max(if index == 0 { 0 } else { GAP });
            let is_last = index + 1 == self.headings.len();
            let shown = match self.columns {
                Some(columns) if is_last && used + gap + text_width(&shown) > columns => {
                    let room = columns.saturating_sub(used + gap);
                    if room < MIN_LAST { String::new() } else { fit(&shown, room) }
                }
                _ => shown,
            };
            line.extend(iter::repeat_n(' ', gap));
            line.push_str(&shown);
            used += gap + text_width(&shown);
            start += widths.all() + GAP;
        }
        writeln!(out, "{}", line.trim_end_matches(' '))
    }
}

impl Cell {
    /// As it stands in a column of these widths, without blanks behind it.
    fn shown(&self, widths: Widths) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(Scaled { digits, suffix: "" }) => format!("{digits:>width$}", width = widths.digits),
            Self::Number(Scaled { digits, suffix }) => {
                format!("{digits:>width$} {suffix}", width = widths.digits)
            }
        }
    }
}

impl Widths {
    fn take(&mut self, cell: &Cell) {
        match cell {
            Cell::Text(text) => {
                let width = text_width(text);
                if width <= MAX_ALIGNED {
                    self.text = width.max(self.text);
                }
            }
            Cell::Number(Scaled { digits, suffix }) => {
                let width = text_width(digits);
                if width <= MAX_ALIGNED {
                    self.digits = width.max(self.digits);
                }
                if !suffix.is_empty() {
                    self.suffix = (1 + suffix.len()).max(self.suffix);
                }
            }
        }
    }

    fn all(self) -> usize {
        (self.digits + self.suffix).max(self.text)
    }
}
