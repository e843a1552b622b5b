//! A field of an application. All processes of a program share it, and it is stored once.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use mmstats_reader::{Aggregate, Buckets, Kind, Metric, TagValue, Value};

use crate::description::{Description, Rule};

/// A field of an application, without its values.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its description.
    pub(crate) description: Description,
    /// What of it is kept over time; nothing of texts, records, and what never changes.
    pub(crate) track: Option<Track>,
}

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

impl Track {
    fn of(description: &Description) -> Option<Self> {
        if description.aggregate() == Aggregate::Constant {
            return None;
        }
        match description.kind() {
            // Numbers whose sum has no meaning: they identify a process, or say when it started.
            None | Some(Kind::Gauge) if matches!(description.rule(), Rule::Same | Rule::Range) => None,
            Some(Kind::Counter) => Some(Self::Growth),
            Some(Kind::UpDown | Kind::Gauge | Kind::MovingAverage) => Some(Self::Level),
            None => (!description.is_text()).then_some(Self::Level),
            Some(Kind::Average) => Some(Self::Average),
            Some(Kind::Histogram | Kind::Timer) => description.division().map(Self::Distribution),
            Some(_) => None,
        }
    }
}

/// The tag by which the reader tells threads apart.
pub(crate) const TID: &str = "tid";

impl Field {
    /// What `metric` is, whose value is `value` if it is whole. The values of a process's threads are those
    /// of one field.
    pub(crate) fn of(metric: &Metric<'_>, value: Option<&Value>) -> Self {
        let description = Description::with_tags(metric, tags(metric), value);
        let track = Track::of(&description);
        Self { description, track }
    }

    /// Whether `metric` is this field, as far as metrics of one file can differ.
    pub(crate) fn is_of(&self, metric: &Metric<'_>) -> bool {
        let Self { description, .. } = self;
        if description.label() != metric.label() || description.kind() != metric.kind() {
            return false;
        }
        // Only these can come and go with the threads that have one.
        let is_per_thread = matches!(metric.kind(), Some(Kind::Text | Kind::MovingAverage | Kind::Record));
        !is_per_thread || description.has_tags(tags(metric))
    }

    /// Whether it says something of its process that does not change.
    pub(crate) fn is_attribute(&self) -> bool {
        self.description.is_text() && self.description.aggregate() == Aggregate::Constant
    }

    /// Whether something of it can be told by the second: of counters and what counts values, and of
    /// numbers of which nobody says what they are.
    pub(crate) fn has_rate(&self) -> bool {
        match self.track {
            Some(Track::Level) => self.description.kind().is_none(),
            track => track.is_some(),
        }
    }
}

// A constant text is not the same field as a text that can change.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.description == other.description && self.description.aggregate() == other.description.aggregate()
    }
}

impl Eq for Field {}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.description.hash(state);
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
