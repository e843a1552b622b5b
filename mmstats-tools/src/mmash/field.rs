//! What a metric is, besides its value: the same in all processes of a program, and kept once.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use mmstats_reader::{Aggregate, Buckets, Kind, Metric, TagValue, Value};

use crate::combining::total::Rule;
use crate::output::{Measure, members};

/// What is known of a metric besides its value. Every string is as its writer left it.
#[derive(Debug)]
pub(crate) struct Field {
    /// What tells it from others.
    identity: Identity,
    /// What it means, in words.
    pub(crate) help: Box<str>,
    /// How its values of several files are combined.
    pub(crate) rule: Rule,
    /// What of it is kept over time; nothing of texts, records, and what never changes.
    pub(crate) track: Option<Track>,
}

/// What tells fields apart whose values cannot be combined.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Identity {
    label: Box<str>,
    tags: Box<[(Box<str>, Box<str>)]>,
    kind: Option<Kind>,
    unit: Box<str>,
    scale: i8,
    aggregate: Aggregate,
    is_text: bool,
    division: Option<Buckets>,
    members: Box<[Member]>,
}

/// A member of a record: its name, unit and scale.
type Member = (Box<str>, Box<str>, i8);

/// What of a field is kept over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Track {
    /// How much it grew.
    Growth,
    /// What it was.
    Level,
    /// How many numbers came, and their sum.
    Average,
    /// How many values of each size came.
    Distribution(Buckets),
}

/// The tag by which the reader tells threads apart.
pub(crate) const TID: &str = "tid";

impl Field {
    /// What `metric` is, whose value is `value` if it is whole. The values of a process's threads are those
    /// of one field.
    pub(crate) fn of(metric: &Metric<'_>, value: Option<&Value>) -> Self {
        let members =
            members(metric).map(|(name, measure)| (name.into(), measure.unit.into(), measure.scale));
        let division = match value {
            Some(Value::Histogram(histogram)) => Some(histogram.division()),
            Some(Value::Timer(timer)) => Some(timer.durations().division()),
            _ => None,
        };
        let identity = Identity {
            label: metric.label().into(),
            tags: tags(metric).map(|(key, value)| (key.into(), value.to_string().into())).collect(),
            kind: metric.kind(),
            unit: metric.unit().into(),
            scale: metric.scale(),
            aggregate: metric.aggregate(),
            is_text: matches!(value, Some(Value::Text(_))),
            division,
            members: members.collect(),
        };
        let rule = Rule::of(metric, value);
        let track = identity.track(rule);
        Self { identity, help: metric.help().into(), rule, track }
    }

    /// Whether `metric` is this field, as far as metrics of one file can differ.
    pub(crate) fn is_of(&self, metric: &Metric<'_>) -> bool {
        if *self.identity.label != *metric.label() || self.identity.kind != metric.kind() {
            return false;
        }
        // Only these can come and go with the threads that have one.
        let is_per_thread = matches!(self.kind(), Some(Kind::Text | Kind::MovingAverage | Kind::Record));
        !is_per_thread || self.has_tags_of(metric)
    }

    fn has_tags_of(&self, metric: &Metric<'_>) -> bool {
        let mut own = self.tags();
        let is_next = |(key, value): (&str, TagValue<'_>)| {
            own.next().is_some_and(|(own_key, own_value)| {
                own_key == key
                    && match value {
                        TagValue::Text(text) => own_value == text,
                        TagValue::Number(number) => own_value.parse() == Ok(number),
                    }
            })
        };
        tags(metric).all(is_next) && own.next().is_none()
    }

    /// Its name.
    pub(crate) fn label(&self) -> &str {
        &self.identity.label
    }

    /// What tells it from others of its label.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.identity.tags.iter().map(|(key, value)| (&**key, &**value))
    }

    /// What it counts or holds, if the file's format says so.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.identity.kind
    }

    /// Whether it is a text, whatever its file's format says of kinds.
    pub(crate) fn is_text(&self) -> bool {
        self.identity.is_text || self.kind() == Some(Kind::Text)
    }

    /// The unit of its values; empty is none.
    pub(crate) fn unit(&self) -> &str {
        &self.identity.unit
    }

    /// Whether it says something of its process that does not change.
    pub(crate) fn is_attribute(&self) -> bool {
        self.identity.is_text && self.identity.aggregate == Aggregate::Constant
    }

    pub(crate) fn measure(&self) -> Measure<'_> {
        Measure { unit: &self.identity.unit, scale: self.identity.scale }
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Measure<'_>)> {
        let members = self.identity.members.iter();
        members.map(|(name, unit, scale)| (&**name, Measure { unit, scale: *scale }))
    }

    /// Whether something of it can be told by the second: of counters and what counts values, and of
    /// numbers of which nobody says what they are.
    pub(crate) fn has_rate(&self) -> bool {
        match self.track {
            Some(Track::Level) => self.kind().is_none(),
            track => track.is_some(),
        }
    }
}

impl Identity {
    fn track(&self, rule: Rule) -> Option<Track> {
        if self.aggregate == Aggregate::Constant {
            return None;
        }
        match self.kind {
            // Numbers of which no sum is meant: by these a process says which it is, and since when.
            None | Some(Kind::Gauge) if matches!(rule, Rule::Same | Rule::Range) => None,
            Some(Kind::Counter) => Some(Track::Growth),
            Some(Kind::UpDown | Kind::Gauge | Kind::MovingAverage) => Some(Track::Level),
            None => (!self.is_text).then_some(Track::Level),
            Some(Kind::Average) => Some(Track::Average),
            Some(Kind::Histogram | Kind::Timer) => self.division.map(Track::Distribution),
            Some(_) => None,
        }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
    }
}

/// The tags of `metric`, but for the thread whose it is.
fn tags<'a>(metric: &Metric<'a>) -> impl Iterator<Item = (&'a str, TagValue<'a>)> {
    metric.tags().filter(|(key, value)| !(*key == TID && matches!(value, TagValue::Number(_))))
}

/// Things of which each is kept once.
#[derive(Debug)]
pub(crate) struct Interned<T>(HashSet<Arc<T>>);

impl<T: Eq + Hash> Interned<T> {
    /// The one that is equal to `item`.
    pub(crate) fn intern(&mut self, item: T) -> Arc<T> {
        if let Some(known) = self.0.get(&item) {
            return Arc::clone(known);
        }
        let item = Arc::new(item);
        self.0.insert(Arc::clone(&item));
        item
    }

    /// Forgets what nobody else holds.
    pub(crate) fn sweep(&mut self) {
        self.0.retain(|item| Arc::strong_count(item) > 1);
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}
