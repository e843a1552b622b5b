//! Which files are counted.

use std::collections::BTreeMap;

use mmstats_reader::{Number, Snapshot, Value};

use crate::display::{Bound, Plain, bounded};

/// What a file must have to be counted: of each key, one of its conditions.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By its key; a condition is a value, or nothing if a label that starts with the key is enough.
    by_key: BTreeMap<String, Vec<Option<String>>>,
    prefix: String,
}

impl Filter {
    /// Files with what `conditions` say, `key` or `key=value`; `prefix` may be left out of keys.
    pub fn new(conditions: &[String], prefix: &str) -> Self {
        let mut by_key: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for condition in conditions {
            let (key, value) = match condition.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (condition.as_str(), None),
            };
            by_key.entry(key.to_owned()).or_default().push(value);
        }
        Self { by_key, prefix: prefix.to_owned() }
    }

    /// Whether the file of `snapshot` is counted; nothing if that cannot be said, since a value that
    /// decides was being written.
    pub fn takes(&self, snapshot: &Snapshot<'_>) -> Option<bool> {
        let verdicts: Vec<_> =
            self.by_key.iter().map(|(key, values)| self.has(snapshot, key, values)).collect();
        let is_refused = verdicts.contains(&Some(false));
        (is_refused || !verdicts.contains(&None)).then_some(!is_refused)
    }

    /// Whether `snapshot` has one of `values` for `key`.
    fn has(&self, snapshot: &Snapshot<'_>, key: &str, values: &[Option<String>]) -> Option<bool> {
        let full = format!("{}{key}", self.prefix);
        let is_there = values.contains(&None);
        let mut is_torn = false;
        for metric in snapshot.metrics() {
            let label = metric.label();
            if is_there && (label.starts_with(&full) || label.starts_with(key)) {
                return Some(true);
            }
            if label != full && label != key {
                continue;
            }
            let Ok(value) = metric.value() else {
                is_torn = true;
                continue;
            };
            if values.iter().flatten().any(|wanted| is_shown_as(&value, metric.scale(), wanted)) {
                return Some(true);
            }
        }
        (!is_torn).then_some(false)
    }
}

/// Whether `value` is `wanted`, as it is or as it is shown.
fn is_shown_as(value: &Value, scale: i8, wanted: &str) -> bool {
    match value {
        Value::Text(text) if text == wanted => true,
        value if scale == 0 => Plain(value).to_string() == wanted,
        value => {
            Number::of(value).is_some_and(|number| bounded(number.in_unit(scale), Bound::None) == wanted)
        }
    }
}
