//! Sequences of files that look random, at each step of which pollstats, topstats and mmash have to show the same rates.

use std::fmt::Write;
use std::time::Duration;

use mmstats_tests::system::is_root;

use crate::cases::{Program, before, compare, fixture};
use crate::rates::Tools;
use crate::sequence::moment;
use crate::stage::Stage;

/// Of the first 30 the tools once differed at these.
const SEEDS: [u64; 3] = [1, 12, 18];

/// The next of numbers that look random, below `end`.
fn draw(drawn: &mut u64, end: u64) -> u64 {
    *drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*drawn >> 33) % end
}

#[test]
fn the_tools_agree_whatever_happens() {
    if !is_root("the_tools_agree_whatever_happens") {
        return;
    }
    for seed in SEEDS {
        random(seed);
    }
}

fn random(seed: u64) {
    const STEPS: usize = 60;
    let mut drawn = seed;
    let mut stage = Stage::empty();
    let (mut number, mut pid, mut is_alive, mut was_renewed) = (100, 4101, true, false);
    stage.play(Duration::ZERO, |files| {
        files.start("still", ("still", 4001), before(), fixture("web", 0), |_| {});
        files.start_old("old", "web-1-1", 1, 100);
        Program { files, last: moment(0) }.find(number, true);
    });
    let mut tools = Tools::start(&mut stage, &["web"]);
    tools.rates();
    let mut journal = String::new();
    for step in 0..STEPS {
        let last = stage.clock.now();
        let time = Duration::from_millis(
            [1000, 1000, 1000, 1500, 2500, 11_000][usize::try_from(draw(&mut drawn, 6)).unwrap()],
        );
        stage.play(time, |files| {
            let mut web = Program { files, last };
            for _ in 0..=draw(&mut drawn, 4) {
                let action = draw(&mut drawn, 13);
                writeln!(journal, "{step}: {action} {number} {is_alive}").unwrap();
                match action {
                    0..=2 if is_alive => {
                        number += draw(&mut drawn, 50);
                        web.count(number);
                    }
                    3 | 4 if is_alive => {
                        web.kill();
                        is_alive = false;
                    }
                    5..=7 if !is_alive => {
                        pid += 1;
                        number += draw(&mut drawn, 50);
                        web.resume(pid, number);
                        is_alive = true;
                    }
                    8 if !is_alive => {
                        pid += 1;
                        number = draw(&mut drawn, 50);
                        web.start(pid, number);
                        is_alive = true;
                    }
                    9 if is_alive => {
                        number = draw(&mut drawn, 50);
                        web.count(number);
                    }
                    10 if is_alive => {
                        let numbers = [0, 3, u64::MAX, u64::MAX - 20];
                        let number = numbers[usize::try_from(draw(&mut drawn, 4)).unwrap()];
                        for counter in ["c", "late"] {
                            web.files.file("web").words(1, counter, &[number]);
                        }
                    }
                    11 => web.set_old("hits", &draw(&mut drawn, 1000).to_le_bytes()),
                    12 if !was_renewed => {
                        was_renewed = true;
                        web.set_old("sys.created", &1e9_f64.to_le_bytes());
                    }
                    _ => {}
                }
            }
        });
        let (text, are_same, _) = compare(&mut tools);
        assert!(are_same, "seed {seed}, step {step}, {time:?}:\n{journal}\n{text}");
    }
}
