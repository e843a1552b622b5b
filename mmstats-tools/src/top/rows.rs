//! Which rows there are, and in which order.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use clap::ValueEnum;
use mmstats_reader::in_unit;
use mmstats_reader::watch::WriterId;

use super::filter::Filter;
use super::folds::Folds;
use super::model::{FieldId, Model};
use super::shape::{Field, Shape};
use super::track::Track;
use super::writer::Writer;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose it is.
    pub writer: WriterId,
    /// How deep it is in the tree.
    pub depth: usize,
    /// What it shows.
    pub part: Part,
}

/// What a row shows of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The process.
    Process {
        /// Whether what is below it is shown.
        is_open: bool,
        /// How many fields there are below it.
        count: usize,
    },
    /// A group of fields.
    Group {
        /// Which of the writer's tree.
        node: u32,
        /// Whether what is below it is shown.
        is_open: bool,
        /// How many fields there are below it.
        count: usize,
    },
    /// A field.
    Field {
        /// Which of the writer's.
        field: u32,
        /// Bytes of its label that groups above it show.
        from: usize,
    },
}

/// What rows are sorted by: what the columns show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// The label and its tags.
    Name,
    /// The value.
    Value,
    /// How many came a second, in the last interval.
    Rate,
    /// The same, over the last 10 seconds.
    #[value(name = "10s")]
    Ten,
    /// The same, over the last 60 seconds.
    #[value(name = "60s")]
    Sixty,
    /// The same, since the file was made.
    Life,
}

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what. Names are sorted upwards, numbers downwards.
    pub sort: Sort,
    /// The other way round.
    pub is_reversed: bool,
}

/// What decides which rows there are.
#[derive(Debug)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// All fields in one list, in place of a tree for each process.
    pub is_flat: bool,
    /// Only fields that are not zero, unless there is a filter.
    pub hides_zeros: bool,
    /// Only what this takes.
    pub filter: Filter,
    /// What is below closed rows is not shown.
    pub folds: Folds,
    /// Which fields of each shape the filter takes.
    taken: HashMap<u64, Rc<[bool]>>,
}

impl Row {
    /// The field that it shows, if it does.
    pub fn field(&self) -> Option<FieldId> {
        match self.part {
            Part::Field { field, .. } => Some((self.writer, field)),
            _ => None,
        }
    }

    /// Whether what is below it is shown, if there is something.
    pub fn is_open(&self) -> Option<bool> {
        match self.part {
            Part::Process { is_open, .. } | Part::Group { is_open, .. } => Some(is_open),
            Part::Field { .. } => None,
        }
    }
}

impl Sort {
    /// By all there is to sort by, in the order of the columns.
    pub const ALL: [Self; 6] = [Self::Name, Self::Value, Self::Rate, Self::Ten, Self::Sixty, Self::Life];

    /// The heading of its column.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Value => "VALUE",
            Self::Rate => "RATE/s",
            Self::Ten => "10s",
            Self::Sixty => "60s",
            Self::Life => "LIFE",
        }
    }

    /// What a field is sorted by; nothing for names.
    fn key(self, writer: &Writer, field: &Field, track: &Track, model: &Model) -> Option<f64> {
        match self {
            Self::Name => None,
            Self::Value => track.number().map(|number| in_unit(number, field.scale)),
            Self::Rate => track.rate(),
            Self::Ten => track.ten(),
            Self::Sixty => track.sixty(),
            Self::Life => writer.life_rate(field, track, model.now.wall),
        }
    }
}

