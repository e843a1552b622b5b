//! Which columns there are, and which metrics are in which.

use std::collections::HashMap;
use std::mem;
use std::rc::Rc;

use mmstats_reader::Metric;

use super::column::{Cell, Column};
use super::fields::{Field, Meaning};
use super::nearest::nearest;
use super::part::parts_of;
use super::sample::Sample;
use super::{Shown, Sort};
use crate::escape;

/// The columns of all fields that were asked for.
#[derive(Debug)]
pub struct Columns {
    fields: Vec<Asked>,
    /// In the order in which they were found.
    list: Vec<Column>,
    /// The requested places of each label that was seen.
    by_label: HashMap<String, Known>,
    /// Whether there are columns that were not there in the last line.
    has_grown: bool,
}

/// A field that was asked for, and what was found of it.
#[derive(Debug)]
struct Asked {
    field: Field,
    /// The columns of each of its meanings.
    columns: Vec<Found>,
    /// What there is of its values where it has not the part that was asked for.
    parts: Option<String>,
    /// Whether there is a metric of which no value was known.
    has_unknown: bool,
    /// Whether it was said that nothing has it.
    is_missed: bool,
}

/// What is known about a label.
#[derive(Debug)]
struct Known {
    /// The requested places.
    places: Rc<[Place]>,
    /// Whether any metric with this label may be shown.
    is_taken: bool,
}

/// The columns of a meaning.
#[derive(Debug, Default)]
struct Found {
    columns: Vec<usize>,
    /// By the names that they have if the meaning can have several.
    by_name: HashMap<Option<String>, usize>,
}

/// A meaning of a field.
#[derive(Clone, Copy, Debug)]
struct Place {
    field: usize,
    meaning: usize,
}

/// As many labels are remembered: those of files that have gone would else stay for ever.
const MAX_LABELS: usize = 1 << 20;

impl Columns {
    /// Starts without columns for `fields`.
    pub fn new(fields: Vec<Field>) -> Self {
        let asked = |field: Field| {
            let columns = field.meanings.iter().map(|_| Found::default()).collect();
            Asked { field, columns, parts: None, has_unknown: false, is_missed: false }
        };
        let fields = fields.into_iter().map(asked).collect();
        Self { fields, list: Vec::new(), by_label: HashMap::new(), has_grown: true }
    }

    /// Whether a field asks for the label of `metric`; `is_taken`: whether the metric may be shown.
    pub fn want(&mut self, metric: &Metric<'_>, is_taken: bool) -> bool {
        !self.places(metric.label(), is_taken).is_empty() && is_taken
    }

    /// The columns that show something of `metric`, whose value is `sample`.
    pub fn of(&mut self, metric: &Metric<'_>, sample: &Sample) -> Vec<usize> {
        let places = self.places(metric.label(), true);
        places.iter().filter_map(|place| self.column(*place, metric, sample)).collect()
    }

    /// Notes that `metric`, which is counted, has no value that is known.
    pub fn note_unknown(&mut self, metric: &Metric<'_>) {
        for place in self.places(metric.label(), true).iter() {
            let Some(asked) = self.fields.get_mut(place.field) else { continue };
            let meaning = asked.field.meanings.get(place.meaning);
            asked.has_unknown |= meaning.is_some_and(|meaning| meaning.selector.takes(metric));
        }
    }

    /// Has `act` done to each of the columns at `indices`, which [`Columns::of`] returned.
    pub fn each(&mut self, indices: &[usize], mut act: impl FnMut(&mut Column)) {
        for index in indices {
            if let Some(column) = self.list.get_mut(*index) {
                act(column);
            }
        }
    }

    /// The requested places of `label`. `is_taken`: whether a metric with this label may be shown.
    fn places(&mut self, label: &str, is_taken: bool) -> Rc<[Place]> {
        if let Some(known) = self.by_label.get_mut(label) {
            known.is_taken |= is_taken;
            return Rc::clone(&known.places);
        }
        if self.by_label.len() >= MAX_LABELS {
            self.by_label.clear();
        }
        let places = self.fields.iter().enumerate().flat_map(|(field, asked)| {
            let meanings = asked.field.meanings.iter().enumerate();
            let takes = meanings.filter(|(_, meaning)| meaning.selector.takes_label(label));
            takes.map(move |(meaning, _)| Place { field, meaning })
        });
        let places: Rc<[Place]> = places.collect();
        self.by_label.insert(label.to_owned(), Known { places: Rc::clone(&places), is_taken });
        places
    }

