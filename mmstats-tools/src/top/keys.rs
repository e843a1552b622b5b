//! What keys and the mouse do.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

use super::layout::{Column, ColumnKind, Layout};
use super::view::{Action, Mode, View};

/// All keys, for people to read.
pub const KEYS: [(&str, &str); 19] = [
    ("↑ ↓  j k", "up and down"),
    ("PgUp PgDn", "a screen up and down"),
    ("Home End  g G", "to the start and the end"),
    ("← →  space", "close and open"),
    ("Enter  d", "open or close; show a field by itself"),
    ("/", "filter: text, or ~regex"),
    ("Ctrl-U  Ctrl-W", "while it is typed: without all of it, without its last word"),
    ("Esc", "back; without the filter"),
    ("s S  > <", "sort by the next column, by the one before"),
    ("r", "sort the other way round"),
    ("t", "a tree for each process, or one list"),
    ("z", "hide zeros, but not while there is a filter"),
    ("u", "numbers scaled, or to the last digit"),
    ("p", "pause"),
    ("+ -", "read more often, or less: every 0.1 to 60 s"),
    ("mouse", "click selects, ▸ opens, a heading sorts, the wheel scrolls"),
    ("h ?", "these keys"),
    ("Ctrl-L  Ctrl-Z", "draw anew; suspend"),
    ("q  Ctrl-C", "end"),
];

/// Rows that the wheel scrolls.
const WHEEL: isize = 3;

/// The text that `event` adds to a filter that is being typed, if it does.
pub fn text(event: &Event, mode: Mode) -> Option<String> {
    if mode != Mode::Typing {
        return None;
    }
    match event {
        Event::Key(KeyEvent { code: KeyCode::Char(character), modifiers, kind, .. })
            if *kind != KeyEventKind::Release && !modifiers.contains(KeyModifiers::CONTROL) =>
        {
            Some(character.to_string())
        }
        Event::Paste(text) => Some(text.chars().filter(|character| !character.is_control()).collect()),
        _ => None,
    }
}

/// What `event` does, if it does something and is no [`text`].
pub fn action(event: &Event, view: &View, layout: &Layout) -> Option<Action> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => match view.mode {
            Mode::Typing => typed(key, view.wanted.filter.text()),
            _ => pressed(key, view.mode),
        },
        Event::Mouse(mouse) if view.mode != Mode::Keys => clicked(*mouse, view, layout),
        Event::Mouse(MouseEvent { kind: MouseEventKind::Down(_), .. }) => Some(Action::Escape),
        _ => None,
    }
}

/// A key while a filter is typed.
fn typed(key: &KeyEvent, text: &str) -> Option<Action> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('u') if is_control => Some(Action::Type(String::new())),
        KeyCode::Char('w') if is_control => {
            let end = text.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
            Some(Action::Type(text.get(..end).unwrap_or_default().to_owned()))
        }
        KeyCode::Char(_) if is_control => controlled(key),
        KeyCode::Backspace if text.is_empty() => Some(Action::Escape),
        KeyCode::Backspace => {
            let mut shorter = text.to_owned();
            shorter.pop();
            Some(Action::Type(shorter))
        }
        KeyCode::Enter => Some(Action::Typed),
        KeyCode::Esc => Some(Action::Escape),
        KeyCode::Up => Some(Action::Move(-1)),
        KeyCode::Down => Some(Action::Move(1)),
        KeyCode::PageUp => Some(Action::Page(-1)),
        KeyCode::PageDown => Some(Action::Page(1)),
        _ => None,
    }
}

/// A key with Ctrl, whatever is on the screen.
fn controlled(key: &KeyEvent) -> Option<Action> {
    match key.code {
        KeyCode::Char('c') => Some(Action::Quit),
        KeyCode::Char('l') => Some(Action::Redraw),
        KeyCode::Char('z') => Some(Action::Suspend),
        _ => None,
    }
}

fn pressed(key: &KeyEvent, mode: Mode) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return controlled(key);
    }
    match key.code {
        KeyCode::Char('q') => Some(Action::Quit),
        // Any other key leaves the list of keys.
        _ if mode == Mode::Keys => Some(Action::Escape),
        KeyCode::Char('h' | '?') | KeyCode::F(1) => Some(Action::ShowKeys),
        KeyCode::Up | KeyCode::Char('k') => Some(Action::Move(-1)),
        KeyCode::Down | KeyCode::Char('j') => Some(Action::Move(1)),
        KeyCode::PageUp => Some(Action::Page(-1)),
        KeyCode::PageDown => Some(Action::Page(1)),
        KeyCode::Home | KeyCode::Char('g') => Some(Action::Select(0)),
        KeyCode::End | KeyCode::Char('G') => Some(Action::Select(usize::MAX)),
        KeyCode::Left => Some(Action::Close),
        KeyCode::Right => Some(Action::Open),
        KeyCode::Char(' ') => Some(Action::Fold),
        KeyCode::Enter => Some(Action::Enter),
        KeyCode::Char('d') => Some(Action::Detail),
        KeyCode::Esc => Some(Action::Escape),
        KeyCode::Char('/') => Some(Action::Filter),
        KeyCode::Char('s' | '>') => Some(Action::SortNext(1)),
        KeyCode::Char('S' | '<') => Some(Action::SortNext(-1)),
        KeyCode::Char('r') => Some(Action::Reverse),
        KeyCode::Char('p') => Some(Action::Pause),
        KeyCode::Char('+' | '=') => Some(Action::Faster(true)),
        KeyCode::Char('-') => Some(Action::Faster(false)),
        KeyCode::Char('u') => Some(Action::Raw),
        KeyCode::Char('z') => Some(Action::Zeros),
        KeyCode::Char('t') => Some(Action::Flat),
        _ => None,
    }
}

fn clicked(mouse: MouseEvent, view: &View, layout: &Layout) -> Option<Action> {
    let at = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::ScrollUp => Some(Action::Move(-WHEEL)),
        MouseEventKind::ScrollDown => Some(Action::Move(WHEEL)),
        MouseEventKind::Down(MouseButton::Left) if view.mode == Mode::Detail => None,
        MouseEventKind::Down(MouseButton::Left) if layout.header.contains(at) => {
            sort_by(&layout.columns, at.x)
        }
        MouseEventKind::Down(MouseButton::Left) if layout.processes.contains(at) => {
            sort_by(&layout.of_processes, at.x)
        }
        MouseEventKind::Down(MouseButton::Left) if layout.rows.contains(at) => {
            let index = view.first + usize::from(at.y - layout.rows.y);
            let row = view.table.rows.get(index)?;
            let mark = u16::try_from(2 * row.depth).unwrap_or(u16::MAX);
            let is_on_mark = row.is_open().is_some() && (mark..=mark + 1).contains(&at.x);
            Some(if is_on_mark { Action::FoldRow(index) } else { Action::Select(index) })
        }
        _ => None,
    }
}

/// What a click on the heading at `x` does.
fn sort_by(columns: &[Column], x: u16) -> Option<Action> {
    match columns.iter().find(|column| column.contains(x))?.kind {
        ColumnKind::Sortable(sort) => Some(Action::SortBy(sort)),
        ColumnKind::Trend => None,
    }
}
