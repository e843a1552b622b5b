//! How the values of a metric are combined with those of other files.

use mmstats_reader::{Aggregate, Kind, Metric, Number, Value};

/// How values are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// They are added up.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their mean; each weighs as much as its file has threads.
    Mean,
    /// The counts of averages, histograms and timers are merged.
    Merge,
    /// The value that all have, or else the number of different values.
    Same,
    /// No rule is known: their sum, the smallest and the largest are shown.
    Spread,
    /// The smallest and the largest: a sum would have no meaning.
    Range,
}

impl Rule {
    /// How the values of `metric` are combined with those of other files. Pass one of its values as `value` if there
    /// is one.
    pub fn of(metric: &Metric<'_>, value: Option<&Value>) -> Self {
        Self::with_text(metric, is_text(metric, value))
    }

    /// As [`Rule::of`]; the values of `metric` are texts if `is_text`.
    pub(super) fn with_text(metric: &Metric<'_>, is_text: bool) -> Self {
        let label = metric.label();
        // In format 1 these labels can have prefixes, and metrics have no kinds.
        let is = |own: &str| label == own || (metric.kind().is_none() && label.ends_with(own));
        if ["sys.pid", "sys.tid", "sys.uid", "sys.gid"].into_iter().any(is) {
            return Self::Same;
        }
        if is("sys.created") {
            return Self::Range;
        }
        match (metric.kind(), metric.aggregate()) {
            (_, Aggregate::Constant) | (Some(Kind::Text | Kind::Record | Kind::Member), _) => Self::Same,
            (Some(Kind::Counter | Kind::UpDown), _) | (Some(Kind::Gauge), Aggregate::Sum) => Self::Sum,
            (Some(Kind::Average | Kind::Histogram | Kind::Timer), _) => Self::Merge,
            (Some(Kind::MovingAverage), _) => Self::Range,
            (Some(Kind::Gauge), Aggregate::Min) => Self::Min,
            (Some(Kind::Gauge), Aggregate::Max) => Self::Max,
            (Some(Kind::Gauge), Aggregate::Mean) => Self::Mean,
            (None, _) if is_text => Self::Same,
            (Some(Kind::Gauge), Aggregate::None) | (None, _) => Self::Spread,
        }
    }
}

/// Whether the values of `metric` are texts. `value` is one of them, if there is one.
pub(super) fn is_text(metric: &Metric<'_>, value: Option<&Value>) -> bool {
    match (metric.kind(), value) {
        (Some(kind), _) => kind == Kind::Text,
        (None, Some(value)) => Number::of(value).is_none(),
        // Types of format 1 are formats of Python's `struct` module. Formats of texts end in one of these.
        (None, None) => metric.type_name().ends_with(['s', 'p', 'c']),
    }
}
