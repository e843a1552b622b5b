//! One row of the table.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::theme;
use super::value::{self, Shown};
use crate::display::{cut, width};
use crate::escape;
use crate::top::layout::{Column, ColumnKind};
use crate::top::model::Model;
use crate::top::order::Sort;
use crate::top::rows::{Part, Row};
use crate::top::shape::Field;
use crate::top::track::{History, Track};
use crate::top::view::View;
use crate::top::writer::{State, Writer};

/// A line of the screen that a row is drawn on.
pub struct Line<'a> {
    /// What is shown.
    pub model: &'a Model,
    /// How.
    pub view: &'a View,
    /// Where the columns are.
    pub columns: &'a [Column],
    /// Where is what is said of processes.
    pub of_processes: &'a [Column],
}

impl Line<'_> {
    /// Draws `row` on the line `area`.
    pub fn draw(&self, row: &Row, area: Rect, buf: &mut Buffer) {
        let Some(writer) = self.model.writer(row.writer) else { return };
        let mut out = Out { area, buf, base: theme::of(writer.state) };
        match row.part {
            Part::Process { is_open, count } => self.process(writer, is_open, count, &mut out),
            Part::Group { node, is_open, count } => {
                self.group(writer, node, is_open, count, row.depth, &mut out);
            }
            Part::Field { field, from } => {
                let index = field as usize;
                if let (Some(field), Some(track)) = (writer.shape.fields.get(index), writer.tracks.get(index))
                {
                    self.field(writer, field, track, from, row.depth, &mut out);
                }
            }
        }
    }

    fn name_width(&self) -> usize {
        self.columns.first().map_or(0, |column| usize::from(column.width))
    }

    fn process(&self, writer: &Writer, is_open: bool, count: usize, out: &mut Out<'_>) {
        let name_width = self.name_width();
        let name = format!("{} {}", mark(is_open), escape::text(&writer.process.name));
        let name = cut(&name, name_width);
        out.text(0, &name, out.base.add_modifier(Modifier::BOLD));
        if writer.is_one_of_several {
            let room = name_width.saturating_sub(width(&name) + 1);
            let file = cut(&escape::path(Path::new(writer.file_name())), room);
            out.text(width(&name) + 1, &file, out.base.patch(theme::QUIET));
        }
        let (state, state_style) = theme::state(writer.state);
        let mut x = name_width;
        for column in self.of_processes {
            let (text, style) = match column.kind {
                ColumnKind::Sortable(Sort::Pid) => (or_dash(writer.process.pid), out.base),
                ColumnKind::Sortable(Sort::User) => (user(writer), out.base),
                ColumnKind::Sortable(Sort::Uptime) => (self.uptime(writer), out.base),
                ColumnKind::Sortable(Sort::State) => (state.to_owned(), state_style),
                _ => continue,
            };
            // What is too wide moves what is behind it.
            let columns = usize::from(column.width).max(width(&text) + 1);
            let pad = if column.kind.is_left() { 1 } else { columns - width(&text) };
            out.text(x + pad, &text, style);
            x += columns;
        }
        out.text(
            x,
            &format!("{count} field{}", if count == 1 { "" } else { "s" }),
            out.base.patch(theme::QUIET),
        );
        x += 11;
        if let Some(problem) = &writer.problem {
            out.text(x, &format!(" {problem}"), theme::WRONG);
        }
    }

    fn uptime(&self, writer: &Writer) -> String {
        let uptime = writer.uptime(self.model.now.moment);
        uptime.map_or_else(String::new, |uptime| format!("up {}", super::duration(uptime)))
    }

    fn group(
        &self,
        writer: &Writer,
        node: u32,
        is_open: bool,
        count: usize,
        depth: usize,
        out: &mut Out<'_>,
    ) {
        let Some(node) = writer.shape.tree.node(node) else { return };
        let path = writer.shape.path(node).unwrap_or_default();
        let name = escape::text(path.get(node.from as usize..).unwrap_or_default());
        let count = if is_open { String::new() } else { format!(" ({count})") };
        let room = self.name_width().saturating_sub(2 * depth + 2 + count.len());
        let text = format!("{} {}{count}", mark(is_open), cut(&name, room));
        out.text(2 * depth, &text, theme::GROUP.patch(out.base));
    }

    fn field(
        &self,
        writer: &Writer,
        field: &Field,
        track: &Track,
        from: usize,
        depth: usize,
        out: &mut Out<'_>,
    ) {
        let room = self.name_width().saturating_sub(2 * depth);
        let name = cut(&field.name(from), room);
        let used = 2 * depth + width(&name);
        out.text(2 * depth, &name, out.base);
        if self.view.wanted.is_flat {
            let pid = writer.process.pid.map_or_else(String::new, |pid| format!(" {pid}"));
            let process = format!("  {}{pid}", escape::text(&writer.process.name));
            out.text(used, &cut(&process, room.saturating_sub(width(&name))), theme::QUIET);
        }
        let style = value::Style { description: &field.description, is_raw: self.view.is_raw };
        let is_running = matches!(writer.state, State::Alive | State::Unknown);
        let has_rate = self.model.has_rates(writer);
        for column in self.columns {
            let columns = usize::from(column.width.saturating_sub(1));
            let rate = |rate: Option<f64>| style.rate(rate.filter(|_| is_running), columns);
            let text = match column.kind {
                ColumnKind::Sortable(Sort::Name | Sort::Pid | Sort::User | Sort::Uptime | Sort::State) => {
                    continue;
                }
                ColumnKind::Sortable(Sort::Value) => {
                    let longest = usize::from(out.area.width.saturating_sub(column.x + 1));
                    let Shown { text, is_long } = style.value(track, columns, longest);
                    if is_long {
                        out.text(usize::from(column.x + 1), &text, out.base);
                        return;
                    }
                    text
                }
                ColumnKind::Sortable(Sort::Rate) => style.rate(track.rate().filter(|_| has_rate), columns),
                ColumnKind::Sortable(Sort::Ten) => rate(track.ten()),
                ColumnKind::Sortable(Sort::Sixty) => rate(track.sixty()),
                ColumnKind::Sortable(Sort::Life) => {
                    rate(writer.life_rate(field, track, self.model.now.moment))
                }
                ColumnKind::Trend => {
                    if let Some(history) = &track.history {
                        let trend = trend(history, columns, track.is_counted());
                        out.text(usize::from(column.x + 1), &trend, theme::TREND.patch(out.base));
                    }
                    continue;
                }
            };
            let style = if is_nothing(&text) { theme::QUIET } else { Style::new() };
            out.text(column.start(width(&text)), &text, out.base.patch(style));
        }
    }
}

