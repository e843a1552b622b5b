//! Operations that do the same, and what is expected of ours.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::measure::{Case, Times, take_turns};

/// How long a run takes at the least: long enough that reading the clock does not matter, and short
/// enough that most runs of a busy machine are not interrupted.
const RUN: Duration = Duration::from_micros(500);
/// The same where a run starts a thread, which should not matter either.
const RUN_OF_THREADS: Duration = Duration::from_millis(20);
/// Odd, so that there is a middle one.
const ROUNDS: usize = 31;

/// Whose an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// What the machine needs for it at the least. A group starts with it.
    Floor,
    Ours,
    /// Another library's.
    Peer,
}

/// Something that is done over and over.
pub(crate) struct Operation<'a> {
    pub(crate) role: Role,
    pub(crate) name: &'static str,
    /// Does it so many times.
    pub(crate) run: Box<dyn FnMut(u32) + 'a>,
    /// Done after each run, and not measured.
    rest: Box<dyn FnMut() + 'a>,
}

/// Operations that do the same.
pub(crate) struct Group<'a> {
    pub(crate) name: &'static str,
    pub(crate) operations: Vec<Operation<'a>>,
    /// Whether it is the work of one thread, whose instructions can be counted.
    pub(crate) is_of_one_thread: bool,
    at_most_floors: Option<f64>,
    at_most_instructions: Option<f64>,
    at_least_faster: Option<f64>,
}

/// What a goal came to.
pub(crate) struct Outcome {
    pub(crate) goal: String,
    pub(crate) found: String,
    pub(crate) is_met: bool,
}

impl<'a> Group<'a> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            operations: Vec::new(),
            is_of_one_thread: true,
            at_most_floors: None,
            at_most_instructions: None,
            at_least_faster: None,
        }
    }

    /// Says that its operations start threads.
    pub(crate) fn of_several_threads(self) -> Self {
        Self { is_of_one_thread: false, ..self }
    }

    /// Expects ours to take at most so many times as long as the floor.
    pub(crate) fn at_most_floors(self, times: f64) -> Self {
        Self { at_most_floors: Some(times), ..self }
    }

    /// Expects ours to take at most so many instructions.
    pub(crate) fn at_most_instructions(self, count: f64) -> Self {
        Self { at_most_instructions: Some(count), ..self }
    }

    /// Expects the fastest peer to take at least so many times as long as ours.
    pub(crate) fn at_least_faster(self, times: f64) -> Self {
        Self { at_least_faster: Some(times), ..self }
    }

    pub(crate) fn floor(self, name: &'static str, operation: impl FnMut(usize) + 'a) -> Self {
        self.add(Role::Floor, name, repeat(operation))
    }

    pub(crate) fn ours(self, name: &'static str, operation: impl FnMut(usize) + 'a) -> Self {
        self.add(Role::Ours, name, repeat(operation))
    }

    pub(crate) fn peer(self, name: &'static str, operation: impl FnMut(usize) + 'a) -> Self {
        self.add(Role::Peer, name, repeat(operation))
    }

    /// Adds an operation that `run` does as many times as it is told.
    pub(crate) fn add(mut self, role: Role, name: &'static str, run: impl FnMut(u32) + 'a) -> Self {
        let rest = Box::new(|| {});
        self.operations.push(Operation { role, name, run: Box::new(run), rest });
        self
    }

    /// Lets `rest` be done after each run of the operation before, without being measured.
    pub(crate) fn resting(mut self, rest: impl FnMut() + 'a) -> Self {
        if let Some(operation) = self.operations.last_mut() {
            operation.rest = Box::new(rest);
        }
        self
    }

    /// Measures all of them in turns.
    pub(crate) fn measure(&mut self) -> Vec<Times> {
        let run = if self.is_of_one_thread { RUN } else { RUN_OF_THREADS };
        let counts: Vec<u32> =
            self.operations.iter_mut().map(|operation| operation.operations_in(run)).collect();
        let mut cases: Vec<Case<'_>> = self
            .operations
            .iter_mut()
            .zip(counts)
            .map(|(Operation { name, run, rest, .. }, count)| {
                Case::new(*name, count, move || run(count)).resting(rest)
            })
            .collect();
        take_turns(&mut cases, ROUNDS)
    }

    /// What the goals came to.
    pub(crate) fn outcomes(&self, times: &[Times], instructions: &[Option<f64>]) -> Vec<Outcome> {
        let of = |wanted: Role| {
            let of_role = move |(operation, _): &(&Operation<'_>, _)| operation.role == wanted;
            self.operations.iter().zip(times.iter().zip(instructions)).filter(of_role)
        };
        let Some((_, (floor, _))) = of(Role::Floor).next() else { return Vec::new() };
        let mut outcomes = Vec::new();
        for (ours, (time, instructions)) in of(Role::Ours) {
            let subject = format!("{}, {}", self.name, ours.name);
            if let Some(most) = self.at_most_floors {
                let found = time.ratio_to(floor);
                outcomes.push(Outcome {
                    goal: format!("{subject}: at most {most} x the floor"),
                    found: format!("{found:.2}"),
                    is_met: found <= most,
                });
            }
            if let (Some(most), Some(found)) = (self.at_most_instructions, instructions) {
                outcomes.push(Outcome {
                    goal: format!("{subject}: at most {most} instructions"),
                    found: format!("{found:.1}"),
                    is_met: *found <= most,
                });
            }
            let fastest = of(Role::Peer).min_by(|(_, (a, _)), (_, (b, _))| a.median().total_cmp(&b.median()));
            if let (Some(least), Some((peer, (of_peer, _)))) = (self.at_least_faster, fastest) {
                let found = of_peer.ratio_to(time);
                outcomes.push(Outcome {
                    goal: format!("{subject}: at least {least} x as fast as {}", peer.name),
                    found: format!("{found:.2}"),
                    is_met: found >= least,
                });
            }
        }
        outcomes
    }
}

impl Operation<'_> {
    /// How many it takes for a run that is `long` enough.
    fn operations_in(&mut self, long: Duration) -> u32 {
        let mut count = 1_000;
        loop {
            let start = Instant::now();
            (self.run)(count);
            let elapsed = start.elapsed();
            (self.rest)();
            if elapsed >= long || count >= 1 << 30 {
                return count;
            }
            count *= 2;
        }
    }
}

/// Does `operation` as many times as it is told, each with its number.
pub(crate) fn repeat(mut operation: impl FnMut(usize)) -> impl FnMut(u32) {
    move |count| {
        for index in 0..count as usize {
            operation(index);
            // Nothing in memory is known from one to the next, as in a program that does other things.
            black_box(());
        }
    }
}
