//! What looks how. Only the colours that every terminal has, so that its own theme decides.

use ratatui::style::{Color, Modifier, Style};

use crate::top::writer::State;

/// What is there to be found, not to be noticed: zeros, counts, hints.
pub(super) const QUIET: Style = Style::new().fg(Color::DarkGray);
/// What went wrong.
pub(super) const WRONG: Style = Style::new().fg(Color::Red);
/// The names of groups.
pub(super) const GROUP: Style = Style::new().fg(Color::Cyan);
/// Bars.
pub(super) const TREND: Style = Style::new().fg(Color::Cyan);
/// The headings of columns.
pub(super) const HEADER: Style = Style::new().fg(Color::Black).bg(Color::Cyan);
/// The heading of the column by which rows are sorted.
pub(super) const SORTED: Style = Style::new().add_modifier(Modifier::BOLD);
/// The selected row.
pub(super) const SELECTED: Style = Style::new().add_modifier(Modifier::REVERSED);
/// What is to be noticed first.
pub(super) const TITLE: Style = Style::new().add_modifier(Modifier::BOLD);
/// What is not as it is at first, such as a pause.
pub(super) const NOTE: Style = Style::new().fg(Color::Yellow);

/// How the rows of a writer look.
pub(super) fn of(state: State) -> Style {
    match state {
        State::Alive | State::Unknown => Style::new(),
        State::Stale(_) | State::Gone(_) | State::Dead => QUIET,
    }
}

/// A word for whether a writer lives, and how it looks.
pub(super) fn state(state: State) -> (&'static str, Style) {
    match state {
        State::Alive => ("alive", Style::new().fg(Color::Green)),
        State::Unknown => ("unknown", Style::new().fg(Color::Yellow)),
        State::Stale(_) | State::Dead => ("stale", WRONG),
        State::Gone(_) => ("gone", WRONG),
    }
}