fn or_dash(pid: Option<u64>) -> String {
    pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string())
}

/// The user who owns the file and, if the file says that it is another's, whose.
fn user(writer: &Writer) -> String {
    let user = match writer.claimed_uid {
        Some(claimed) => format!("{} (says {claimed})", writer.user),
        None => writer.user.clone(),
    };
    cut(&escape::text(&user), 20)
}

/// Whether `text` is a zero, or says that there is nothing.
fn is_nothing(text: &str) -> bool {
    text == "-" || (text.starts_with('0') && !text.contains(|digit| matches!(digit, '1'..='9')))
}

fn mark(is_open: bool) -> char {
    if is_open { '▾' } else { '▸' }
}

/// The newest samples of `history` as a line of bars, one a column: from zero up for what `is_counted`, where
/// what is steady stands at two thirds, so that more and less are seen; else from the least to the most.
fn trend(history: &History, columns: usize, is_counted: bool) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let samples = history.samples.iter().skip(history.samples.len().saturating_sub(columns));
    let samples = samples.map(|(_, sample)| *sample);
    let start = if is_counted { Some(0.0) } else { None };
    let least = samples.clone().chain(start).fold(f64::INFINITY, f64::min);
    let most = samples.clone().chain(start).fold(f64::NEG_INFINITY, f64::max);
    let most = if is_counted { most.max(mean(samples.clone()) * 1.5) } else { most };
    if most <= least {
        return String::new();
    }
    let bars = samples.clone().map(|sample| {
        // Any that is not the least is seen.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 8")]
        let level = ((sample - least) / (most - least) * 8.0).ceil() as usize;
        BARS.get(level).copied().unwrap_or(' ')
    });
    // The newest stands at the right.
    " ".repeat(columns.saturating_sub(samples.len())) + &bars.collect::<String>()
}

#[expect(clippy::cast_precision_loss, reason = "samples are few")]
fn mean(samples: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = samples.len().max(1);
    samples.sum::<f64>() / count as f64
}

/// A line of the screen.
struct Out<'a> {
    area: Rect,
    buf: &'a mut Buffer,
    /// How all of it looks.
    base: Style,
}

impl Out<'_> {
    /// Puts `text` at the column `x`, as far as there is room.
    fn text(&mut self, x: usize, text: &str, style: Style) {
        let Some(x) = u16::try_from(x).ok().filter(|x| *x < self.area.width) else { return };
        self.buf.set_stringn(self.area.x + x, self.area.y, text, usize::from(self.area.width - x), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(samples: &[f64], columns: usize, is_counted: bool) -> String {
        let samples = samples.iter().map(|sample| (0.0, *sample)).collect();
        trend(&History { samples }, columns, is_counted)
    }

    #[test]
    fn rates_stand_on_zero_and_values_on_the_least() {
        assert_eq!(shown(&[0.0, 1.0, 50.0, 100.0], 6, true), "   ▁▄█");
        assert_eq!(shown(&[5.0, 5.0], 3, true), " ▆▆");
        assert_eq!(shown(&[5.0, 5.0], 3, false), "");
        assert_eq!(shown(&[5.0, 6.0, 7.0], 2, false), " █");
        assert_eq!(shown(&[0.0, 0.0], 3, true), "");
        assert_eq!(shown(&[], 3, true), "");
    }
}
