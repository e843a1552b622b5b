//! What metrics there are in the files that are combined.

use std::collections::HashMap;
use std::fmt::{self, Write};

use mmstats_reader::{Kind, Metric, TagValue, Value};

use super::total::Rule;
use crate::output::{Measure, members};

/// More than any programs have; but a file can hold more than there is memory for.
const MAX_METRICS: usize = 1 << 18;

/// Metrics, each described once: in thousands of files there are few.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    descriptions: Vec<Description>,
    /// By what tells those apart whose values cannot be combined.
    indices: HashMap<String, usize>,
    /// Reused from metric to metric.
    key: String,
}

/// What is known of a metric besides its value. Every string is as its writer left it.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) label: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) help: String,
    pub(super) unit: String,
    pub(super) kind: Option<Kind>,
    pub(super) type_name: String,
    pub(super) scale: i8,
    pub(super) rule: Rule,
    /// Of a record, the members' names, units and scales.
    members: Vec<(String, String, i8)>,
}

impl Catalog {
    /// The index of what describes `metric`, whose value is `value` if it is whole; nothing if there are
    /// too many others.
    pub(super) fn find(&mut self, metric: &Metric<'_>, value: Option<&Value>) -> Option<usize> {
        let rule = Rule::of(metric, value);
        self.key.clear();
        // Writing to a string does not fail.
        let _ = write_key(metric, value, rule, &mut self.key);
        if let Some(index) = self.indices.get(&self.key) {
            return Some(*index);
        }
        let index = self.descriptions.len();
        if index >= MAX_METRICS {
            return None;
        }
        self.indices.insert(self.key.clone(), index);
        self.descriptions.push(Description::new(metric, rule));
        Some(index)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Description> {
        self.descriptions.get(index)
    }
}

/// Writes what tells metrics apart whose values cannot be combined. In front of each string is how long it
/// is, so that no other strings make the same key.
fn write_key(metric: &Metric<'_>, value: Option<&Value>, rule: Rule, key: &mut String) -> fmt::Result {
    let mut put = |text: &str| write!(key, "{}:{text}", text.len());
    put(metric.label())?;
    put(metric.unit())?;
    for (name, value) in metric.tags() {
        put(name)?;
        match value {
            TagValue::Text(text) => put(text)?,
            TagValue::Number(number) => put(&number.to_string())?,
        }
    }
    for member in metric.members() {
        put(member.label())?;
        put(member.unit())?;
        put(member.type_name())?;
        put(&member.scale().to_string())?;
    }
    // Sums have a type of their own.
    put(if rule == Rule::Sum { "" } else { metric.type_name() })?;
    let buckets = match value {
        Some(Value::Histogram(histogram)) => Some(histogram.division()),
        Some(Value::Timer(timer)) => Some(timer.durations().division()),
        _ => None,
    };
    write!(key, "{:?} {rule:?} {} {buckets:?}", metric.kind(), metric.scale())
}

impl Description {
    fn new(metric: &Metric<'_>, rule: Rule) -> Self {
        let owned =
            |(name, measure): (&str, Measure<'_>)| (name.to_owned(), measure.unit.to_owned(), measure.scale);
        Self {
            label: metric.label().to_owned(),
            tags: metric.tags().map(|(key, value)| (key.to_owned(), value.to_string())).collect(),
            help: metric.help().to_owned(),
            unit: metric.unit().to_owned(),
            kind: metric.kind(),
            type_name: metric.type_name().to_owned(),
            scale: metric.scale(),
            rule,
            members: members(metric).map(owned).collect(),
        }
    }

    /// Label and tags.
    pub(super) fn name(&self) -> (&str, &[(String, String)]) {
        (&self.label, &self.tags)
    }

    pub(super) fn measure(&self) -> Measure<'_> {
        Measure { unit: &self.unit, scale: self.scale }
    }

    /// The name and the measure of each member of a record.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Measure<'_>)> {
        self.members.iter().map(|(name, unit, scale)| (name.as_str(), Measure { unit, scale: *scale }))
    }
}
