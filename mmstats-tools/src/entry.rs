//! Values with their descriptions: metrics of a file, or metrics that were combined from several files.

use mmstats_reader::{Metric, Torn, Value};

use crate::description::Described;
use crate::display::Bound;

/// A value with its description.
pub trait Entry {
    /// The type of its description.
    type Description: Described;

    /// All its data except the value.
    fn description(&self) -> &Self::Description;

    /// The type of the value, by the name that the file's format gives it. A sum can have another type than the
    /// values that were added up.
    fn type_name(&self) -> &str {
        self.description().type_name()
    }

    /// Its value, as far as it is known.
    ///
    /// # Errors
    /// If the value was not read whole.
    fn outcome(&self) -> Result<Outcome, Torn>;
}

/// A value, or the combined value of several files, as far as it is known. The numbers are not converted to their
/// unit yet: see [`Described::scale`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// One value, as exact as the files have it. A combined histogram has all its buckets.
    Value(Value),
    /// A sum of which only a bound is known.
    Bound(Value, Bound),
    /// The number of different values. They cannot be combined.
    Different(u64),
    /// Numbers for which no rule says how to combine them.
    Spread(Box<Spread>),
}

// One is returned for each metric, so it is small: large contents are boxed.
const _: () = assert!(size_of::<Outcome>() <= 32);

/// A summary of several numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Their sum, unless it has no meaning.
    pub sum: Option<Value>,
    /// The smallest.
    pub min: Value,
    /// The largest.
    pub max: Value,
}

impl Outcome {
    /// The outcome `value`, or a bound if `bound` says so.
    #[inline]
    pub fn new(value: Value, bound: Bound) -> Self {
        match bound {
            Bound::None => Self::Value(value),
            bound => Self::Bound(value, bound),
        }
    }
}

impl Entry for Metric<'_> {
    type Description = Self;

    fn description(&self) -> &Self {
        self
    }

    #[inline]
    fn outcome(&self) -> Result<Outcome, Torn> {
        let value = self.value()?;
        let bound = bound(self, &value);
        Ok(Outcome::new(value, bound))
    }
}

/// Whether `value`, the value of `metric`, is only a bound of the sum over all threads.
#[inline]
pub(crate) fn bound(metric: &Metric<'_>, value: &Value) -> Bound {
    if metric.is_clamped(value) { Bound::of_clamped(value) } else { Bound::None }
}
