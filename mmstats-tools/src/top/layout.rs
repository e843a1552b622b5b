//! What is where on the screen.

use ratatui::layout::Rect;

use super::order::Sort;
use super::view::View;

/// The parts of a screen. Those that there is no room for are empty.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What is shown, of how much.
    pub title: Rect,
    /// The headings of what is said of processes.
    pub processes: Rect,
    /// The headings of the columns of fields.
    pub header: Rect,
    /// The table.
    pub rows: Rect,
    /// What the selected row means.
    pub help: Rect,
    /// Keys, or the filter.
    pub keys: Rect,
    /// The columns of fields that there is room for.
    pub columns: Vec<Column>,
    /// What is said of processes, as far as there is room, behind their names.
    pub of_processes: Vec<Column>,
}

/// A column of the table, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it shows.
    pub kind: ColumnKind,
    /// Its first column on the screen.
    pub x: u16,
    /// Columns of the screen, with a blank in front, but for the first.
    pub width: u16,
}

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// What rows can be sorted by.
    Sortable(Sort),
    /// The history of the rate, or of the value of what has none.
    Trend,
}

impl ColumnKind {
    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Sortable(sort) => sort.heading(),
            Self::Trend => "TREND",
        }
    }
}

impl ColumnKind {
    /// Whether it starts at the left, as words do; numbers end at the right.
    pub fn is_left(self) -> bool {
        matches!(self, Self::Trend | Self::Sortable(Sort::Name | Sort::User | Sort::State))
    }
}

impl Column {
    /// Where `text` of so many columns starts in it.
    pub fn start(&self, columns: usize) -> usize {
        match (self.x, self.kind.is_left()) {
            (0, _) => 0,
            (x, true) => usize::from(x) + 1,
            (x, false) => usize::from(x + self.width).saturating_sub(columns),
        }
    }

    /// Whether it is at `x`.
    pub fn contains(&self, x: u16) -> bool {
        (self.x..self.x.saturating_add(self.width)).contains(&x)
    }
}

/// The narrowest that names get before a column goes.
const MIN_NAME: u16 = 16;
/// What names have on a screen of 80 columns, and the most that they get.
const NAME: u16 = 21;
const MAX_NAME: u16 = 44;

impl Layout {
    /// The layout of a screen of this size that shows `view`.
    pub fn new(area: Rect, view: &View) -> Self {
        // The rows first, then what helps most to understand them.
        let has = |least: u16| u16::from(area.height >= least);
        let (title, header, keys, help) = (has(3), has(2), has(4), has(5));
        // A list has no rows of processes.
        let processes = if view.wanted.is_flat { 0 } else { has(8) };
        let columns = columns(area.width, view.is_raw);
        let name = columns.first().map_or(0, |column| column.width);
        let mut y = area.y;
        let mut part = |height: u16| {
            let part = Rect { y, height, ..area };
            y += height;
            part
        };
        Self {
            title: part(title),
            processes: part(processes),
            header: part(header),
            rows: part(area.height.saturating_sub(title + processes + header + keys + help)),
            help: part(help),
            keys: part(keys),
            of_processes: place(of_processes(area.width, name), name),
            columns,
        }
    }

    /// How many rows of the table there is room for.
    pub fn height(&self) -> usize {
        usize::from(self.rows.height)
    }
}

/// The columns of a table so wide.
fn columns(width: u16, is_raw: bool) -> Vec<Column> {
    use ColumnKind::{Sortable, Trend};
    use Sort::{Life, Name, Rate, Sixty, Ten, Value};

    let (value, rate) = if is_raw { (21, 13) } else { (15, 9) };
    let rates = [Rate, Ten, Sixty, Life].map(|sort| (Sortable(sort), rate));
    let mut columns = vec![(Sortable(Value), value)];
    columns.extend(rates);
    columns.push((Trend, 8));
    let used = |columns: &[(ColumnKind, u16)]| columns.iter().map(|(_, width)| width).sum::<u16>();
    while used(&columns) + MIN_NAME > width && columns.pop().is_some() {}
    let mut name = width - used(&columns);
    // What is more than names need is shared.
    let mut spare = name.saturating_sub(NAME);
    for (kind, width) in &mut columns {
        let more = match kind {
            Sortable(Value) if !is_raw => spare.min(10),
            Trend => (spare / 2).max(spare.saturating_sub(MAX_NAME - NAME)),
            Sortable(_) => 0,
        };
        *width += more;
        spare -= more;
        name -= more;
    }
    columns.insert(0, (Sortable(Name), name));
    place(columns, 0)
}

/// What is said of processes in a table so wide, behind their names.
fn of_processes(width: u16, name: u16) -> Vec<(ColumnKind, u16)> {
    let mut room = width.saturating_sub(name);
    let columns = [(Sort::Pid, 8), (Sort::User, 10), (Sort::Uptime, 11), (Sort::State, 9)];
    let fits = columns.into_iter().take_while(|(_, width)| {
        let is_enough = room >= *width;
        room = room.saturating_sub(*width);
        is_enough
    });
    fits.map(|(sort, width)| (ColumnKind::Sortable(sort), width)).collect()
}

/// Puts columns beside each other, from `x` on.
fn place(columns: Vec<(ColumnKind, u16)>, mut x: u16) -> Vec<Column> {
    let place = |(kind, width)| {
        let column = Column { kind, x, width };
        x += width;
        column
    };
    columns.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_size_has_a_layout_that_fits() {
        for width in 0..300 {
            for is_raw in [false, true] {
                let columns = columns(width, is_raw);
                assert_eq!(columns.iter().map(|column| column.width).sum::<u16>(), width, "{columns:?}");
            }
        }
        for height in 0..30 {
            let mut view = View::new(Duration::from_secs(1), false);
            for is_flat in [false, true] {
                view.wanted.is_flat = is_flat;
                let layout = Layout::new(Rect::new(0, 0, 10, height), &view);
                let Layout { title, processes, header, rows, help, keys, .. } = layout;
                let parts = [title, processes, header, rows, help, keys];
                assert_eq!(parts.iter().map(|part| part.height).sum::<u16>(), height);
                assert!(height == 0 || layout.height() > 0);
            }
        }
    }

    #[test]
    fn eighty_columns_are_enough_for_all_and_fewer_lose_the_last() {
        let kinds =
            |width| columns(width, false).iter().map(|column| column.kind.heading()).collect::<Vec<_>>();
        assert_eq!(kinds(80), ["NAME", "VALUE", "RATE/s", "10s", "60s", "LIFE", "TREND"]);
        assert_eq!(kinds(70), ["NAME", "VALUE", "RATE/s", "10s", "60s", "LIFE"]);
        assert_eq!(kinds(40), ["NAME", "VALUE", "RATE/s"]);
        assert_eq!(kinds(20), ["NAME"]);
    }
}
