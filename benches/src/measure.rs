//! Takes turns, and finds medians.

use std::time::Instant;

/// Rounds of a group; odd, so that there is a middle one.
const ROUNDS: usize = 11;

/// Something to measure.
pub(crate) struct Case<'a> {
    name: String,
    /// Operations in a run.
    count: u32,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    /// `run`, which does what is to be measured `count` times.
    pub(crate) fn new(name: impl Into<String>, count: u32, run: impl FnMut() + 'a) -> Self {
        Self { name: name.into(), count, run: Box::new(run) }
    }
}

/// Measures `cases` in turns and prints a line for each, with its ratio to the first, the floor.
pub(crate) fn compare(unit: &str, mut cases: Vec<Case<'_>>) {
    let mut times = vec![Vec::with_capacity(ROUNDS); cases.len()];
    // The first round fills caches and buffers.
    for round in 0..=ROUNDS {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (case.run)();
            let elapsed = start.elapsed().as_secs_f64() * 1e9 / f64::from(case.count);
            if round > 0 {
                times.push(elapsed);
            }
        }
    }
    println!("{:58}{:>12}{:>12}{:>12}{:>9}", format!("ns per {unit}"), "median", "min", "max", "x floor");
    for (case, of_case) in cases.iter().zip(&times) {
        // Of each round, so that a slow moment of the machine slows both.
        let ratios = of_case.iter().zip(&times[0]).map(|(time, floor)| time / floor).collect();
        let sorted = sorted(of_case.clone());
        let (median, min, max) = (sorted[ROUNDS / 2], sorted[0], sorted[ROUNDS - 1]);
        let ratio = self::sorted(ratios)[ROUNDS / 2];
        println!("  {:56}{median:>12.2}{min:>12.2}{max:>12.2}{ratio:>9.2}", case.name);
    }
    println!();
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_unstable_by(f64::total_cmp);
    times
}
