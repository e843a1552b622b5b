//! What of the model is shown, and what the user makes of it.

use std::time::Duration;

use mmstats_reader::watch::WriterId;

use super::folds::Folds;
use super::model::{FieldId, Model};
use super::order::{Order, Sort};
use super::rows::{Part, Row, Rows, Wanted};

/// What the user sees, but for its size.
#[derive(Debug)]
pub struct View {
    /// Which rows there are.
    pub wanted: Wanted,
    /// The rows, as they were when something last changed.
    pub table: Rows,
    /// Index of the selected row.
    pub selected: usize,
    /// Index of the first row on the screen.
    pub first: usize,
    /// What is on the screen.
    pub mode: Mode,
    /// Numbers to the last digit.
    pub is_raw: bool,
    /// Nothing is read.
    pub is_paused: bool,
    /// Time from one reading to the next.
    pub interval: Duration,
    /// What went wrong, until a key is pressed.
    pub message: Option<String>,
    /// What the rows were made of: when it is another, so are they.
    made_of: Option<Source>,
    /// What is selected, to find it again when rows come and go.
    spot: Option<Spot>,
    /// How many rows the screen has.
    height: usize,
    /// Whether there was a process whose rows could be counted.
    has_counted: bool,
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The table.
    Table,
    /// The table, and below it the filter, which is being typed.
    Typing,
    /// The selected field by itself.
    Detail,
    /// What keys do, over the table.
    Keys,
}

/// Which of a model's fields and, where they matter, which of its values.
type Source = (u64, Option<u64>);

/// What is selected, whatever its row.
#[derive(Debug, PartialEq, Eq)]
struct Spot {
    writer: WriterId,
    /// The label of a group or the name of a field, and which of them it is; nothing for a process.
    name: Option<(bool, String)>,
}

/// What the user can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends it all.
    Quit,
    /// Lets the shell go on.
    Suspend,
    /// Draws all anew.
    Redraw,
    /// Shows what keys do.
    ShowKeys,
    /// Goes so many rows down, or up.
    Move(isize),
    /// Goes so many screens down, or up.
    Page(isize),
    /// Selects this row, or the last one.
    Select(usize),
    /// Opens what is closed and closes what is open.
    Fold,
    /// The same, of this row, which gets selected.
    FoldRow(usize),
    /// Opens what is selected.
    Open,
    /// Closes what is selected, or selects what it is in.
    Close,
    /// Opens or closes what is selected; shows a field by itself.
    Enter,
    /// Shows the selected field by itself, or the table again.
    Detail,
    /// Back to the table; without the filter if there already.
    Escape,
    /// Lets the user type a filter.
    Filter,
    /// The filter typed so far.
    Type(String),
    /// The filter is typed.
    Typed,
    /// Sorts by this, or, if it does already, the other way round.
    SortBy(Sort),
    /// Sorts by the column so many to the right.
    SortNext(isize),
    /// Sorts the other way round.
    Reverse,
    /// Stops reading, or goes on.
    Pause,
    /// Reads more often, or less.
    Faster(bool),
    /// Numbers to the last digit, or scaled.
    Raw,
    /// Hides zeros, or shows them.
    Zeros,
    /// A tree for each process, or one list.
    Flat,
}

/// Times from one reading to the next that keys choose from, in milliseconds.
const INTERVALS_MS: [u64; 9] = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/// More processes than this are never open all at once.
const FEW_PROCESSES: usize = 3;

/// Processes that come while there are more than this are closed.
const MANY_PROCESSES: usize = 32;

impl View {
    /// Shows everything, or, unless `opens_all`, as much as there is room for.
    pub fn new(interval: Duration, opens_all: bool) -> Self {
        Self {
            wanted: Wanted::new(Folds::new(opens_all)),
            table: Rows::default(),
            selected: 0,
            first: 0,
            mode: Mode::Table,
            is_raw: false,
            is_paused: false,
            interval,
            message: None,
            made_of: None,
            spot: None,
            height: 0,
            has_counted: opens_all,
        }
    }

    /// Whether some field is what the options and the filter ask for, be it hidden or not.
    pub fn has_fields(&self, model: &Model) -> bool {
        if self.wanted.filter.is_all() {
            return model.writers().any(|(_, writer)| writer.shape.taken > 0);
        }
        self.table.fields > 0
    }

