//! Descriptions: all data of a metric except its value.
//!
//! A [`Description`] outlives the snapshot from which it was made. Tools keep one for each metric and share it among
//! the files that have the metric. [`Rule`] says how the values of several files are combined.

mod described;
mod rule;

use std::fmt::Write;
use std::hash::{Hash, Hasher};

use mmstats_reader::{Aggregate, Buckets, Kind, Metric, TagValue, Value};

pub use described::{Described, Member};
pub use rule::Rule;

/// All data of a metric except its value. Strings are as the writer wrote them: escape them before they are shown.
///
/// Two descriptions are equal if their values can be combined, which is if the label, the unit, the tags, the kind, the
/// scale, the [`Rule`], the members and the buckets are the same. Help, type and aggregate may differ.
#[derive(Debug)]
pub struct Description {
    /// The label, the unit, the tags and the members; then the types; then the help.
    strings: Box<str>,
    label_end: u32,
    unit_end: u32,
    /// The end of the strings that tell it from other descriptions.
    identity_end: u32,
    types_end: u32,
    /// Bytes of the first type, which is the type of the value. The types of the members follow.
    type_len: u16,
    kind: Option<Kind>,
    scale: i8,
    aggregate: Aggregate,
    rule: Rule,
    is_text: bool,
    more: Option<Box<More>>,
}

// Small, because a tool may keep a hundred thousand of them.
const _: () = assert!(size_of::<Description>() <= 48);

/// Data that only some metrics have.
#[derive(Debug, PartialEq, Eq, Hash)]
struct More {
    /// Keys and values.
    tags: Box<[(Span, Span)]>,
    members: Box<[OwnedMember]>,
    division: Option<Buckets>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OwnedMember {
    label: Span,
    unit: Span,
    scale: i8,
}

/// A part of the strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Span {
    start: u32,
    end: u32,
}

impl Description {
    /// The description of `metric`. Pass one of its values as `value` if there is one: only a value shows its buckets,
    /// and whether a metric of format 1 is a text.
    pub fn of(metric: &Metric<'_>, value: Option<&Value>) -> Self {
        Self::with_tags(metric, metric.tags(), value)
    }

    /// As [`Description::of`], with `tags` instead of the tags of `metric`.
    pub fn with_tags<'a>(
        metric: &Metric<'_>,
        tags: impl Iterator<Item = (&'a str, TagValue<'a>)>,
        value: Option<&Value>,
    ) -> Self {
        let (type_name, help) = (metric.type_name(), metric.help());
        let len = metric.label().len() + metric.unit().len() + type_name.len() + help.len();
        let mut strings = Strings(String::with_capacity(len));
        let Span { end: label_end, .. } = strings.put(metric.label());
        let Span { end: unit_end, .. } = strings.put(metric.unit());
        let tags = tags.map(|(key, value)| (strings.put(key), strings.put_value(value))).collect();
        let members = metric.members().map(|member| OwnedMember {
            label: strings.put(member.label()),
            unit: strings.put(member.unit()),
            scale: member.scale(),
        });
        let members = members.collect();
        let Span { start: identity_end, end: mut types_end } = strings.put(type_name);
        for member in metric.members() {
            // A separator, so that different types never make the same string.
            strings.put(",");
            types_end = strings.put(member.type_name()).end;
        }
        strings.put(help);
        let division = match value {
            Some(Value::Histogram(histogram)) => Some(histogram.division()),
            Some(Value::Timer(timer)) => Some(timer.durations().division()),
            _ => None,
        };
        let is_text = rule::is_text(metric, value);
        Self {
            strings: strings.0.into_boxed_str(),
            label_end,
            unit_end,
            identity_end,
            types_end,
            // Format 1 says in a u16 how long a type is, and those of format 2 are short.
            type_len: u16::try_from(type_name.len()).unwrap_or(u16::MAX),
            kind: metric.kind(),
            scale: metric.scale(),
            aggregate: metric.aggregate(),
            rule: Rule::with_text(metric, is_text),
            is_text,
            more: More { tags, members, division }.into_box(),
        }
    }

    /// Its label.
    pub fn label(&self) -> &str {
        self.text(0, self.label_end)
    }

    /// The keys and values that tell it from other metrics of its label.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        let tags = self.more.iter().flat_map(|more| &more.tags);
        tags.map(|(key, value)| (self.span(*key), self.span(*value)))
    }

    /// Whether its tags are `tags`.
    pub fn has_tags<'a>(&self, mut tags: impl Iterator<Item = (&'a str, TagValue<'a>)>) -> bool {
        let mut own = self.tags();
        let is_next = |(key, value)| {
            own.next().is_some_and(|(own_key, own_value)| own_key == key && is_shown_as(value, own_value))
        };
        tags.all(is_next) && own.next().is_none()
    }

    /// The writer's help text; empty if there is none.
    pub fn help(&self) -> &str {
        self.strings.get(self.types_end as usize..).unwrap_or_default()
    }

    /// The unit of the value; empty if it has none.
    pub fn unit(&self) -> &str {
        self.text(self.label_end, self.unit_end)
    }

    /// The kind: counter, gauge and so on. `None` in format 1, which has no kinds.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Whether its values are texts; also known for format 1, which has no kinds.
    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// The type of the value, by the name that the file's format gives it.
    pub fn type_name(&self) -> &str {
        self.types().get(..self.type_len.into()).unwrap_or_default()
    }

    /// The type of the value and those of the members of a record, with commas between them.
    pub fn types(&self) -> &str {
        self.text(self.identity_end, self.types_end)
    }

    /// The value times ten to this power is in the unit.
    pub fn scale(&self) -> i8 {
        self.scale
    }

    /// How the values of the writer's threads are combined.
    pub fn aggregate(&self) -> Aggregate {
        self.aggregate
    }

    /// How the values of several files are combined.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// How a histogram or a timer divides values into buckets.
    pub fn division(&self) -> Option<Buckets> {
        self.more.as_ref()?.division
    }

    /// The members of a record, in the order of their values.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.more.iter().flat_map(|more| &more.members).map(|OwnedMember { label, unit, scale }| Member {
            label: self.span(*label),
            unit: self.span(*unit),
            scale: *scale,
        })
    }

    fn span(&self, Span { start, end }: Span) -> &str {
        self.text(start, end)
    }

    fn text(&self, start: u32, end: u32) -> &str {
        self.strings.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The data that differ between metrics whose values cannot be combined.
    fn identity(&self) -> impl Eq + Hash {
        let Self { label_end, unit_end, identity_end, kind, scale, rule, is_text, more, .. } = self;
        (self.text(0, *identity_end), label_end, unit_end, kind, scale, rule, is_text, more)
    }
}

