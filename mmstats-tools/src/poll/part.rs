//! What of a value a column shows.

use super::sample::{Quantity, Sample};

/// What stands behind the colon of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// As it was asked for: a record's member may be called anything.
    pub name: String,
    /// What it means of all other values.
    pick: Option<Pick>,
}

/// What is taken of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pick {
    /// What there is now.
    Value,
    /// What came.
    Delta,
    /// What came in a second.
    Rate,
    /// How many numbers came.
    Count,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The smallest of them.
    Min,
    /// The largest of the smallest of them, as many as this part of them.
    Quantile(f64),
    /// The largest of them.
    Max,
    /// The last of them.
    Last,
    /// A member of a record.
    Member,
    /// Nothing was said: what came of numbers, and what there is of all else.
    Whole,
}

impl Pick {
    /// Whether it is in the unit of the numbers that came, and no count of them.
    pub fn is_measure(self) -> bool {
        use Pick::{Last, Max, Mean, Min, Quantile, Sum};
        matches!(self, Sum | Mean | Min | Quantile(_) | Max | Last)
    }
}

impl Part {
    /// The part called `name`.
    pub fn new(name: &str) -> Self {
        let pick = match name {
            "value" => Some(Pick::Value),
            "delta" => Some(Pick::Delta),
            "rate" => Some(Pick::Rate),
            "count" => Some(Pick::Count),
            "sum" => Some(Pick::Sum),
            "mean" => Some(Pick::Mean),
            "min" => Some(Pick::Min),
            "max" => Some(Pick::Max),
            "last" => Some(Pick::Last),
            _ => quantile(name).map(Pick::Quantile),
        };
        Self { name: name.to_owned(), pick }
    }

    /// What it takes of `sample`, if that has such a part.
    pub fn of(&self, sample: &Sample) -> Option<Pick> {
        use Pick::{Count, Delta, Last, Mean, Rate, Sum, Value};
        match &sample.quantity {
            Quantity::Record(members) => {
                members.iter().any(|member| member.label == self.name).then_some(Pick::Member)
            }
            Quantity::Text(_) => self.pick.filter(|pick| matches!(pick, Value)),
            Quantity::Number(_) => self.pick.filter(|pick| matches!(pick, Value | Delta | Rate)),
            Quantity::Average(_) => {
                self.pick.filter(|pick| matches!(pick, Value | Delta | Rate | Count | Sum | Mean))
            }
            Quantity::Histogram(_) => self.pick.filter(|pick| !matches!(pick, Last)),
            Quantity::Timer { .. } => self.pick,
        }
    }
}

/// The parts that `sample` has, for people.
pub fn parts_of(sample: &Sample) -> String {
    match &sample.quantity {
        Quantity::Text(_) => "value".into(),
        Quantity::Number(_) => "value, delta and rate".into(),
        Quantity::Average(_) => "value, delta, rate, count, sum and mean".into(),
        Quantity::Histogram(_) => {
            "value, delta, rate, count, sum, mean, min, p50, p90, p99, p999 (any pNN) and max".into()
        }
        Quantity::Timer { .. } => {
            "value, delta, rate, count, sum, mean, min, p50, p90, p99, p999 (any pNN), max and last".into()
        }
        Quantity::Record(members) => {
            members.iter().map(|member| member.label.as_str()).collect::<Vec<_>>().join(", ")
        }
    }
}

/// The part of all values that `name` says: `p5` is 5 %, `p50` 50 %, `p999` and `p99.9` 99.9 %.
fn quantile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent: f64 = if !is_number {
        return None;
    } else if digits.contains('.') || digits == "100" {
        digits.parse().ok()?
    } else {
        let (whole, fraction) = digits.split_at_checked(2).unwrap_or((digits, ""));
        format!("{whole}.{fraction}0").parse().ok()?
    };
    (percent <= 100.0).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_percentages() {
        for (name, q) in [
            ("p50", Some(0.5)),
            ("p5", Some(0.05)),
            ("p0", Some(0.0)),
            ("p99", Some(0.99)),
            ("p999", Some(0.999)),
            ("p9999", Some(0.9999)),
            ("p99.9", Some(0.999)),
            ("p100", Some(1.0)),
            ("p100.1", None),
            ("p", None),
            ("p.", None),
            ("p5x", None),
            ("p-5", None),
            ("q50", None),
            ("pé", None),
        ] {
            let found = quantile(name);
            let is_same = match (found, q) {
                (Some(found), Some(q)) => (found - q).abs() < 1e-12,
                (found, q) => found == q,
            };
            assert!(is_same, "{name}: {found:?}");
        }
    }
}
