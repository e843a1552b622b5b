//! Takes turns, and finds medians.

use std::time::Instant;

/// Rounds that [`compare`] takes; odd, so that there is a middle one.
const ROUNDS: usize = 11;

/// Something to measure.
pub(crate) struct Case<'a> {
    name: String,
    /// Operations in a run.
    count: u32,
    run: Box<dyn FnMut() + 'a>,
    /// Done after each run, and not measured.
    rest: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    /// `run`, which does what is to be measured `count` times.
    pub(crate) fn new(name: impl Into<String>, count: u32, run: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), count, run: Box::new(run), rest: Box::new(|| {}) }
    }

    /// The same, with what is done after each run and not measured.
    pub(crate) fn resting(self, rest: impl FnMut() + 'a) -> Self {
        Self { rest: Box::new(rest), ..self }
    }
}

/// Nanoseconds that an operation took, round by round.
#[derive(Clone)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// `times`, an odd number of them.
    pub(crate) fn new(times: Vec<f64>) -> Self {
        Self(times)
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.0.clone())
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }

    /// How many times as long as `other`, measured in the same rounds: the median of the rounds, since a
    /// slow moment of the machine slows both.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(time, other)| time / other).collect())
    }
}

/// The middle one of `values`.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures `cases` in turns, an odd number of `rounds`.
pub(crate) fn take_turns(cases: &mut [Case<'_>], rounds: usize) -> Vec<Times> {
    let mut times = vec![Times(Vec::with_capacity(rounds)); cases.len()];
    // The first round fills caches and buffers.
    for round in 0..=rounds {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (case.run)();
            let elapsed = start.elapsed().as_secs_f64() * 1e9 / f64::from(case.count);
            (case.rest)();
            if round > 0 {
                times.0.push(elapsed);
            }
        }
    }
    times
}

/// Measures `cases` in turns and prints a line for each, with its ratio to the first, the floor.
pub(crate) fn compare(unit: &str, mut cases: Vec<Case<'_>>) {
    let times = take_turns(&mut cases, ROUNDS);
    println!("{:58}{:>12}{:>12}{:>12}{:>9}", format!("ns per {unit}"), "median", "min", "max", "x floor");
    for (case, of_case) in cases.iter().zip(&times) {
        let (median, min, max) = (of_case.median(), of_case.min(), of_case.max());
        let ratio = of_case.ratio_to(&times[0]);
        println!("  {:56}{median:>12.2}{min:>12.2}{max:>12.2}{ratio:>9.2}", case.name);
    }
    println!();
}