impl More {
    /// Itself in a box, or `None` if it is empty.
    fn into_box(self) -> Option<Box<Self>> {
        let Self { tags, members, division } = &self;
        let is_empty = tags.is_empty() && members.is_empty() && division.is_none();
        (!is_empty).then(|| Box::new(self))
    }
}

impl PartialEq for Description {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Description {}

impl Hash for Description {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// Strings, one after the other.
struct Strings(String);

impl Strings {
    fn put(&mut self, text: &str) -> Span {
        let start = self.end();
        self.0.push_str(text);
        Span { start, end: self.end() }
    }

    fn put_value(&mut self, value: TagValue<'_>) -> Span {
        match value {
            TagValue::Text(text) => self.put(text),
            TagValue::Number(number) => {
                let start = self.end();
                // Writing to a string does not fail.
                let _ = write!(self.0, "{number}");
                Span { start, end: self.end() }
            }
        }
    }

    /// Text beyond 4 GiB is not found. Readers refuse files with such labels long before.
    fn end(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

/// Whether `value` is shown as `text`.
fn is_shown_as(value: TagValue<'_>, text: &str) -> bool {
    match value {
        TagValue::Text(value) => value == text,
        TagValue::Number(value) => {
            let digits = value.checked_ilog10().map_or(1, |log| log + 1);
            text.len() == digits as usize && text.parse() == Ok(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use mmstats_reader::scan;

    use super::*;

    fn hash(description: &Description) -> u64 {
        let mut hasher = DefaultHasher::new();
        description.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn all_that_a_metric_says_is_in_its_description() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/v2/written");
        let mut count = 0;
        for (_, reader) in scan([golden]) {
            let mut reader = reader.unwrap();
            for metric in reader.snapshot().unwrap().metrics() {
                let description = Description::of(&metric, metric.value().ok().as_ref());
                assert_eq!(
                    (description.label(), description.unit(), description.help(), description.type_name()),
                    (metric.label(), metric.unit(), metric.help(), metric.type_name())
                );
                assert_eq!(
                    (description.kind(), description.scale(), description.aggregate()),
                    (metric.kind(), metric.scale(), metric.aggregate())
                );
                assert!(description.has_tags(metric.tags()), "{description:?}");
                assert!(description.members().eq(Described::members(&metric)), "{description:?}");
                let again = Description::of(&metric, metric.value().ok().as_ref());
                assert_eq!((&again, hash(&again)), (&description, hash(&description)));
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn a_number_is_a_tag_only_as_it_is_shown() {
        for (text, number, is_it) in [
            ("0", 0, true),
            ("7", 7, true),
            ("10", 10, true),
            ("07", 7, false),
            ("+7", 7, false),
            ("", 0, false),
        ] {
            assert_eq!(is_shown_as(TagValue::Number(number), text), is_it, "{text}");
        }
    }
}
