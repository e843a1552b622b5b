//! What is shown under a name: a metric of a file, or one that was combined of those of several files.

use mmstats_reader::{Metric, Torn, Value};

use crate::description::Described;
use crate::display::Bound;

/// A value with its description.
pub trait Entry {
    /// What describes it.
    type Description: Described;

    /// What is known of it besides its value.
    fn description(&self) -> &Self::Description;

    /// The type of the value, by the name that the file's format gives it. A sum can have another type than the
    /// values that were added up.
    fn type_name(&self) -> &str {
        self.description().type_name()
    }

    /// What is known of its value.
    ///
    /// # Errors
    /// If it was not read whole.
    fn outcome(&self) -> Result<Outcome, Torn>;
}

/// What is known of a value, or of the values of several files. The numbers are not in their unit yet: see
/// [`Described::scale`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// One value, as exact as the files have it. A combined histogram has all its buckets.
    Value(Value),
    /// A sum of which only this bound is known.
    Bound(Value, Bound),
    /// Values of which so many are different. They cannot be combined.
    Different(u64),
    /// Numbers of which it is not known how they are combined.
    Spread(Box<Spread>),
}

// One is returned for each metric: what is long is elsewhere.
const _: () = assert!(size_of::<Outcome>() <= 32);

/// What is known of several numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Their sum, unless it means nothing.
    pub sum: Option<Value>,
    /// The smallest.
    pub min: Value,
    /// The largest.
    pub max: Value,
}

impl Outcome {
    /// The outcome `value`, which is only a bound if `bound` says so.
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
