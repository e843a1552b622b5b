//! What metrics there are in the files that are combined.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use mmstats_reader::{Metric, Value};

use crate::description::{Description, Rule};

/// More than any programs have; but a file can hold more than there is memory for.
const MAX_METRICS: usize = 1 << 18;

/// Metrics, each described once: in thousands of files there are few.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    descriptions: Vec<Rc<Description>>,
    /// The index of each description, by its key.
    indices: HashMap<Key, usize>,
}

/// Metrics with different keys are not combined. The types count too, unless the values are added up, because a sum has
/// a type of its own.
#[derive(Debug)]
struct Key(Rc<Description>);

impl Catalog {
    /// The index of what describes `metric`, whose value is `value` if it is whole; nothing if there are
    /// too many others.
    pub(super) fn find(&mut self, metric: &Metric<'_>, value: Option<&Value>) -> Option<usize> {
        let description = Rc::new(Description::of(metric, value));
        let key = Key(Rc::clone(&description));
        if let Some(index) = self.indices.get(&key) {
            return Some(*index);
        }
        let index = self.descriptions.len();
        if index >= MAX_METRICS {
            return None;
        }
        self.indices.insert(key, index);
        self.descriptions.push(description);
        Some(index)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Description> {
        self.descriptions.get(index).map(|description| &**description)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let (Self(one), Self(other)) = (self, other);
        one == other && (one.rule() == Rule::Sum || one.types() == other.types())
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