    /// Does what the user wants. What ends or suspends it all is the caller's matter.
    pub fn apply(&mut self, action: Action, model: &Model) {
        self.message = None;
        match action {
            Action::Quit | Action::Suspend | Action::Redraw => {}
            Action::ShowKeys => self.mode = Mode::Keys,
            Action::Move(by) if self.mode == Mode::Detail => self.move_to_field(by, model),
            Action::Move(by) => self.select(self.selected.saturating_add_signed(by), model),
            Action::Page(by) => {
                let by = by.saturating_mul(isize::try_from(self.height.max(1)).unwrap_or(isize::MAX));
                self.first = self.first.saturating_add_signed(by);
                self.select(self.selected.saturating_add_signed(by), model);
            }
            Action::Select(index) => self.select(index, model),
            Action::Fold => self.fold(None, model),
            Action::FoldRow(index) => {
                self.select(index, model);
                self.fold(None, model);
            }
            Action::Open => self.fold(Some(true), model),
            Action::Close => self.close(model),
            Action::Enter if self.selected_field().is_none() => self.fold(None, model),
            Action::Enter | Action::Detail => self.toggle_detail(),
            Action::Escape if self.mode == Mode::Table => self.filter_by("", model),
            Action::Escape => self.escape(model),
            Action::Filter => self.mode = Mode::Typing,
            Action::Type(text) if text == self.wanted.filter.text() => {}
            Action::Type(text) => self.filter_by(&text, model),
            Action::Typed => self.mode = Mode::Table,
            Action::SortBy(sort) if sort == self.wanted.order.sort => self.reverse(model),
            Action::SortBy(sort) => self.sort_by(sort, model),
            Action::SortNext(by) => self.sort_next(by, model),
            Action::Reverse => self.reverse(model),
            Action::Pause => self.is_paused = !self.is_paused,
            Action::Faster(is_faster) => self.interval = next_interval(self.interval, is_faster),
            Action::Raw => self.is_raw = !self.is_raw,
            Action::Zeros => self.change(model, |wanted| wanted.hides_zeros = !wanted.hides_zeros),
            Action::Flat => self.change(model, |wanted| wanted.is_flat = !wanted.is_flat),
        }
    }

    /// Has the rows of what `model` has now, for a screen that has room for `height` of them.
    pub fn update(&mut self, model: &Model, height: usize) {
        self.height = height;
        let source = (model.edition(), self.wanted.depends_on_values().then(|| model.reading()));
        if self.made_of != Some(source) {
            self.made_of = Some(source);
            self.choose_folds(model, height);
            self.table = self.wanted.rows(model, std::mem::take(&mut self.table));
            if let Some(index) = self.find(model) {
                self.selected = index;
            }
        }
        self.settle(model);
    }

    /// Keeps the selected row on the rows, and on the screen.
    fn settle(&mut self, model: &Model) {
        self.selected = self.selected.min(self.table.rows.len().saturating_sub(1));
        self.spot = self.selected_row().and_then(|row| Spot::new(row, model));
        let most = self.table.rows.len().saturating_sub(self.height);
        let least = (self.selected + 1).saturating_sub(self.height);
        self.first = self.first.min(most).clamp(least, self.selected.max(least));
        if self.mode == Mode::Detail && self.selected_field().is_none() {
            self.mode = Mode::Table;
        }
    }

    /// The rows that are on the screen.
    pub fn shown(&self) -> &[Row] {
        let rows = self.table.rows.get(self.first..).unwrap_or_default();
        rows.get(..self.height).unwrap_or(rows)
    }

    /// The fields that are on the screen, sorted.
    pub fn shown_fields(&self) -> Vec<FieldId> {
        let mut fields: Vec<FieldId> = self.shown().iter().filter_map(Row::field).collect();
        fields.sort_unstable();
        fields
    }

    /// The selected row.
    pub fn selected_row(&self) -> Option<&Row> {
        self.table.rows.get(self.selected)
    }

    /// The selected field, if one is.
    pub fn selected_field(&self) -> Option<FieldId> {
        self.selected_row().and_then(Row::field)
    }

    /// Opens all processes at first if they are few or fit the screen, and closes them once they are many.
    fn choose_folds(&mut self, model: &Model, height: usize) {
        let count = model.writers().count();
        let folds = &mut self.wanted.folds;
        if !self.has_counted && count > 0 {
            self.has_counted = true;
            let rows: usize = model.writers().map(|(_, writer)| writer.shape.taken + 1).sum();
            folds.opens_processes = count <= FEW_PROCESSES || rows <= height;
        } else if count > MANY_PROCESSES && !folds.opens_all() {
            folds.opens_processes = false;
        }
        folds.retain(|writer| model.writer(writer).is_some());
    }

