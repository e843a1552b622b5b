//! [`MovingAverage`].
#![expect(unsafe_code, reason = "promises its layout")]

use std::fmt;

use mmstats_format::descriptor::{Kind, Type};

use super::word::Word;
use super::{Field, FieldLayout, SingleWriter};

/// The mean of the last `N` numbers, or of all while there are fewer.
///
/// One thread updates it; readers are other programs, which show the moving averages of a process's
/// threads one by one. It takes 32 bytes of the file, and 8 more for each number of the window, of
/// which there are 1 to 65,536.
///
/// It is as exact as if all `N` numbers were added up anew each time, and what was large leaves no
/// trace once it has left the window: nothing is ever subtracted. For numbers that are not negative the
/// error is at most `N` times 2^-52 of the mean.
///
/// ```
/// use mmstats::{MmStats, MovingAverage};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct DiskStats {
///     /// Requests that wait, mean of the last three looks.
///     queue: MovingAverage<3>,
/// }
///
/// let stats = DiskStats::create()?;
/// assert_eq!(stats.queue.get(), None);
/// for waiting in [1e15, 2.0, 4.0, 3.0] {
///     stats.queue.add(waiting);
/// }
/// assert_eq!(stats.queue.get(), Some(3.0));
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(C)]
pub struct MovingAverage<const N: usize = 100> {
    mean: Word,
    /// Numbers in the window.
    count: Word,
    /// Which of `numbers` is written next; `N` if all were since it was 0.
    next: Word,
    /// The sum of the numbers before `next`.
    newer: Word,
    /// Before `next`, the numbers written since it was 0. From there on, what remains of the `N`
    /// numbers before those: each one plus all behind it, so that the first is their sum.
    numbers: [Word; N],
    single_writer: SingleWriter<Self>,
}

impl<const N: usize> MovingAverage<N> {
    /// Takes in `value`, and drops the oldest if there are more than `N` now. Each `N`th call takes
    /// longer, for `N` additions.
    #[inline]
    pub fn add(&self, value: f64) {
        let next = match usize::try_from(self.next.get()) {
            Ok(next) if next < N => next,
            _ => {
                self.turn_over();
                0
            }
        };
        let newer = self.newer.get_f64() + value;
        self.numbers[next].set_f64(value);
        self.newer.set_f64(newer);
        self.next.set(next as u64 + 1);

        let older = self.numbers.get(next + 1).map_or(0.0, Word::get_f64);
        let count = self.count.get().saturating_add(1).min(N as u64);
        #[expect(clippy::cast_precision_loss, reason = "at most 65,536")]
        self.mean.set_f64((newer + older) / count as f64);
        self.count.set(count);
    }

    /// Makes the `N` numbers the older ones.
    fn turn_over(&self) {
        self.newer.set_f64(0.0);
        self.numbers.iter().rev().fold(0.0, |behind, number| {
            let sum = number.get_f64() + behind;
            number.set_f64(sum);
            sum
        });
    }

    /// The mean of the last `N` numbers, or of all while there are fewer; nothing before the first, or while
    /// one of them is not finite or their sum is larger than an f64 can hold.
    #[inline]
    pub fn get(&self) -> Option<f64> {
        Some(self.mean.get_f64()).filter(|mean| self.count.get() > 0 && mean.is_finite())
    }
}

// SAFETY: words, which are atomics, laid out as a moving average.
#[diagnostic::do_not_recommend]
unsafe impl<const N: usize> Field for MovingAverage<N> {
    const LAYOUT: FieldLayout = {
        assert!(N > 0 && N <= 1 << 16, "a MovingAverage is of 1 to 65,536 numbers");
        #[expect(clippy::cast_possible_truncation, reason = "at most 65,536")]
        let parameters = [N as u32, 0, 0];
        FieldLayout { parameters, ..FieldLayout::of::<Self>(Kind::MovingAverage, Type::MovingAverage) }
    };

