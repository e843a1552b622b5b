//! Draws what is shown into a buffer.
//!
//! | module | what it draws |
//! |---|---|
//! | this one | the table with what is around it |
//! | `row` | a row of the table |
//! | `value` | values and rates, as text |
//! | `detail` | one field by itself |
//! | `keys` | what keys do |
//! | `theme` | how it looks |

mod detail;
mod keys;
pub mod row;
mod theme;
mod value;

use std::fmt::Write;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::charset;
use crate::display::{cut, one_line, width};
use crate::escape;
use crate::top::filter::MAX_TYPED;
use crate::top::layout::{Column, ColumnKind, Layout};
use crate::top::model::Model;
use crate::top::order::Order;
use crate::top::rows::{Part, Rows};
use crate::top::view::{Mode, View};
use detail::Detail;
use keys::Keys;

/// The whole screen.
pub struct Screen<'a> {
    /// What is shown.
    pub model: &'a Model,
    /// How.
    pub view: &'a View,
    /// Where.
    pub layout: &'a Layout,
    /// What to say where there is nothing to show.
    pub nothing: &'a str,
}

impl Widget for Screen<'_> {
    fn render(self, _: Rect, buf: &mut Buffer) {
        self.title(buf);
        let Layout { processes, header, rows, .. } = self.layout;
        let height = processes.height + header.height + rows.height;
        let table = Rect { y: processes.y, height, ..*rows };
        match (self.view.mode, self.view.selected_field()) {
            (Mode::Keys, _) => Keys.render(table, buf),
            (Mode::Detail, Some(field)) => {
                Detail { model: self.model, view: self.view, field }.render(table, buf);
            }
            _ => {
                self.header(buf);
                self.rows(buf);
            }
        }
        self.help(buf);
        self.keys(buf);
        if charset::is_ascii() {
            in_ascii(buf);
        }
    }
}

