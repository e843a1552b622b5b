//! The same by hand, in the same memory: what the machine needs at the least.
#![expect(unsafe_code, reason = "the floor has neither our types nor a check of bounds")]

use std::hint::black_box;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats::Field;

/// Memory of a file, word by word.
pub(crate) type Words = [AtomicU64; 1024];

/// The words of an array of fields.
pub(crate) fn words<F: Field>(fields: &[F; 1024]) -> &Words {
    const { assert!(size_of::<F>() == size_of::<AtomicU64>() && align_of::<F>() == align_of::<AtomicU64>()) };
    let words = NonNull::from(fields).cast();
    // SAFETY: as many words, of that size and alignment, that live as long as `fields`. The Field
    // contract makes them memory that is accessed by atomics only and valid for every value of its bytes.
    unsafe { words.as_ref() }
}

/// Adds `n`, where nobody else does.
#[inline]
pub(crate) fn add(word: &AtomicU64, n: u64) {
    word.store(word.load(Relaxed).wrapping_add(n), Relaxed);
}

/// A histogram of 16 buckets in each power of two, over all of u64: a sum, and buckets.
pub(crate) struct Histogram<'a> {
    sum: &'a AtomicU64,
    buckets: &'a [AtomicU64; 976],
}

impl<'a> Histogram<'a> {
    /// In the first of `words`.
    pub(crate) fn new(words: &'a Words) -> Self {
        let [sum, buckets @ ..] = words;
        Self { sum, buckets: buckets.first_chunk().expect("there are 1,023") }
    }

    #[inline]
    pub(crate) fn record(&self, value: u64) {
        add(self.bucket(value), 1);
        add(self.sum, value);
    }

    /// The same where other threads do so too.
    #[inline]
    pub(crate) fn record_shared(&self, value: u64) {
        self.bucket(value).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    #[inline]
    fn bucket(&self, value: u64) -> &AtomicU64 {
        // SAFETY: an index is less than 59 * 16 + 32 = 976.
        unsafe { self.buckets.get_unchecked(index(value)) }
    }
}

/// The bucket of `value`, by its exponent as a float: an x86-64 that is not told that there is `lzcnt`
/// finds its highest bit more slowly.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "an index is less than 976")]
#[expect(clippy::cast_precision_loss, reason = "bits that are lost do not matter")]
fn index(value: u64) -> usize {
    if value < 16 {
        return value as usize;
    }
    if value >= 1 << 63 {
        return (59 << 4) + (value >> 59) as usize;
    }
    // What is six bits below a bit that is set is cleared, so that rounding cannot reach the five upper
    // ones. The float's exponent is 1023 more than the power; powers from 4 on have buckets from 16 on.
    let float = (value & !(value >> 6)).cast_signed() as f64;
    (float.to_bits() >> 48) as usize - (1026 << 4)
}

/// Two tagged copies of `N` words (FORMAT.md, "Tagged copies").
pub(crate) struct TaggedCopies<'a, const N: usize>([&'a [AtomicU64; N]; 2]);

impl<'a, const N: usize> TaggedCopies<'a, N> {
    /// In the first of `words`.
    pub(crate) fn new(words: &'a Words) -> Self {
        let (first, rest) = words.split_first_chunk().expect("there are 1,024");
        Self([first, rest.first_chunk().expect("there are 1,024")])
    }

    #[inline]
    pub(crate) fn set(&self, data: [u32; N]) {
        let [one, other] = self.0;
        let [of_one, of_other] = self.0.map(|copy| copy[0].load(Relaxed) >> 32);
        // Versions are one apart, and a benchmark does not last until they wrap.
        if of_one > of_other {
            // Keeps it a branch, which is foreseen: a choice of the address would wait for both loads.
            black_box(());
            Self::fill(other, of_one + 1, data);
        } else {
            Self::fill(one, of_other + 1, data);
        }
    }

    #[inline]
    fn fill(copy: &[AtomicU64; N], version: u64, data: [u32; N]) {
        for (word, data) in copy.iter().zip(data) {
            word.store(version << 32 | u64::from(data), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use mmstats_format::buckets::Buckets;

    use super::index;

    #[test]
    fn the_floor_counts_in_the_same_buckets() {
        let buckets = Buckets::new(4, 64).unwrap();
        for number in 0..buckets.count() {
            let (low, high) = buckets.bounds(number).unwrap();
            assert_eq!((index(low), index(high)), (number, number), "{low} to {high}");
        }
    }
}