    fn reset(&self) {
        // The count first: who reads now finds no mean rather than a wrong one.
        let Self { mean, count, next, newer, numbers, single_writer: _ } = self;
        [count, mean, next, newer].into_iter().chain(numbers).for_each(|word| word.set(0));
    }
}

impl<const N: usize> fmt::Debug for MovingAverage<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::MmStats;

    #[derive(MmStats)]
    #[repr(C)]
    struct MovingStats {
        one: MovingAverage<1>,
        three: MovingAverage<3>,
        hundred: MovingAverage,
    }

    #[test]
    fn a_window_has_the_last_numbers_only() {
        let stats = MovingStats::create().unwrap();
        assert_eq!((stats.one.get(), stats.three.get()), (None, None));
        let means = [
            (6.0, 6.0),
            (2.0, 4.0),
            (1.0, 3.0),
            (0.0, 1.0),
            (-4.0, -1.0),
            (7.0, 1.0),
            (3.0, 2.0),
            (5.0, 5.0),
        ];
        for (number, mean_of_3) in means {
            stats.one.add(number);
            stats.three.add(number);
            assert_eq!((stats.one.get(), stats.three.get()), (Some(number), Some(mean_of_3)));
        }
    }

    #[test]
    fn what_is_no_number_is_forgotten_when_it_leaves_the_window() {
        let stats = MovingStats::create().unwrap();
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            stats.three.add(number);
            assert_eq!(stats.three.get(), None);
        }
        (1..=3).for_each(|number| stats.three.add(number.into()));
        assert_eq!(stats.three.get(), Some(2.0));
    }

    #[test]
    fn finite_numbers_whose_sum_is_too_large_have_no_mean_until_they_leave_the_window() {
        let stats = MovingStats::create().unwrap();
        for (number, mean) in [
            (f64::MAX, Some(f64::MAX)),
            (f64::MAX, None),
            (1.0, None),
            (2.0, Some(f64::MAX / 3.0)),
            (3.0, Some(2.0)),
        ] {
            stats.three.add(number);
            assert_eq!(stats.three.get(), mean);
        }
    }

    #[test]
    fn the_next_thread_starts_with_an_empty_window() {
        let stats = MovingStats::create().unwrap();
        (0..5).for_each(|_| stats.three.add(100.0));
        stats.three.reset();
        assert_eq!(stats.three.get(), None);
        for (number, mean) in [(1.0, 1.0), (3.0, 2.0), (5.0, 3.0), (7.0, 5.0)] {
            stats.three.add(number);
            assert_eq!(stats.three.get(), Some(mean));
        }
    }

    /// Numbers are multiples of 2^-60, of which a u128 holds an exact sum.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "rounds once")]
    fn the_mean_is_exact_to_n_rounding_errors_also_after_an_outlier() {
        const N: usize = 100;
        const UNIT: f64 = 1.0 / (1_u64 << 60) as f64;
        const OUTLIER: u128 = 1_000_000_000_000_000 << 60;
        let stats = MovingStats::create().unwrap();
        let (mut window, mut sum, mut worst) = (VecDeque::from([0; N]), 0_u128, 0.0_f64);
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for step in 1..=10_000_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // 53 bits, of sizes over 7 orders of magnitude: each an f64.
            let number =
                if step % 1_000_003 == 0 { OUTLIER } else { u128::from(random >> 11 >> (random % 24)) };
            window.push_back(number);
            sum += number;
            sum -= window.pop_front().unwrap();
            stats.hundred.add(number as f64 * UNIT);
            let exact = sum as f64 * UNIT / N.min(step) as f64;
            let error = (stats.hundred.get().unwrap() - exact).abs();
            worst = worst.max(error / exact);
        }
        println!("the largest relative error of 10^7 means was {worst:e}");
        // Two of the rounding errors are those of `exact`.
        assert!(worst <= (N - 2) as f64 * f64::EPSILON, "{worst:e}");
    }
}
