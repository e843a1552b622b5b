//! The sum of floats, whose mean is finite if they are.

/// The sum of floats. Their sum can be larger than an f64 can hold though none of them is: it is kept a second
/// time, as a multiple of a large number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FloatSum {
    sum: f64,
    /// The sum of all numbers divided by [`UNIT`].
    large: f64,
}

/// A power of two, so that a division by it is exact.
const UNIT: f64 = 18_446_744_073_709_551_616.0;

impl FloatSum {
    /// Takes in `number`, which counts as `times` of it.
    pub fn add(&mut self, number: f64, times: f64) {
        self.sum += number * times;
        self.large += number / UNIT * times;
    }

    /// The sum of `number` alone.
    #[must_use]
    pub fn of(number: f64) -> Self {
        Self { sum: number, large: number / UNIT }
    }

    /// The sum, if an f64 can hold it.
    pub fn known(&self) -> Option<f64> {
        Some(self.sum).filter(|sum| sum.is_finite())
    }

    /// The sum; of finite numbers the nearest that an f64 can hold.
    pub fn sum(&self) -> f64 {
        if self.sum.is_finite() || !self.large.is_finite() {
            return self.sum_or_large();
        }
        (self.large * UNIT).clamp(f64::MIN, f64::MAX)
    }

    /// The sum divided by `count`: the mean of so many numbers.
    pub fn mean(&self, count: f64) -> f64 {
        if self.sum.is_finite() || !self.large.is_finite() {
            return self.sum_or_large() / count;
        }
        (self.large / count * UNIT).clamp(f64::MIN, f64::MAX)
    }

    /// The sum, if it is finite; else what the numbers that are not finite make of it.
    fn sum_or_large(&self) -> f64 {
        if self.sum.is_finite() { self.sum } else { self.large }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[f64]) -> FloatSum {
        let mut sum = FloatSum::default();
        for number in numbers {
            sum.add(*number, 1.0);
        }
        sum
    }

    #[test]
    fn the_mean_of_finite_numbers_is_finite_and_between_them() {
        for (numbers, sum, mean) in [
            (&[1.0, 2.0, 6.0][..], 9.0, 3.0),
            (&[0.1, 0.2], 0.1 + 0.2, 0.15),
            (&[f64::MAX, f64::MAX], f64::MAX, f64::MAX),
            (&[f64::MAX, f64::MAX, f64::MIN], f64::MAX, f64::MAX / 3.0),
            (&[f64::MIN; 3], f64::MIN, f64::MIN),
            (&[f64::MAX, f64::MIN, 5e-324], 5e-324, 0.0),
        ] {
            let found = of(numbers);
            assert_eq!(found.sum().to_bits(), sum.to_bits(), "{numbers:?}: {found:?}");
            assert!(found.known().is_none_or(|known| known.to_bits() == sum.to_bits()));
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let found = found.mean(numbers.len() as f64);
            assert!((found - mean).abs() <= mean.abs() * 1e-15, "{numbers:?}: {found}");
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_not_hidden() {
        assert!(of(&[1.0, f64::NAN]).mean(2.0).is_nan());
        assert!(of(&[f64::INFINITY, f64::NEG_INFINITY]).sum().is_nan());
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            let sum = of(&[infinite, f64::MAX, f64::MAX]);
            assert_eq!((sum.sum(), sum.mean(3.0)), (infinite, infinite));
            assert_eq!(of(&[f64::MAX, f64::MAX, infinite]).sum().to_bits(), infinite.to_bits());
        }
    }

    #[test]
    fn a_number_weighs_as_much_as_it_is_told_to() {
        let mut sum = FloatSum::default();
        sum.add(f64::MAX, 3.0);
        sum.add(0.0, 1.0);
        assert_eq!(sum.mean(4.0).to_bits(), (f64::MAX * 0.75).to_bits());
    }
}