    /// The column of a meaning that shows something of `metric`, if it shows any of it.
    fn column(&mut self, place: Place, metric: &Metric<'_>, sample: &Sample) -> Option<usize> {
        let asked = self.fields.get_mut(place.field)?;
        let Meaning { selector, part } = asked.field.meanings.get(place.meaning)?;
        if !selector.takes(metric) {
            return None;
        }
        if part.as_ref().is_some_and(|part| part.of(sample).is_none()) {
            // That a pattern matches also what has no such part goes without saying.
            if !selector.is_pattern() {
                asked.parts = Some(parts_of(sample));
            }
            return None;
        }
        let name = selector.shown_name(metric);
        let found = asked.columns.get_mut(place.meaning)?;
        if let Some(column) = found.by_name.get(&name) {
            return self.list.get_mut(*column)?.fits(metric, sample).then_some(*column);
        }
        let title = match (&name, part) {
            (None, _) => asked.field.text.clone(),
            (Some(name), None) => asked.field.without_prefix(name).to_owned(),
            (Some(name), Some(part)) => {
                format!("{}:{}", asked.field.without_prefix(name), escape::text(&part.name))
            }
        };
        let column = self.list.len();
        self.list.push(Column::new(title, part.clone(), metric, sample)?);
        found.columns.push(column);
        found.by_name.insert(name, column);
        self.has_grown = true;
        Some(column)
    }

    /// The contents of each column of this line, which may be the first one, and whether the columns differ from those of
    /// the last line. A field for which nothing was found has an empty column.
    pub fn finish(&mut self, is_first: bool, is_by_second: bool) -> (bool, Vec<Shown>) {
        let cells: Vec<Cell> =
            self.list.iter_mut().map(|column| column.finish(is_first, is_by_second)).collect();
        let mut shown = Vec::new();
        for asked in &self.fields {
            let mut meanings = asked.columns.iter().map(|found| &found.columns);
            let Some(columns) = meanings.find(|columns| !columns.is_empty()) else {
                let title = asked.field.text.clone();
                shown.push(Shown { title, cell: Cell::Nothing, sort: Sort::Exact });
                continue;
            };
            shown.extend(columns.iter().filter_map(|index| {
                let (column, cell) = self.list.get(*index).zip(cells.get(*index))?;
                let title = column.title.clone();
                Some(Shown { title, cell: cell.clone(), sort: column.sort(is_by_second) })
            }));
        }
        (mem::take(&mut self.has_grown), shown)
    }

    /// The titles of columns in which there is for the first time what cannot be added up to the rest.
    pub fn mixed(&mut self) -> Vec<String> {
        let mixed =
            self.list.iter_mut().filter_map(|column| column.has_become_mixed().then(|| column.title.clone()));
        mixed.collect()
    }

    /// What to say of the fields of which nothing was found yet and nothing was said.
    pub fn missing(&mut self) -> Vec<String> {
        let is_missing = |asked: &&mut Asked| !asked.is_missed && asked.is_missing();
        let labels =
            || self.by_label.iter().filter(|(_, known)| known.is_taken).map(|(label, _)| label.as_str());
        let mut said = Vec::new();
        for asked in self.fields.iter_mut().filter(is_missing) {
            asked.is_missed = true;
            let wanted = asked.field.wanted();
            let shown = escape::text(&wanted);
            said.push(match &asked.parts {
                Some(parts) => format!("{shown}: there is no such part; there are {}", escape::text(parts)),
                None if asked.has_unknown => format!(
                    "{shown} has no value that is known: its sum does not fit into 64 bits, or it was being written \
                     whenever it was read"
                ),
                // Some file has it, of which something else keeps it away.
                None if self.by_label.contains_key(&wanted) => {
                    format!("{shown} is left out by --filter, --include, --exclude or --process")
                }
                None => match nearest(&wanted, labels()).as_slice() {
                    [] => format!("no file has the field {shown}; slurpstats shows what they have"),
                    nearest => {
                        let nearest: Vec<_> =
                            nearest.iter().map(|label| escape::text(label).to_string()).collect();
                        format!("no file has the field {shown}; near to it: {}", nearest.join(", "))
                    }
                },
            });
        }
        said
    }

    /// Whether there are fields of which nothing was ever found.
    pub fn lack(&self) -> bool {
        self.fields.iter().any(Asked::is_missing)
    }
}

impl Asked {
    fn is_missing(&self) -> bool {
        self.columns.iter().all(|found| found.columns.is_empty())
    }
}