impl Order {
    /// Sorts `items` by their numbers; those without one come last.
    fn apply<T>(self, items: &mut [(Option<f64>, T)]) {
        items.sort_by(|(one, _), (other, _)| match (one, other) {
            (Some(one), Some(other)) if self.is_reversed => one.total_cmp(other),
            (Some(one), Some(other)) => other.total_cmp(one),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
    }
}

impl Wanted {
    /// All, sorted by name.
    pub fn new(folds: Folds) -> Self {
        Self {
            order: Order { sort: Sort::Name, is_reversed: false },
            is_flat: false,
            hides_zeros: false,
            filter: Filter::default(),
            folds,
            taken: HashMap::new(),
        }
    }

    /// Takes only what `text` says from now on.
    pub fn filter_by(&mut self, text: &str) {
        self.filter = Filter::new(text, std::mem::take(&mut self.filter));
        self.folds.filter(!self.filter.is_all());
        self.taken.clear();
    }

    /// The rows that `model` has now.
    pub fn rows(&mut self, model: &Model) -> Vec<Row> {
        self.look_up_shapes(model);
        let mut rows = Builder { model, wanted: self, rows: Vec::new() };
        if rows.wanted.is_flat {
            rows.list();
        } else {
            rows.trees();
        }
        rows.rows
    }

    /// Lets the filter look at the fields of each shape that it has not seen.
    fn look_up_shapes(&mut self, model: &Model) {
        let mut known = std::mem::take(&mut self.taken);
        if self.filter.is_all() {
            return;
        }
        for (_, Writer { shape, .. }) in model.writers() {
            let is_wanted = |field| self.filter.takes(&shape.name(field, 0).to_string());
            let taken = known
                .remove(&shape.id)
                .or_else(|| self.taken.get(&shape.id).map(Rc::clone))
                .unwrap_or_else(|| shape.fields().iter().map(is_wanted).collect());
            self.taken.insert(shape.id, taken);
        }
    }
}

struct Builder<'a> {
    model: &'a Model,
    wanted: &'a Wanted,
    rows: Vec<Row>,
}

/// A writer whose rows are made.
#[derive(Clone, Copy)]
struct Tree<'a> {
    id: WriterId,
    writer: &'a Writer,
    /// Which of its fields the filter takes; nothing if it takes all.
    taken: Option<&'a [bool]>,
}

