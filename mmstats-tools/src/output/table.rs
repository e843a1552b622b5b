//! Tables for people, with all that the files say of each value.

use std::fmt;
use std::io::{self, Write};

use mmstats_reader::{Kind, Torn, Value};

use super::grid::{Cell, Grid};
use super::shown::Line;
use super::{FileHeading, GroupHeading, Output, Part, Shown};
use crate::combining::Group;
use crate::description::Described;
use crate::display::{Bound, Name, Plain, Scaled, one_line, scaled_bound};
use crate::entry::Entry;
use crate::escape;
use crate::selection::File;

/// For each file, a line `==> path`, a table of its values, and one of its averages, histograms and timers;
/// each part of another value of several parts has a row of its own, `label:part`. Seconds and bytes have
/// units that suit them, and so have fractions; counts of anything else are exact.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Whether all numbers are plain, in their units.
    pub is_raw: bool,
    /// The columns of the terminal, if there is one: help that goes beyond is cut.
    pub columns: Option<usize>,
}

const VALUES: &[&str] = &["LABEL", "VALUE", "UNIT", "KIND", "HELP"];
const DISTRIBUTIONS: &[&str] =
    &["LABEL", "COUNT", "MEAN", "P50", "P90", "P99", "P99.9", "MAX", "UNIT", "KIND", "HELP"];
/// The parts that stand below [`DISTRIBUTIONS`]'s numbers.
const PARTS: [&str; 7] = ["count", "mean", "p50", "p90", "p99", "p999", "max"];

impl Output for Table {
    fn file(&self, file: &File<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Ok(contents) = &file.contents else { return Ok(()) };
        self.write(FileHeading(file.path, contents.process.liveness), contents.metrics(), out)
    }

    fn group(&self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.write(GroupHeading(group), group.entries(), out)
    }
}

impl Table {
    fn write<E: Entry>(
        self,
        heading: impl fmt::Display,
        entries: impl Iterator<Item = E>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut values = Grid::new(VALUES, self.columns);
        let mut distributions = Grid::new(DISTRIBUTIONS, self.columns);
        write!(out, "{heading}")?;
        for entry in entries {
            let described = entry.description();
            let name = Name(described).to_string();
            let shown = entry.outcome().map(|outcome| Shown::new(outcome, described));
            match described.kind() {
                Some(Kind::Average | Kind::Histogram | Kind::Timer) => {
                    distributions.push(self.distribution(name, shown, described));
                }
                _ => {
                    for Line { part, value, bound, unit } in Line::of(shown, described.unit()) {
                        let part = part.map(|part| format!(":{}", escape::text(part))).unwrap_or_default();
                        let cell = value.map_or_else(|| text("?"), |value| self.cell(&value, bound, unit));
                        values.push(row(name.clone() + &part, [cell], unit, described));
                    }
                }
            }
            if values.is_full() || distributions.is_full() {
                values.write(out)?;
                distributions.write(out)?;
            }
        }
        let has_both = !values.is_empty() && !distributions.is_empty();
        values.write(out)?;
        if has_both {
            writeln!(out)?;
        }
        distributions.write(out)?;
        writeln!(out)
    }

    /// The row of an average, a histogram or a timer.
    fn distribution(
        self,
        name: String,
        shown: Result<Shown<'_>, Torn>,
        described: &impl Described,
    ) -> Vec<Cell> {
        let parts = match shown {
            Ok(Shown::Parts(parts)) => Ok(parts),
            Ok(Shown::Whole(_)) => Ok(Vec::new()),
            Err(Torn) => Err(Torn),
        };
        let cells = PARTS.map(|wanted| match &parts {
            Err(Torn) => text("?"),
            Ok(parts) => match parts.iter().find(|part| part.name == wanted) {
                Some(Part { number: Some(number), bound, unit, .. }) => self.cell(number, *bound, unit),
                _ => number("-".to_owned()),
            },
        });
        row(name, cells, described.unit(), described)
    }

    /// `value`, which is in `unit` and may be a bound.
    fn cell(self, value: &Value, bound: Bound, unit: &str) -> Cell {
        let is_scaled = !self.is_raw && matches!(unit, "seconds" | "bytes");
        let cell = match *value {
            Value::U64(integer) if is_scaled => scaled_integer(integer.into(), unit, bound),
            Value::I64(integer) if is_scaled => scaled_integer(integer.into(), unit, bound),
            Value::F32(float) if !self.is_raw => scaled_float(float.into(), unit, bound),
            Value::F64(float) if !self.is_raw => scaled_float(float, unit, bound),
            Value::Text(_) | Value::Bool(_) => Cell::Text(Plain(value).to_string()),
            _ => number(Plain(value).bounded(bound)),
        };
        match cell {
            Cell::Number(Scaled { digits, suffix }) => {
                Cell::Number(Scaled { digits: bound.mark(digits), suffix })
            }
            text @ Cell::Text(_) => text,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn scaled_integer(integer: i128, unit: &str, bound: Bound) -> Cell {
    Cell::Number(scaled_bound(integer as f64, unit, bound))
}

/// A number of three digits, or more if it is larger and has no unit that suits it: counts beside it are exact.
fn scaled_float(float: f64, unit: &str, bound: Bound) -> Cell {
    const EXACT: f64 = 1e15;
    let is_whole = !matches!(unit, "seconds" | "bytes") && (1e3..EXACT).contains(&float.abs().round());
    if is_whole { number(bound.fixed(float, 0)) } else { Cell::Number(scaled_bound(float, unit, bound)) }
}

fn number(digits: String) -> Cell {
    Cell::Number(Scaled { digits, suffix: "" })
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A row: the name, the `cells`, and the other data of what is `described`.
fn row<const COUNT: usize>(
    name: String,
    cells: [Cell; COUNT],
    unit: &str,
    described: &impl Described,
) -> Vec<Cell> {
    let described = [
        escape::text(unit).to_string(),
        described.kind().map_or("-", Kind::name).to_owned(),
        one_line(described.help()),
    ];
    [Cell::Text(name)].into_iter().chain(cells).chain(described.map(Cell::Text)).collect()
}
