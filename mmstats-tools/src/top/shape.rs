//! The fields of a file with their descriptions.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use mmstats_reader::{Metric, Snapshot, TagValue};

use super::tree::{Node, SYS, Tree};
use crate::description::Description;
use crate::display::{self, Named, Tags};
use crate::selection::Labels;

/// The fields of a file, without their values. The files of many processes of one program share it.
#[derive(Debug)]
pub struct Shape {
    /// Tells it from all others.
    pub id: u64,
    /// All fields, in the order of the writer.
    pub fields: Box<[Field]>,
    /// How many of the fields are shown.
    pub taken: usize,
    /// The fields by what their labels have in common.
    pub tree: Tree,
}

/// A field, or an element of one.
#[derive(Debug)]
pub struct Field {
    /// Its description.
    pub description: Description,
    /// Whether it was asked for.
    pub is_taken: bool,
}

impl Field {
    /// Whether `metric` is this field. In one run of a program, a field without tags never gets tags.
    fn is(&self, metric: &Metric<'_>, is_same_run: bool) -> bool {
        let Self { description, .. } = self;
        description.label() == metric.label()
            && ((is_same_run && description.tags().next().is_none()) || description.has_tags(metric.tags()))
    }

    /// Its label from the byte `from` on, and its tags; safe to show.
    pub fn name(&self, from: usize) -> Name<'_> {
        Name { description: &self.description, from }
    }
}

// Fields are different if only their help differs: they are of different programs.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.description, &other.description);
        self.is_taken == other.is_taken && one == two && one.help() == two.help()
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.description.hash(state);
    }
}

impl Shape {
    /// The label of the group at `node` of its tree; `None` if `node` is a field.
    pub fn path(&self, node: &Node) -> Option<&str> {
        let group = node.group.as_ref()?;
        let field = self.fields.get(node.field as usize)?;
        field.description.label().get(..group.len)
    }

    /// Whether `node` of its tree is the group of the fields that every file has.
    pub fn is_sys(&self, node: &Node) -> bool {
        self.path(node) == Some(SYS)
    }

    /// Whether the metrics of `snapshot` are these fields; `is_same_run` is whether they were at the last
    /// reading, of the same run of the program.
    pub fn fits(&self, snapshot: &Snapshot<'_>, is_same_run: bool) -> bool {
        let mut fields = self.fields.iter();
        let mut is_next = |metric| fields.next().is_some_and(|field| field.is(&metric, is_same_run));
        snapshot.metrics().all(&mut is_next) && fields.next().is_none()
    }
}

/// The name of a field, safe to show: `label{key="value"}`, or, without the label, `key="value"`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    description: &'a Description,
    from: usize,
}

impl Named for Name<'_> {
    fn label(&self) -> &str {
        let whole = self.description.label();
        let rest = whole.get(self.from..).unwrap_or_default();
        // A label that ends in a dot has nothing behind those that are in common.
        if rest.is_empty() && self.tags().next().is_none() { whole } else { rest }
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        Named::tags(self.description)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The groups above show the rest of the label.
        let is_tags = self.from > 0 && self.label().is_empty();
        if is_tags { Tags(self).fmt(f) } else { display::Name(self).fmt(f) }
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Eq for Shape {}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fields.hash(state);
    }
}

/// All shapes that are in use.
#[derive(Debug, Default)]
pub struct Shapes {
    shapes: HashSet<Rc<Shape>>,
    last_id: u64,
}

impl Shapes {
    /// The shape of `snapshot`, of whose fields those are shown that `labels` take.
    pub fn of(&mut self, snapshot: &Snapshot<'_>, labels: &Labels) -> Rc<Shape> {
        let taken = labels.of(snapshot);
        let field = |metric: Metric<'_>| Field {
            is_taken: taken.takes(&metric),
            description: Description::of(&metric, None),
        };
        let fields: Box<[Field]> = snapshot.metrics().map(field).collect();
        let taken = fields.iter().filter(|field| field.is_taken).count();
        let mut shape = Shape { id: self.last_id + 1, fields, taken, tree: Tree::default() };
        if let Some(known) = self.shapes.get(&shape) {
            return Rc::clone(known);
        }
        self.last_id = shape.id;
        let shown = (0..).zip(&shape.fields).filter(|(_, field)| field.is_taken);
        shape.tree = Tree::new(shown.map(|(index, field)| (field.description.label(), index)));
        let shape = Rc::new(shape);
        self.shapes.insert(Rc::clone(&shape));
        shape
    }

    /// Forgets those that no file has any more.
    pub fn tidy(&mut self) {
        self.shapes.retain(|shape| Rc::strong_count(shape) > 1);
    }
}