impl<'a> Builder<'a> {
    /// All fields of all processes in one list.
    fn list(&mut self) {
        let mut fields = Vec::new();
        for tree in self.writers() {
            let all = (0..).take(tree.writer.tracks.len());
            fields.extend(
                all.filter(|field| self.is_shown(tree, *field))
                    .map(|field| (self.key(tree, field), (tree, field))),
            );
        }
        let order = self.wanted.order;
        if order.sort == Sort::Name {
            let name = |(tree, index): &(Tree<'a>, u32)| -> Option<&'a str> {
                let shape: &Shape = &tree.writer.shape;
                Some(shape.label(shape.fields().get(*index as usize)?))
            };
            fields.sort_by(|(_, one), (_, other)| name(one).cmp(&name(other)));
            if order.is_reversed {
                fields.reverse();
            }
        } else {
            order.apply(&mut fields);
        }
        let row = |(_, (tree, field)): (_, (Tree<'_>, u32))| Row {
            writer: tree.id,
            depth: 0,
            part: Part::Field { field, from: 0 },
        };
        self.rows.extend(fields.into_iter().map(row));
    }

    /// A tree for each process.
    fn trees(&mut self) {
        let mut trees: Vec<(Option<f64>, Tree<'a>)> =
            self.writers().map(|tree| (self.best(tree, tree.writer.shape.tree.roots()), tree)).collect();
        let name = |writer: &'a Writer| (writer.key(), writer.path.as_path());
        trees.sort_by(|(_, one), (_, other)| name(one.writer).cmp(&name(other.writer)));
        self.sort(&mut trees);
        for (_, tree) in trees {
            let roots = tree.writer.shape.tree.roots();
            let count = self.count_all(tree);
            if count == 0 && !self.wanted.filter.is_all() {
                continue;
            }
            let is_open = self.wanted.folds.is_process_open(tree.id);
            self.rows.push(Row { writer: tree.id, depth: 0, part: Part::Process { is_open, count } });
            if is_open {
                self.add(tree, roots, 1);
            }
        }
    }

    /// Adds what is shown of `nodes`.
    fn add(&mut self, tree: Tree<'_>, nodes: &[u32], depth: usize) {
        let mut nodes: Vec<(Option<f64>, u32)> =
            nodes.iter().map(|node| (self.best(tree, &[*node]), *node)).collect();
        self.sort(&mut nodes);
        let shape = &tree.writer.shape;
        for (_, index) in nodes {
            let Some(node) = shape.tree.node(index) else { continue };
            let row = |part| Row { writer: tree.id, depth, part };
            let count = self.count(tree, &[index]);
            match &node.group {
                _ if count == 0 => {}
                None => self.rows.push(row(Part::Field { field: node.field, from: node.from })),
                Some(group) => {
                    let is_open = self.wanted.folds.is_group_open(tree.id, shape, node);
                    self.rows.push(row(Part::Group { node: index, is_open, count }));
                    if is_open {
                        self.add(tree, &group.children, depth + 1);
                    }
                }
            }
        }
    }

    /// Sorts what is sorted by name already.
    fn sort<T>(&self, items: &mut [(Option<f64>, T)]) {
        match self.wanted.order {
            Order { sort: Sort::Name, is_reversed: false } => {}
            Order { sort: Sort::Name, is_reversed: true } => items.reverse(),
            order => order.apply(items),
        }
    }

    fn writers(&self) -> impl Iterator<Item = Tree<'a>> + use<'a> {
        let Wanted { filter, taken, .. } = self.wanted;
        self.model.writers().map(move |(id, writer)| {
            // Whoever looks for a process wants all of its fields.
            let is_wanted = filter.is_all() || filter.takes(&writer.process.name) || is_pid(filter, writer);
            let taken = if is_wanted { None } else { taken.get(&writer.shape.id).map(|taken| &**taken) };
            Tree { id, writer, taken }
        })
    }

    fn is_shown(&self, tree: Tree<'_>, field: u32) -> bool {
        let index = field as usize;
        let is_zero = || tree.writer.tracks.get(index).is_some_and(Track::is_zero);
        tree.writer.shape.fields().get(index).is_some_and(|field| field.is_taken)
            && tree.taken.is_none_or(|taken| taken.get(index) == Some(&true))
            && !(self.wanted.hides_zeros && self.wanted.filter.is_all() && is_zero())
    }

    fn count_all(&self, tree: Tree<'_>) -> usize {
        if tree.taken.is_none() && !self.wanted.hides_zeros {
            return tree.writer.shape.taken;
        }
        self.count(tree, tree.writer.shape.tree.roots())
    }

    /// How many fields are shown of `nodes`.
    fn count(&self, tree: Tree<'_>, nodes: &[u32]) -> usize {
        let nodes = nodes.iter().filter_map(|node| tree.writer.shape.tree.node(*node));
        nodes
            .map(|node| match &node.group {
                Some(group) => self.count(tree, &group.children),
                None => usize::from(self.is_shown(tree, node.field)),
            })
            .sum()
    }

    fn key(&self, tree: Tree<'_>, field: u32) -> Option<f64> {
        let index = field as usize;
        let (field, track) = (tree.writer.shape.fields().get(index)?, tree.writer.tracks.get(index)?);
        self.wanted.order.sort.key(tree.writer, field, track, self.model)
    }

    /// What `nodes` are sorted by: of a group, the one of its fields that comes first.
    fn best(&self, tree: Tree<'_>, nodes: &[u32]) -> Option<f64> {
        let Order { sort, is_reversed } = self.wanted.order;
        if sort == Sort::Name {
            return None;
        }
        let nodes = nodes.iter().filter_map(|node| tree.writer.shape.tree.node(*node));
        let keys = nodes.filter_map(|node| match &node.group {
            Some(group) => self.best(tree, &group.children),
            None if self.is_shown(tree, node.field) => self.key(tree, node.field),
            None => None,
        });
        if is_reversed { keys.reduce(f64::min) } else { keys.reduce(f64::max) }
    }
}

fn is_pid(filter: &Filter, writer: &Writer) -> bool {
    writer.process.pid.is_some_and(|pid| filter.text() == pid.to_string())
}
