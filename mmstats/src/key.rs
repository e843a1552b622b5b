//! [`StatKey`]: what the fields of a family are told apart by.
#![expect(unsafe_code, reason = "declares the trait whose implementors promise indices within an array")]

use crate::field::TagSpec;

/// A key of a [`Family`](crate::Family): an enum of what is told apart, or a pair or triple of such
/// enums.
///
/// Derive it for the enum; the derive macro of the same name documents the attributes.
///
/// # Safety
/// For implementors, which are only the derive macro and the tuples here: a key has as many values as
/// the values of its [`TAGS`](Self::TAGS) have combinations. [`index`](Self::index) gives each a number
/// of its own below that, in their order, the last tag's value changing first.
/// [`Elements<F>`](Self::Elements) is an array of as many `F`, or an array of such arrays.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of a family",
    label = "does not derive `mmstats::StatKey`",
    note = "put `#[derive(StatKey)]` on an enum whose variants hold nothing; a key is such an enum, or a pair or triple of them"
)]
pub unsafe trait StatKey: Sized + 'static {
    /// A tag for each enum.
    #[doc(hidden)]
    const TAGS: &'static [TagSpec];

    /// A place for each key.
    #[doc(hidden)]
    type Elements<F: 'static>: 'static;

    /// The key's number, from zero.
    #[doc(hidden)]
    fn index(self) -> usize;

    /// The key of the number `index`, if there is one.
    #[doc(hidden)]
    fn from_index(index: usize) -> Option<Self>;
}

/// How many keys there are.
pub(crate) const fn key_count<K: StatKey>() -> usize {
    let mut count = 1;
    let mut rest = K::TAGS;
    while let [tag, tail @ ..] = rest {
        count *= tag.values.len();
        rest = tail;
    }
    count
}

/// The tag of a part of a pair or triple.
const fn only_tag<K: StatKey>() -> TagSpec {
    let [tag] = K::TAGS else {
        panic!("the parts of a key are enums, two or three: `(A, B, C)`, not `((A, B), C)`");
    };
    *tag
}

// SAFETY: A's number is that of a group of as many as B has, and B's is less than that.
#[diagnostic::do_not_recommend]
unsafe impl<A: StatKey, B: StatKey> StatKey for (A, B) {
    const TAGS: &'static [TagSpec] = &[only_tag::<A>(), only_tag::<B>()];

    type Elements<F: 'static> = A::Elements<B::Elements<F>>;

    #[inline]
    fn index(self) -> usize {
        self.0.index() * key_count::<B>() + self.1.index()
    }

    fn from_index(index: usize) -> Option<Self> {
        let count = key_count::<B>();
        Some((A::from_index(index / count)?, B::from_index(index % count)?))
    }
}

// SAFETY: as the pair of A and the pair of B and C.
#[diagnostic::do_not_recommend]
unsafe impl<A: StatKey, B: StatKey, C: StatKey> StatKey for (A, B, C) {
    const TAGS: &'static [TagSpec] = &[only_tag::<A>(), only_tag::<B>(), only_tag::<C>()];

    type Elements<F: 'static> = A::Elements<B::Elements<C::Elements<F>>>;

    #[inline]
    fn index(self) -> usize {
        let (a, b, c) = self;
        (a, (b, c)).index()
    }

    fn from_index(index: usize) -> Option<Self> {
        let (a, (b, c)) = <(A, (B, C))>::from_index(index)?;
        Some((a, b, c))
    }
}
