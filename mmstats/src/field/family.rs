//! [`Family`].
#![expect(unsafe_code, reason = "promises its layout, and finds its fields without a check")]

use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

use super::{Field, FieldLayout};
use crate::key::{StatKey, key_count};

/// Fields of one type and label, one for each value of an enum, or for each pair or triple of values:
/// `stats.requests[Method::Get].incr()`.
///
/// Readers find each as a metric of its own, told apart by a tag: `requests{method="get"}`. The enum is
/// the index into an array, without a look-up and without a check: an update costs what it costs in a
/// field of its own. `#[mmstats(…)]` on the family is said of each of its fields.
///
/// ```
/// use mmstats::{Counter, Family, MmStats, StatKey};
///
/// #[derive(Clone, Copy, StatKey)]
/// enum Method {
///     Get,
///     Post,
/// }
///
/// #[derive(StatKey)]
/// #[mmstats(tag = "status")]
/// enum Class {
///     #[mmstats(value = "2XX")]
///     Success,
///     #[mmstats(value = "5XX")]
///     ServerError,
/// }
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     /// Requests that came in.
///     requests: Family<Method, Counter>,
///     /// Responses that went out.
///     responses: Family<(Method, Class), Counter>,
/// }
///
/// let stats = WebStats::create()?;
/// stats.requests[Method::Get].incr();
/// stats.responses[(Method::Get, Class::Success)].incr(); // responses{method="get",status="2XX"}
/// assert_eq!(stats.requests.iter().map(|(_, count)| count.get()).sum::<u64>(), 1);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct Family<K: StatKey, F: Field> {
    elements: K::Elements<F>,
    // Last, so that a K that is no key is reported as that, and not once more as of unknown size.
    keys: PhantomData<fn(K)>,
}

impl<K: StatKey, F: Field> Family<K, F> {
    /// All fields with their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, &F)> {
        let keyed = |(index, element)| Some((K::from_index(index)?, element));
        self.elements().iter().enumerate().filter_map(keyed)
    }

    #[inline]
    fn elements(&self) -> &[F] {
        // SAFETY: the StatKey contract makes `elements` as many F in a row as there are keys.
        unsafe { std::slice::from_raw_parts((&raw const self.elements).cast(), key_count::<K>()) }
    }
}

impl<K: StatKey, F: Field> Index<K> for Family<K, F> {
    type Output = F;

    #[inline]
    fn index(&self, key: K) -> &F {
        // SAFETY: the StatKey contract keeps the number below that of the keys.
        unsafe { self.elements().get_unchecked(key.index()) }
    }
}

// SAFETY: the StatKey contract makes it an array of fields and nothing else, in the order of the tags'
// values; each field keeps its own promise.
#[diagnostic::do_not_recommend]
unsafe impl<K: StatKey, F: Field> Field for Family<K, F> {
    const LAYOUT: FieldLayout = F::LAYOUT.family(K::TAGS);

    fn reset(&self) {
        self.elements().iter().for_each(F::reset);
    }
}

impl<K: StatKey + fmt::Debug, F: Field + fmt::Debug> fmt::Debug for Family<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
