//! A program to be killed: `mortal WAY DIR SEED` publishes in DIR and counts for ever. Before each step, and
//! after it, it writes a line to its standard output:
//!
//! | line | the next step | of the way |
//! |---|---|---|
//! | `create` | publishes the struct, or goes on from its last counters | all |
//! | `add N` | N increments, by two threads that then end in the way `threads` | all |
//! | `text T` | sets the text | `struct`, `resume` |
//! | `drop` | drops the struct | `struct`, `resume` |
//! | `done` | none: the last one is done | |

use std::io::{self, Write};
use std::thread;

use mmstats::{MmStats, Stats};
use mmstats_tests::subject::SubjectStats;

mmstats::thread_local! {
    static SHARED: SubjectStats;
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, dir, seed] = arguments.as_slice() else { return Err("mortal WAY DIR SEED".into()) };
    let mut random = Random(seed.parse()?);
    let options = || SubjectStats::options().dir(dir).file_name("x.mmstats");
    match way.as_str() {
        "struct" => loop {
            let stats = step("create", || options().create())??;
            live(stats, &mut random)?;
        },
        "resume" => loop {
            let stats = step("create", || options().keep(true).resume(true).create())??;
            live(stats, &mut random)?;
        },
        "threads" => {
            step("create", || SHARED.init(options().keep(true).resume(true)))??;
            loop {
                let n = random.below(1000);
                step(&format!("add {}", 2 * n), || count_in_threads(n))?;
            }
        }
        _ => Err("WAY is struct, resume or threads".into()),
    }
}

/// Counts, sets texts, then drops `stats`.
fn live(stats: Stats<SubjectStats>, random: &mut Random) -> io::Result<()> {
    for _ in 0..random.below(8) {
        let n = random.below(1000);
        step(&format!("add {n}"), || (0..n).for_each(|_| stats.events.incr()))?;
        let text = char::from(b'a' + u8::try_from(random.below(26)).unwrap_or_default());
        let text = String::from(text).repeat(usize::try_from(random.below(256)).unwrap_or_default());
        step(&format!("text {text}"), || stats.long.set(&text))?;
    }
    step("drop", || drop(stats))
}

fn count_in_threads(n: u64) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..n).for_each(|_| SHARED.with(|stats| stats.events.incr())));
        }
    });
}

fn step<T>(name: &str, act: impl FnOnce() -> T) -> io::Result<T> {
    writeln!(io::stdout(), "{name}")?;
    let outcome = act();
    writeln!(io::stdout(), "done")?;
    Ok(outcome)
}

struct Random(u64);

impl Random {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
