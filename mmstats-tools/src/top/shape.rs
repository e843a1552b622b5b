//! What the fields of a file are called and what they mean.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use mmstats_reader::{Kind, Metric, Snapshot, TagValue};

use super::tree::Tree;
use crate::display::{self, Named, Tags};
use crate::selection::Labels;

/// The fields of a file, without their values. The files of many processes of one program share it.
#[derive(Debug)]
pub struct Shape {
    /// Tells it from all others.
    pub id: u64,
    names: Names,
    /// How many of the fields are shown.
    pub taken: usize,
    /// The fields by what their labels have in common.
    pub tree: Tree,
}

/// What two shapes that are equal have in common. All strings are in one.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Names {
    strings: String,
    fields: Vec<Field>,
    tags: Vec<Tag>,
    members: Vec<Member>,
}

/// A field, or an element of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    label: Span,
    help: Span,
    unit: Span,
    /// Of the tags, and of the members of a record.
    tags: Span,
    members: Span,
    /// What it counts or holds, if its file says so.
    pub kind: Option<Kind>,
    /// Its value times ten to this power is in its unit.
    pub scale: i8,
    /// Whether it was asked for.
    pub is_taken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tag {
    key: Span,
    value: TagText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum TagText {
    Text(Span),
    Number(u32),
}

/// A member of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    label: Span,
    unit: Span,
    /// As that of a field.
    pub scale: i8,
}

/// A part of a longer list or text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// What was added to a list that had `start` items and now has `end`.
    fn new(start: usize, end: usize) -> Self {
        // A file of 4 GiB of names is cut: its reader refuses it long before.
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self { start: number(start), end: number(end) }
    }
}

impl Names {
    fn new(snapshot: &Snapshot<'_>, labels: &Labels) -> Self {
        let mut names = Self::default();
        let taken = labels.of(snapshot);
        for metric in snapshot.metrics() {
            let label = names.keep(metric.label());
            let (help, unit) = (names.keep(metric.help()), names.keep(metric.unit()));
            let start = names.tags.len();
            for (key, value) in metric.tags() {
                let key = names.keep(key);
                let value = match value {
                    TagValue::Text(text) => TagText::Text(names.keep(text)),
                    TagValue::Number(number) => TagText::Number(number),
                };
                names.tags.push(Tag { key, value });
            }
            let tags = Span::new(start, names.tags.len());
            let start = names.members.len();
            for member in metric.members() {
                let (label, unit) = (names.keep(member.label()), names.keep(member.unit()));
                names.members.push(Member { label, unit, scale: member.scale() });
            }
            let members = Span::new(start, names.members.len());
            let is_taken = taken.takes(&metric);
            let (kind, scale) = (metric.kind(), metric.scale());
            names.fields.push(Field { label, help, unit, tags, members, kind, scale, is_taken });
        }
        names.strings.shrink_to_fit();
        names.fields.shrink_to_fit();
        names
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = self.strings.len();
        self.strings.push_str(text);
        Span::new(start, self.strings.len())
    }

    fn text(&self, span: Span) -> &str {
        self.strings.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn tags(&self, field: &Field) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        field.tags.of(&self.tags).iter().map(|tag| {
            let value = match tag.value {
                TagText::Text(text) => TagValue::Text(self.text(text)),
                TagText::Number(number) => TagValue::Number(number),
            };
            (self.text(tag.key), value)
        })
    }

    /// Whether `metric` is `field`. In the same run of a program what had no tags has none.
    fn is(&self, field: &Field, metric: &Metric<'_>, is_same_run: bool) -> bool {
        let has_no_tags = field.tags.of(&self.tags).is_empty();
        self.text(field.label) == metric.label()
            && ((is_same_run && has_no_tags) || self.tags(field).eq(metric.tags()))
    }
}

impl Shape {
    /// All fields, in the writer's order.
    pub fn fields(&self) -> &[Field] {
        &self.names.fields
    }

    /// Whether the metrics of `snapshot` are these fields; `is_same_run` is whether they were at the last
    /// reading, of the same run of the program.
    pub fn fits(&self, snapshot: &Snapshot<'_>, is_same_run: bool) -> bool {
        let mut fields = self.fields().iter();
        let mut is_next =
            |metric| fields.next().is_some_and(|field| self.names.is(field, &metric, is_same_run));
        snapshot.metrics().all(&mut is_next) && fields.next().is_none()
    }

    /// Its label, as the writer said.
    pub fn label(&self, field: &Field) -> &str {
        self.names.text(field.label)
    }

    /// Its help, as the writer said.
    pub fn help(&self, field: &Field) -> &str {
        self.names.text(field.help)
    }

    /// Its unit, as the writer said.
    pub fn unit(&self, field: &Field) -> &str {
        self.names.text(field.unit)
    }

    /// The members of a record.
    pub fn members(&self, field: &Field) -> &[Member] {
        field.members.of(&self.names.members)
    }

    /// A member's label, as the writer said.
    pub fn member_label(&self, member: &Member) -> &str {
        self.names.text(member.label)
    }

    /// Its unit, as the writer said.
    pub fn member_unit(&self, member: &Member) -> &str {
        self.names.text(member.unit)
    }

    /// Its label from the byte `from` on, and its tags; safe to show.
    pub fn name(&self, field: &Field, from: usize) -> Name<'_> {
        Name { shape: self, field: *field, from }
    }
}

/// The name of a field, safe to show: `label{key="value"}`, or, without the label, `key="value"`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    shape: &'a Shape,
    field: Field,
    from: usize,
}

impl Named for Name<'_> {
    fn label(&self) -> &str {
        let whole = self.shape.label(&self.field);
        let rest = whole.get(self.from..).unwrap_or_default();
        // A label that ends in a dot has nothing behind those that are in common.
        if rest.is_empty() && self.tags().next().is_none() { whole } else { rest }
    }

    fn tags(&self) -> impl Iterator<Item = (&str, TagValue<'_>)> {
        self.shape.names.tags(&self.field)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Groups above say the label.
        let is_tags = self.from > 0 && self.label().is_empty();
        if is_tags { Tags(self).fmt(f) } else { display::Name(self).fmt(f) }
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names
    }
}

impl Eq for Shape {}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.names.hash(state);
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
        let names = Names::new(snapshot, labels);
        let taken = names.fields.iter().filter(|field| field.is_taken).count();
        let mut shape = Shape { id: self.last_id + 1, names, taken, tree: Tree::default() };
        if let Some(known) = self.shapes.get(&shape) {
            return Rc::clone(known);
        }
        self.last_id = shape.id;
        shape.tree = Tree::new(&shape);
        let shape = Rc::new(shape);
        self.shapes.insert(Rc::clone(&shape));
        shape
    }

    /// Forgets those that no file has any more.
    pub fn tidy(&mut self) {
        self.shapes.retain(|shape| Rc::strong_count(shape) > 1);
    }
}
