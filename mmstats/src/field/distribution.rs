//! What histograms and timers count, whoever writes it.
#![expect(unsafe_code, reason = "reaches a bucket without a check of its index")]

use std::hint::select_unpredictable;

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

    /// Counts `value` `n` times; `add` adds to a word. No value takes longer than another.
    #[inline]
    pub(crate) fn record(&self, value: u64, n: u64, add: impl Fn(&Word, u64)) {
        let index =
            if HAS_SLOW_ILOG2 { index_by_float(Self::BUCKETS, value) } else { Self::BUCKETS.index(value) };
        // SAFETY: it is that of `value`, as the comment in `index_by_float` shows.
        add(unsafe { self.bucket(index) }, n);
        add(&self.sum, value.wrapping_mul(n));
    }

    /// Counts a duration that has just been measured; `add` adds to a word.
    ///
    /// The clock is read again only when this has come to its end. So it matters how soon that is, not how
    /// much the processor has to do for it, and a slow logarithm is there sooner than a float.
    #[inline]
    pub(crate) fn record_duration(&self, ns: u64, add: impl Fn(&Word, u64)) {
        // SAFETY: it is that of `ns`.
        add(unsafe { self.bucket(Self::BUCKETS.index(ns)) }, 1);
        add(&self.sum, ns);
    }

    /// The bucket `index`.
    ///
    /// # Safety
    /// It is the one that `Buckets::index` has for some value.
    #[inline]
    unsafe fn bucket(&self, index: usize) -> &Word {
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

/// Whether the highest bit of a number is found by `bsr`, which many processors are slow at: on an x86-64
/// that is not known to have `lzcnt`.
const HAS_SLOW_ILOG2: bool = cfg!(all(target_arch = "x86_64", not(target_feature = "lzcnt")));

/// [`Buckets::index`] without a logarithm: a float has it for its exponent.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "an index is at most 64 << 16")]
#[expect(clippy::cast_precision_loss, reason = "the digits that matter are kept")]
fn index_by_float(buckets: Buckets, value: u64) -> usize {
    let (value, precision) = (value.min(buckets.max()), buckets.precision());
    // Let the highest bit of a value of at least 2^(precision + 1) be 2^power. Its bucket is
    //
    //     ((power - precision) << precision) + (value >> (power - precision))
    //
    // where the right summand is 2^precision and the `precision` digits that follow the highest. A float that
    // has these digits has them behind its exponent:
    //
    //     bits >> (52 - precision)  =  ((1023 + exponent) << precision) + digits
    //
    // Half of the value has the exponent power - 1, no bit where a sign would be, and still the digits. So
    // what its bits have more than the bucket is, in the exponent's place,
    //
    //     (1023 + power - 1) - (power - precision + 1)  =  1021 + precision
    //
    // A float is rounded to 53 digits. So that this, whichever way it goes, never carries into ours, the digit
    // after them is cleared first, with each that is precision + 1 below one that is set: none of ours is.
    let without_carry = value & !(value >> (precision + 1));
    let bits = ((without_carry >> 1).cast_signed() as f64).to_bits();
    let index = (bits >> (52 - precision)).wrapping_sub(u64::from(1021 + precision) << precision);
    // Values that are smaller have a bucket each.
    select_unpredictable(value < 2 << precision, value, index) as usize
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;

    /// Asserts it of each of `values`, and of those beside it.
    fn assert_same_index(buckets: Buckets, values: impl Iterator<Item = u64>) {
        for value in values {
            for value in [value.wrapping_sub(1), value, value.wrapping_add(1)] {
                assert_eq!(index_by_float(buckets, value), buckets.index(value), "{value:#x} in {buckets:?}");
            }
        }
    }

    fn divisions() -> impl Iterator<Item = Buckets> {
        let powers = 1..=Buckets::MAX_POWERS;
        powers.flat_map(|powers| {
            (0..=Buckets::MAX_PRECISION).filter_map(move |precision| Buckets::new(precision, powers))
        })
    }

    #[test]
    fn the_exponent_of_a_float_finds_the_bucket_of_powers_of_two_and_of_what_is_all_ones() {
        let ones = |digits: u32| (0..=64 - digits).map(move |shift| (u64::MAX >> (64 - digits)) << shift);
        for buckets in divisions() {
            assert_same_index(buckets, (1..=64).flat_map(ones));
        }
    }

    #[test]
    fn the_exponent_of_a_float_finds_the_bucket_of_the_bounds_of_each() {
        for buckets in divisions().filter(|buckets| buckets.precision() <= 8) {
            let bounds = |index| buckets.bounds(index).map(<[u64; 2]>::from).expect("an index of a bucket");
            assert_same_index(buckets, (0..buckets.count()).flat_map(bounds));
        }
    }

    #[test]
    fn the_exponent_of_a_float_finds_the_bucket_of_numbers_of_any_size() {
        for buckets in divisions() {
            let mut state = 0x9e37_79b9_7f4a_7c15_u64;
            let xorshift = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state >> (state % 64)
            };
            assert_same_index(buckets, iter::repeat_with(xorshift).take(1_000));
        }
    }
}