impl Screen<'_> {
    /// How much is shown, how often it is read, and what is not as it is at first.
    pub(in crate::top) fn title(&self, buf: &mut Buffer) {
        let View { interval, is_paused, is_raw, wanted, .. } = self.view;
        let Rows { processes, fields, .. } = self.view.table;
        let mut left = format!(" {}, {}", counted(processes, "process", "es"), counted(fields, "field", "s"));
        let _ = write!(left, ", every {} s", (interval.as_secs_f64() * 1000.0).round() / 1000.0);
        let mut notes = Vec::new();
        if *is_paused {
            notes.push("PAUSED".to_owned());
        }
        if !wanted.filter.text().is_empty() && self.view.mode != Mode::Typing {
            notes.push(format!("/{}", escape::text(wanted.filter.text())));
        }
        for (is_so, note) in
            [(*is_raw, "raw"), (wanted.hides_zeros, "zeros hidden"), (wanted.is_flat, "list")]
        {
            if is_so {
                notes.push(note.to_owned());
            }
        }
        notes.extend(self.order_note());
        let area = self.layout.title;
        let notes = cut(&notes.join("  "), usize::from(area.width / 2));
        put(area, 1, "topstats", theme::TITLE, buf);
        put(area, 10, &left, Style::new(), buf);
        let x = usize::from(area.width).saturating_sub(width(&notes) + 1);
        put(area, x.max(11 + width(&left)), &notes, theme::NOTE, buf);
    }

    /// The headings of the columns.
    pub(in crate::top) fn header(&self, buf: &mut Buffer) {
        let Layout { processes, header, columns, of_processes, .. } = self.layout;
        buf.set_style(*processes, theme::HEADER);
        put(*processes, 0, "PROCESS", theme::HEADER, buf);
        self.headings(*processes, of_processes, buf);
        buf.set_style(*header, theme::HEADER);
        self.headings(*header, columns, buf);
    }

    fn headings(&self, area: Rect, columns: &[Column], buf: &mut Buffer) {
        let order = self.view.wanted.order;
        for column in columns {
            let is_sorted = column.kind == ColumnKind::Sortable(order.sort);
            let heading = column.kind.heading();
            let text = if is_sorted { format!("{heading}{}", arrow(order)) } else { heading.to_owned() };
            let style = if is_sorted { theme::HEADER.patch(theme::SORTED) } else { theme::HEADER };
            put(area, column.start(width(&text)), &text, style, buf);
        }
    }

    /// By what rows are sorted, if no heading says so.
    fn order_note(&self) -> Option<String> {
        let order = self.view.wanted.order;
        let Layout { processes, columns, of_processes, .. } = self.layout;
        let of_processes = of_processes.iter().filter(|_| processes.height > 0);
        let mut headings = columns.iter().chain(of_processes).map(|column| column.kind);
        let is_shown = headings.any(|kind| kind == ColumnKind::Sortable(order.sort));
        (!is_shown).then(|| format!("by {}{}", order.sort.heading(), arrow(order)))
    }

    fn rows(&self, buf: &mut Buffer) {
        let Layout { rows: area, columns, of_processes, .. } = self.layout;
        let line = row::Line { model: self.model, view: self.view, columns, of_processes };
        for (y, (index, row)) in (area.y..).zip((self.view.first..).zip(self.view.shown())) {
            let area = Rect { y, height: 1, ..*area };
            line.draw(row, area, buf);
            if index == self.view.selected {
                buf.set_style(area, theme::SELECTED);
            }
        }
        if self.view.table.rows.is_empty() {
            let nothing =
                if self.view.wanted.filter.is_all() { self.nothing } else { "nothing matches the filter" };
            let text = ratatui::widgets::Paragraph::new(nothing).wrap(ratatui::widgets::Wrap { trim: true });
            text.style(theme::QUIET).render(*area, buf);
        }
    }

    /// What the selected row means.
    fn help(&self, buf: &mut Buffer) {
        let area = self.layout.help;
        let room = usize::from(area.width);
        if let Some(message) = &self.view.message {
            return put(area, 0, &format!(" {}", cut(message, room)), theme::WRONG, buf);
        }
        // What else is shown says it already.
        let is_table = matches!(self.view.mode, Mode::Table | Mode::Typing);
        let Some(row) = self.view.selected_row().filter(|_| is_table) else { return };
        let Some(writer) = self.model.writer(row.writer) else { return };
        let shape = &writer.shape;
        let (name, quiet, help) = match row.part {
            Part::Process { .. } => (cut(&escape::path(&writer.path), room), String::new(), String::new()),
            Part::Group { node, .. } => {
                let path = shape.tree.node(node).and_then(|node| shape.path(node));
                (cut(&escape::text(path.unwrap_or_default()), room), String::new(), String::new())
            }
            Part::Field { field, .. } => {
                let Some(field) = shape.fields.get(field as usize) else { return };
                let description = &field.description;
                let unit = cut(&escape::text(description.unit()), room);
                let words = [description.kind().map_or("", mmstats_reader::Kind::name), &unit];
                let quiet = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
                (cut(&field.name(0), room), quiet, cut(&one_line(description.help()), room))
            }
        };
        let spans = [
            Span::styled(format!(" {name}"), theme::TITLE),
            Span::styled(format!("  {quiet}"), theme::QUIET),
            Span::raw(format!("  {help}")),
        ];
        put_line(area, &spans.into_iter().collect(), buf);
    }

    /// The keys that matter most, or the filter that is being typed.
    fn keys(&self, buf: &mut Buffer) {
        const TABLE: [(&str, &str); 9] = [
            ("/", "filter"),
            ("s", "sort"),
            ("t", "list"),
            ("z", "zeros"),
            ("u", "raw"),
            ("p", "pause"),
            ("d", "detail"),
            ("h", "keys"),
            ("q", "quit"),
        ];
        const DETAIL: [(&str, &str); 5] =
            [("↑↓", "other fields"), ("Esc", "back"), ("u", "raw"), ("p", "pause"), ("q", "quit")];
        const KEYS: [(&str, &str); 2] = [("any", "back"), ("q", "quit")];
        let area = self.layout.keys;
        if self.view.mode == Mode::Typing {
            return self.typing(area, buf);
        }
        let keys = match self.view.mode {
            Mode::Detail => &DETAIL[..],
            Mode::Keys => &KEYS[..],
            _ => &TABLE[..],
        };
        let spans = keys.iter().flat_map(|(key, word)| {
            [Span::styled(format!(" {key}"), theme::TITLE), Span::styled(format!(" {word} "), theme::QUIET)]
        });
        put_line(area, &spans.into_iter().collect(), buf);
    }

    fn typing(&self, area: Rect, buf: &mut Buffer) {
        let filter = &self.view.wanted.filter;
        let style = if filter.problem().is_some() { theme::WRONG } else { Style::new() };
        let (hint, is_important) = match filter.problem() {
            Some(problem) => (problem.lines().last().unwrap_or_default().to_owned(), true),
            None if filter.is_full() => (format!("no room for more than {MAX_TYPED} characters"), true),
            None => ("Type text, or ~regex. Enter: done. Esc: no filter.".to_owned(), false),
        };
        let hint = escape::text(&hint).to_string();
        let columns = usize::from(area.width);
        let kept = if is_important { (width(&hint) + 3).min(columns / 2) } else { 0 };
        let text = escape::text(filter.text()).to_string();
        // The end is where one types.
        let room = columns.saturating_sub(2 + kept);
        let mut shown = text.as_str();
        while width(&shown) > room {
            let mut characters = shown.chars();
            characters.next();
            shown = characters.as_str();
        }
        put(area, 0, "/", theme::TITLE, buf);
        put(area, 1, shown, style, buf);
        put(area, 1 + width(&shown), " ", theme::SELECTED, buf);
        put(area, 4 + width(&shown), &hint, theme::QUIET.patch(style), buf);
    }
}

