//! The table as text, once.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::Screen;
use super::draw::row::Line;
use super::layout::{ColumnKind, Layout};
use super::model::Model;
use super::view::View;
use crate::display::width;

/// The widest that a row gets: there may be any number of them.
const MAX_COLUMNS: u16 = 1000;

/// Writes all rows, as wide as `columns` but no wider than `MAX_COLUMNS`, to `out`.
///
/// # Errors
/// If `out` does not take it.
pub fn write(model: &Model, view: &mut View, columns: u16, out: &mut dyn Write) -> io::Result<()> {
    // High enough for all that stands above the rows.
    let area = Rect::new(0, 0, columns.min(MAX_COLUMNS), 10);
    let mut layout = Layout::new(area, view);
    // There is no history to draw a trend of.
    layout.columns.retain(|column| column.kind != ColumnKind::Trend);
    view.update(model, usize::MAX);

    let mut buf = Buffer::empty(area);
    let screen = Screen { model, view, layout: &layout, nothing: "" };
    screen.title(&mut buf);
    screen.header(&mut buf);
    for area in [layout.title, layout.processes, layout.header].into_iter().filter(|area| area.height > 0) {
        write_line(&buf, area, out)?;
    }
    let line = Line { model, view, columns: &layout.columns, of_processes: &layout.of_processes };
    let area = Rect { height: 1, ..layout.rows };
    let mut buf = Buffer::empty(area);
    for row in &view.table.rows {
        buf.reset();
        line.draw(row, area, &mut buf);
        write_line(&buf, area, out)?;
    }
    Ok(())
}

/// Writes what is on the line `area` of `buf`, without blanks at the end.
fn write_line(buf: &Buffer, area: Rect, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::with_capacity(area.width.into());
    let mut x = area.x;
    while let Some(cell) = buf.cell((x, area.y)).filter(|_| x < area.right()) {
        text.push_str(cell.symbol());
        // What is wide lies over the cell behind it, too.
        x += u16::try_from(width(&cell.symbol())).unwrap_or(1).max(1);
    }
    writeln!(out, "{}", text.trim_end())
}
