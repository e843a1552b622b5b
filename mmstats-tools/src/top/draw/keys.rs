//! What keys do, in place of the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::theme;
use crate::display::{fit, width};
use crate::top::keys::KEYS;

/// The list of all keys.
pub(super) struct Keys;

impl Widget for Keys {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let widest = KEYS.iter().map(|(key, _)| width(key)).max().unwrap_or_default();
        let line = |(key, words): &(&str, &'static str)| {
            Line::from_iter([
                Span::styled(format!("  {}  ", fit(key, widest)), theme::TITLE),
                Span::raw(*words),
            ])
        };
        let lines = std::iter::once(Line::default()).chain(KEYS.iter().map(line));
        Paragraph::new(lines.collect::<Vec<_>>()).render(area, buf);
    }
}