/// Replaces symbols by what stands for them in ASCII. All else was escaped before.
fn in_ascii(buf: &mut Buffer) {
    let mut rest = buf.content.as_mut_slice();
    while let Some((cell, behind)) = rest.split_first_mut() {
        let symbol = cell.symbol();
        if !symbol.is_ascii() {
            let sign = symbol.chars().next().and_then(charset::symbol).unwrap_or('?');
            // Before a blank there is room for both characters of `>=`.
            if matches!(symbol, "≥" | "≤")
                && let Some(next) = behind.first_mut().filter(|next| next.symbol() == " ")
            {
                next.set_char('=');
            }
            cell.set_char(sign);
        }
        rest = behind;
    }
}

/// Puts `text` into the line `area` at its column `x`, as far as there is room.
fn put(area: Rect, x: usize, text: &str, style: Style, buf: &mut Buffer) {
    let Some(x) = u16::try_from(x).ok().filter(|x| *x < area.width && area.height > 0) else { return };
    buf.set_stringn(area.x + x, area.y, text, usize::from(area.width - x), style);
}

/// Puts `line` into the line `area`, if there is room for one.
fn put_line(area: Rect, line: &Line<'_>, buf: &mut Buffer) {
    if area.height > 0 {
        buf.set_line(area.x, area.y, line, area.width);
    }
}

fn arrow(order: Order) -> char {
    if order.is_upwards() { '▴' } else { '▾' }
}

fn counted(count: usize, one: &str, plural: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { plural })
}

/// `time` in its two largest units, but below a minute in seconds: `0.5 s`, `59 s`, `3m12s`, `4h02m`, `12d3h`.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match () {
        () if seconds == 0 => format!("0.{} s", time.subsec_millis() / 100),
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => format!("{minutes}m{:02}s", seconds % 60),
        () if days == 0 => format!("{hours}h{:02}m", minutes % 60),
        () => format!("{days}d{}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_or_one_digit_behind_the_point() {
        for (seconds, shown) in [
            (0.0, "0.0 s"),
            (0.145_091_904, "0.1 s"),
            (0.995_824_261, "0.9 s"),
            (1.0, "1 s"),
            (59.9, "59 s"),
            (192.0, "3m12s"),
            (14520.0, "4h02m"),
            (1_047_600.0, "12d3h"),
        ] {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), shown);
        }
    }
}
