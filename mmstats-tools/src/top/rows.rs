//! Which rows there are, and in which order.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::rc::Rc;

use mmstats_reader::watch::WriterId;

use super::filter::Filter;
use super::folds::Folds;
use super::model::{FieldId, Model};
use super::order::{Order, Sort};
use super::shape::Field;
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

/// The rows of a table.
#[derive(Debug, Default)]
pub struct Rows {
    /// From the first to the last.
    pub rows: Vec<Row>,
    /// How many processes have something in them.
    pub processes: usize,
    /// How many fields there are in them, or below those that are closed.
    pub fields: usize,
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
    /// A field, with its whole name.
    pub(super) fn in_list(writer: WriterId, field: u32) -> Self {
        Self { writer, depth: 0, part: Part::Field { field, from: 0 } }
    }

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

    /// Whether other values may be other rows, or in another order.
    pub fn depends_on_values(&self) -> bool {
        self.order.sort != Sort::Name || self.hides_zeros
    }

    /// The rows that `model` has now, in the memory of those that it had `before`.
    pub fn rows(&mut self, model: &Model, before: Rows) -> Rows {
        self.look_up_shapes(model);
        let builder = Builder { model, wanted: self };
        let mut trees = builder.trees();
        let fields = trees.iter().map(|(_, count)| count).sum();
        let mut processes: Vec<_> = trees.iter().map(|(tree, _)| tree.writer.key()).collect();
        processes.sort_unstable();
        processes.dedup();
        let mut rows = before.rows;
        rows.clear();
        if self.is_flat && !self.order.sort.is_of_processes() {
            rows.reserve(fields);
            builder.list(&trees, &mut rows);
        } else {
            builder.sort_trees(&mut trees);
            if self.is_flat {
                builder.list_by_process(&trees, &mut rows);
            } else {
                builder.nest(&trees, &mut rows);
            }
        }
        Rows { processes: processes.len(), rows, fields }
    }

    /// Lets the filter look at the fields of each shape that it has not seen.
    fn look_up_shapes(&mut self, model: &Model) {
        let mut known = std::mem::take(&mut self.taken);
        if self.filter.is_all() {
            return;
        }
        for (_, Writer { shape, .. }) in model.writers() {
            let is_wanted = |field: &Field| self.filter.takes(&field.name(0).to_string());
            let taken = known
                .remove(&shape.id)
                .or_else(|| self.taken.get(&shape.id).map(Rc::clone))
                .unwrap_or_else(|| shape.fields.iter().map(is_wanted).collect());
            self.taken.insert(shape.id, taken);
        }
    }
}

/// What rows are made of.
pub(super) struct Builder<'a> {
    pub(super) model: &'a Model,
    pub(super) wanted: &'a Wanted,
}

/// A writer whose rows are made.
#[derive(Clone, Copy)]
pub(super) struct Tree<'a> {
    pub(super) id: WriterId,
    pub(super) writer: &'a Writer,
    /// Which of its fields the filter takes; nothing if it takes all.
    taken: Option<&'a [bool]>,
}

impl<'a> Builder<'a> {
    /// The writers that have something to show, and how many fields of each are shown.
    fn trees(&self) -> Vec<(Tree<'a>, usize)> {
        let trees = self.writers().map(|tree| (tree, self.count_all(tree)));
        trees.filter(|(_, count)| *count > 0 || self.wanted.filter.is_all()).collect()
    }

    /// A tree for each process.
    fn nest(&self, trees: &[(Tree<'a>, usize)], rows: &mut Vec<Row>) {
        for (tree, count) in trees {
            let is_open = self.wanted.folds.is_process_open(tree.id);
            rows.push(Row { writer: tree.id, depth: 0, part: Part::Process { is_open, count: *count } });
            if is_open {
                self.add(*tree, tree.writer.shape.tree.roots(), 1, rows);
            }
        }
    }

    /// Adds what is shown of `nodes`.
    fn add(&self, tree: Tree<'_>, nodes: &[u32], depth: usize, rows: &mut Vec<Row>) {
        let mut nodes = nodes.to_vec();
        self.sort_nodes(tree, &mut nodes);
        let shape = &tree.writer.shape;
        for index in nodes {
            let Some(node) = shape.tree.node(index) else { continue };
            let row = |part| Row { writer: tree.id, depth, part };
            let count = self.count(tree, &[index]);
            match &node.group {
                _ if count == 0 => {}
                None => rows.push(row(Part::Field { field: node.field, from: node.from as usize })),
                Some(group) => {
                    let is_open = self.wanted.folds.is_group_open(tree.id, shape, node);
                    rows.push(row(Part::Group { node: index, is_open, count }));
                    if is_open {
                        self.add(tree, &group.children, depth + 1, rows);
                    }
                }
            }
        }
    }

    /// Sorts processes, which are sorted by name already.
    fn sort_trees(&self, trees: &mut [(Tree<'a>, usize)]) {
        let order = self.wanted.order;
        match order.sort {
            Sort::Name if order.is_reversed => trees.reverse(),
            Sort::Name => {}
            Sort::User if order.is_reversed => trees.sort_by_key(|(tree, _)| Reverse(&*tree.writer.user)),
            Sort::User => trees.sort_by_key(|(tree, _)| &*tree.writer.user),
            sort if sort.is_of_processes() => {
                let number = |tree: &Tree<'_>| sort.of_process(tree.writer, self.model.now.moment);
                trees.sort_by_cached_key(|(tree, _)| order.place(number(tree)));
            }
            _ => trees.sort_by_cached_key(|(tree, _)| {
                order.place(self.best(*tree, tree.writer.shape.tree.roots()))
            }),
        }
    }

    /// Sorts nodes of `tree`, which are sorted by name already.
    fn sort_nodes(&self, tree: Tree<'_>, nodes: &mut [u32]) {
        let order = self.wanted.order;
        if order.sort.is_of_values() {
            nodes.sort_by_cached_key(|node| order.place(self.best(tree, &[*node])));
        } else if order.sort == Sort::Name && order.is_reversed {
            nodes.reverse();
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

    pub(super) fn is_shown(&self, tree: Tree<'_>, field: u32) -> bool {
        let index = field as usize;
        let is_zero = || tree.writer.tracks.get(index).is_some_and(Track::is_zero);
        tree.writer.shape.fields.get(index).is_some_and(|field| field.is_taken)
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

    /// What `nodes` are sorted by: of a group, the one of its fields that comes first.
    fn best(&self, tree: Tree<'_>, nodes: &[u32]) -> Option<f64> {
        let Order { sort, is_reversed } = self.wanted.order;
        let key = |index: u32| {
            let field = tree.writer.shape.fields.get(index as usize)?;
            let track = tree.writer.tracks.get(index as usize)?;
            sort.of_field(tree.writer, field, track, self.model.now.moment)
        };
        let nodes = nodes.iter().filter_map(|node| tree.writer.shape.tree.node(*node));
        let keys = nodes.filter_map(|node| match &node.group {
            Some(group) => self.best(tree, &group.children),
            None if self.is_shown(tree, node.field) => key(node.field),
            None => None,
        });
        if is_reversed { keys.reduce(f64::min) } else { keys.reduce(f64::max) }
    }
}

fn is_pid(filter: &Filter, writer: &Writer) -> bool {
    writer.process.pid.is_some_and(|pid| filter.text() == pid.to_string())
}
