//! What histograms and timers count, whoever writes it.
#![expect(unsafe_code, reason = "reaches a bucket without a check of its index")]

use mmstats_format::buckets::Buckets;

use super::word::Word;

/// A division of a histogram's values into buckets: which pairs of a precision and a number of powers
/// a [`Histogram`](crate::Histogram) and a [`Timer`](crate::Timer) can have.
///
/// Those are the precisions 1 to 8, with 16, 24, 32, 40, 42, 48, 56 or 64 powers.
#[diagnostic::on_unimplemented(
    message = "no histogram or timer has the precision {PRECISION} and {POWERS} powers of two",
    label = "not a division into buckets that there is",
    note = "the precision is from 1 (an error of at most 50 %) to 8 (0.4 %), and each more halves the error",
    note = "the powers of two are 16, 24, 32, 40, 42, 48, 56 or 64: values of 2 to that power and more are counted in the last bucket"
)]
pub trait Division<const PRECISION: u32, const POWERS: u32> {
    /// A word for each bucket.
    #[doc(hidden)]
    type Words: AsRef<[Word]> + 'static;
}

macro_rules! divisions {
    ($powers:tt: $($precision:literal)*) => {$(
        divisions! { @each $precision: $powers }
    )*};
    (@each $precision:literal: [$($powers:literal)*]) => {$(
        #[diagnostic::do_not_recommend]
        impl Division<$precision, $powers> for () {
            type Words = [Word; buckets($precision, $powers).count()];
        }
    )*};
}

divisions! { [16 24 32 40 42 48 56 64]: 1 2 3 4 5 6 7 8 }

const fn buckets(precision: u32, powers: u32) -> Buckets {
    Buckets::new(precision, powers).expect("a division that the format has")
}

/// The sum of the values that were recorded, and how many lie in each bucket.
#[repr(C)]
pub(crate) struct Distribution<const PRECISION: u32, const POWERS: u32>
where
    (): Division<PRECISION, POWERS>,
{
    sum: Word,
    buckets: <() as Division<PRECISION, POWERS>>::Words,
}

impl<const PRECISION: u32, const POWERS: u32> Distribution<PRECISION, POWERS>
where
    (): Division<PRECISION, POWERS>,
{
    const BUCKETS: Buckets = buckets(PRECISION, POWERS);
    /// Words of which it is made.
    pub(crate) const WORDS: usize = {
        let words = 1 + Self::BUCKETS.count();
        assert!(size_of::<Self>() == words * size_of::<Word>());
        words
    };
    /// Those of its descriptor.
    pub(crate) const PARAMETERS: [u32; 3] = [PRECISION, POWERS, 0];

    /// Counts `value` `n` times; `add` adds to a word.
    #[inline]
    pub(crate) fn record(&self, value: u64, n: u64, add: impl Fn(&Word, u64)) {
        add(self.bucket(value), n);
        add(&self.sum, value.wrapping_mul(n));
    }

    /// The bucket that `value` is counted in.
    #[inline]
    fn bucket(&self, value: u64) -> &Word {
        let index = Self::BUCKETS.index(value);
        // SAFETY: `Buckets::index` is less than `Buckets::count`, of the same division, for every value;
        // and `buckets` is that many words, as the assertion of WORDS says.
        unsafe { self.buckets.as_ref().get_unchecked(index) }
    }

    /// The sum of the values, modulo 2^64.
    pub(crate) fn sum(&self) -> u64 {
        self.sum.get()
    }

    /// How many values there were.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.as_ref().iter().fold(0, |count, bucket| count.wrapping_add(bucket.get()))
    }
}