    /// Where what was selected is now. While rows are sorted by what changes the eye stays where it is, not
    /// on a row that jumps about, unless it looks at that one field.
    fn find(&self, model: &Model) -> Option<usize> {
        let spot = self.spot.as_ref()?;
        let follows = !self.wanted.order.sort.is_of_values() || self.mode == Mode::Detail;
        let is_it = |row: &Row| row.writer == spot.writer && Spot::new(row, model).as_ref() == Some(spot);
        if !follows || self.selected_row().is_some_and(is_it) {
            return None;
        }
        self.table.rows.iter().position(is_it)
    }

    fn select(&mut self, index: usize, model: &Model) {
        self.selected = index;
        self.settle(model);
    }

    fn move_to_field(&mut self, by: isize, model: &Model) {
        let mut index = self.selected;
        while let Some(next) = index.checked_add_signed(by.signum()).filter(|_| by != 0) {
            let Some(row) = self.table.rows.get(next) else { return };
            index = next;
            if row.field().is_some() {
                return self.select(index, model);
            }
        }
    }

    /// Opens or closes what is selected.
    fn fold(&mut self, is_open: Option<bool>, model: &Model) {
        let Some(row) = self.selected_row().copied() else { return };
        let Some(was_open) = row.is_open() else { return };
        let is_open = is_open.unwrap_or(!was_open);
        let Some(spot) = Spot::new(&row, model) else { return };
        let path = spot.name.map(|(_, path)| path).unwrap_or_default();
        self.change(model, |wanted| wanted.folds.set(row.writer, &path, is_open));
    }

    /// Closes what is selected, or selects what it is in.
    fn close(&mut self, model: &Model) {
        if self.mode == Mode::Detail {
            return self.escape(model);
        }
        match self.selected_row() {
            Some(row) if row.is_open() == Some(true) => self.fold(Some(false), model),
            Some(row) => {
                let before = self.table.rows.iter().take(self.selected);
                if let Some(parent) = before.rev().position(|other| other.depth < row.depth) {
                    self.select(self.selected - 1 - parent, model);
                }
            }
            None => {}
        }
    }

    fn toggle_detail(&mut self) {
        self.mode = match self.mode {
            Mode::Table if self.selected_field().is_some() => Mode::Detail,
            _ => Mode::Table,
        };
    }

    fn escape(&mut self, model: &Model) {
        if self.mode == Mode::Typing {
            self.filter_by("", model);
        }
        self.mode = Mode::Table;
    }

    fn filter_by(&mut self, text: &str, model: &Model) {
        self.change(model, |wanted| wanted.filter_by(text));
    }

    fn sort_by(&mut self, sort: Sort, model: &Model) {
        self.change(model, |wanted| wanted.order = Order { sort, is_reversed: false });
    }

    fn sort_next(&mut self, by: isize, model: &Model) {
        let current = Sort::ALL.iter().position(|sort| *sort == self.wanted.order.sort).unwrap_or_default();
        let count = Sort::ALL.len();
        let next = (current + count).saturating_add_signed(by) % count;
        if let Some(sort) = Sort::ALL.get(next) {
            self.sort_by(*sort, model);
        }
    }

    fn reverse(&mut self, model: &Model) {
        self.change(model, |wanted| wanted.order.is_reversed = !wanted.order.is_reversed);
    }

    /// Makes the rows anew after `change`.
    fn change(&mut self, model: &Model, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.wanted);
        self.made_of = None;
        self.update(model, self.height);
    }
}

impl Spot {
    fn new(row: &Row, model: &Model) -> Option<Self> {
        let shape = &model.writer(row.writer)?.shape;
        let name = match row.part {
            Part::Process { .. } => None,
            Part::Group { node, .. } => Some((true, shape.path(shape.tree.node(node)?)?.to_owned())),
            Part::Field { field, .. } => {
                let field = shape.fields.get(field as usize)?;
                Some((false, field.name(0).to_string()))
            }
        };
        Some(Self { writer: row.writer, name })
    }
}

/// The next of the intervals that keys choose from.
fn next_interval(now: Duration, is_faster: bool) -> Duration {
    let mut intervals = INTERVALS_MS.map(Duration::from_millis).into_iter();
    let next = if is_faster {
        intervals.rfind(|interval| *interval < now)
    } else {
        intervals.find(|interval| *interval > now)
    };
    next.unwrap_or(now)
}
