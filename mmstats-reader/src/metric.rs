//! One metric of a snapshot.

use std::fmt;

use mmstats_format::descriptor::{Aggregate, Kind};
use mmstats_format::tagged::Torn;
use mmstats_format::value::Value;

use crate::tag::TagValue;
use crate::v2::Member;
use crate::{v1, v2};

/// A named value of a snapshot: a field, an element of one, or something of the process itself.
///
/// Every string is as the writer left it: escape it before it is shown.
#[derive(Clone, Copy)]
pub struct Metric<'a>(pub(crate) OfFormat<'a>);

/// What each format knows of a metric.
#[derive(Clone, Copy)]
pub(crate) enum OfFormat<'a> {
    V1(v1::Metric<'a>),
    V2(v2::Metric<'a>),
}

impl<'a> Metric<'a> {
    /// Its name. Metrics of the same label differ in their tags.
    pub fn label(&self) -> &'a str {
        match &self.0 {
            OfFormat::V1(metric) => metric.label(),
            OfFormat::V2(metric) => metric.label(),
        }
    }

    /// What it means, in words; empty if the writer did not say, or the format cannot.
    pub fn help(&self) -> &'a str {
        match &self.0 {
            OfFormat::V1(_) => "",
            OfFormat::V2(metric) => metric.help(),
        }
    }

    /// The unit of the value, e.g. `seconds`; empty is none.
    pub fn unit(&self) -> &'a str {
        match &self.0 {
            OfFormat::V1(_) => "",
            OfFormat::V2(metric) => metric.unit(),
        }
    }

    /// The value times ten to this power is in [`Metric::unit`]: see [`in_unit`](crate::in_unit).
    pub fn scale(&self) -> i8 {
        match &self.0 {
            OfFormat::V1(_) => 0,
            OfFormat::V2(metric) => metric.scale(),
        }
    }

    /// The kind: counter, gauge and so on. `None` in format 1, which has no kinds.
    pub fn kind(&self) -> Option<Kind> {
        match &self.0 {
            OfFormat::V1(_) => None,
            OfFormat::V2(metric) => Some(metric.kind()),
        }
    }

    /// The type of the value, by the name that the file's format gives it: in format 1 a format of
    /// Python's `struct` module. Threads' values that were added up have the widest type of their
    /// sort, a mean is an `f64`.
    pub fn type_name(&self) -> &'a str {
        match &self.0 {
            OfFormat::V1(metric) => metric.type_name(),
            OfFormat::V2(metric) => metric.type_name(),
        }
    }

    /// How the values of the writer's threads were combined into this one; not if it is one thread's.
    pub fn aggregate(&self) -> Aggregate {
        match &self.0 {
            OfFormat::V1(_) => Aggregate::None,
            OfFormat::V2(metric) => metric.aggregate(),
        }
    }

    /// Whether `value`, the value of this metric, may be only a bound of a sum. Counters, updowns and some gauges are
    /// added up over all threads. If the sum does not fit into a 64-bit integer, the value is the nearest
    /// number that does: the true sum is that number or further from zero.
    pub fn is_clamped(&self, value: &Value) -> bool {
        match &self.0 {
            OfFormat::V1(_) => false,
            OfFormat::V2(metric) => {
                matches!(value, Value::U64(u64::MAX) | Value::I64(i64::MIN | i64::MAX)) && metric.is_sum()
            }
        }
    }

    /// What tells it from others of its label: the field's own tags, then `index` for an element
    /// of an array, then `tid` for the value of one thread where a file has room for several, and
    /// `tid` and `thread`, its name, where threads are shown by themselves.
    pub fn tags(&self) -> impl Iterator<Item = (&'a str, TagValue<'a>)> + use<'a> {
        match &self.0 {
            OfFormat::V1(_) => None,
            OfFormat::V2(metric) => Some(metric.tags()),
        }
        .into_iter()
        .flatten()
    }

    /// What the members of a record are, in the order of their values in [`Value::Record`]; none if it
    /// is no record.
    pub fn members(&self) -> impl Iterator<Item = Member<'a>> + use<'a> {
        match &self.0 {
            OfFormat::V1(_) => None,
            OfFormat::V2(metric) => Some(metric.members()),
        }
        .into_iter()
        .flatten()
    }

    /// The value, decoded.
    ///
    /// # Errors
    /// [`Torn`] if the snapshot did not get hold of a whole value, as [`Snapshot::torn`] counts.
    ///
    /// [`Snapshot::torn`]: crate::Snapshot::torn
    #[inline]
    pub fn value(&self) -> Result<Value, Torn> {
        match &self.0 {
            OfFormat::V2(metric) => metric.value(),
            OfFormat::V1(metric) => metric.value(),
        }
    }
}

impl fmt::Debug for Metric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metric")
            .field("label", &self.label())
            .field("value", &self.value())
            .finish_non_exhaustive()
    }
}
