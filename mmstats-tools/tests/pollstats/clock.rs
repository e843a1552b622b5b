//! The clock is set before pollstats starts and while it runs.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats_host::liveness::BOOT_ID;
use mmstats_reader::Moment;
use mmstats_tests::clock::Clock;
use mmstats_tests::system::is_root;
use serde_json::Value;

use crate::fixture::Field;
use crate::polling::Polling;
use crate::support::{Place, said};
use crate::{file, new_place};

const HOUR: i64 = 3600;
const HITS: u32 = 100_000;

/// Puts a file there that was made so long ago, while the clock was so many seconds off.
fn put(place: &Place, name: &str, ago: Duration, offset: i64) {
    let mut built = file([Field::counter("hits", &[HITS.into()])]).build();
    let since_boot =
        u64::try_from(Moment::now().since(Moment::BOOT).checked_sub(ago).unwrap().as_nanos()).unwrap();
    let wall = (SystemTime::now() - ago).duration_since(UNIX_EPOCH).unwrap();
    let offset =
        Duration::from_secs(offset.unsigned_abs()).as_nanos().cast_signed() * i128::from(offset.signum());
    let wall = u64::try_from(wall.as_nanos().cast_signed() + offset).unwrap();
    let instance = [u8::try_from(name.len()).unwrap(); 16];
    built.put(24, &instance).put(88, &BOOT_ID.unwrap());
    built.put(112, &wall.to_le_bytes()).put(120, &since_boot.to_le_bytes()).seal_header();
    // Under its name at once, as writers do it.
    std::fs::write(place.path("draft"), &built.bytes).unwrap();
    std::fs::rename(place.path("draft"), place.path(name)).unwrap();
}

/// The mean rate that the first line of `command` shows.
fn rate(command: &mut Command) -> f64 {
    let said = said(&command.output().unwrap());
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let line: Value = serde_json::from_str(&said.stdout).unwrap();
    line["fields"]["hits:rate"].as_f64().unwrap()
}

/// A program's mean rate is its count by its age, which is between that before and that after it was asked for.
fn assert_rate(ago: Duration, ask: impl FnOnce() -> f64) {
    let start = Moment::now();
    let rate = ask();
    let [least, most] =
        [ago + Moment::now().since(start), ago].map(|age| f64::from(HITS) / age.as_secs_f64());
    assert!((least..=most * 1.000_001).contains(&rate), "{rate} is not from {least} to {most}");
}

/// How long ago a file can have been made after this boot: four seconds, unless the machine has just booted.
fn ago() -> Duration {
    Moment::now().since(Moment::BOOT).min(Duration::from_secs(4))
}

#[test]
fn mean_rates_do_not_depend_on_the_clock() {
    let clock = Clock::new();
    for offset in [0, 24 * HOUR, -2 * HOUR, -400_000 * HOUR] {
        let (place, ago) = (new_place(), ago());
        clock.set(offset);
        assert_rate(ago, || {
            put(&place, "web.mmstats", ago, 0);
            rate(clock.give_to(&mut place.command(["--json", "-c", "1", "hits:rate"])))
        });
    }
}

#[test]
fn in_a_time_namespace_of_its_own_pollstats_goes_by_the_wall_clock() {
    if !is_root("in_a_time_namespace_of_its_own_pollstats_goes_by_the_wall_clock") {
        return;
    }
    for boot in ["1000000", "-1"] {
        let (place, ago) = (new_place(), ago());
        assert_rate(ago, || {
            put(&place, "web.mmstats", ago, 0);
            let mut command = Command::new("unshare");
            command.args(["--time", "--boottime", boot, "--fork", env!("CARGO_BIN_EXE_pollstats")]);
            rate(command.args(["--json", "-c", "1", "hits:rate"]).arg(place.dir()))
        });
    }
}

#[test]
fn programs_that_start_count_from_zero_though_the_clock_is_set_between_lines() {
    let (place, clock) = (new_place(), Clock::new());
    put(&place, "0.mmstats", ago(), 0);
    let mut command = place.command(["--json", "-d", "0.05", "hits", "."]);
    let mut polling = Polling::start(clock.give_to(&mut command));
    let mut sum = i64::from(HITS);
    polling.wait_for("hits", sum);
    for (index, offset) in [24 * HOUR, -2 * HOUR, 0].into_iter().enumerate() {
        let start = Moment::now();
        clock.set(offset);
        put(&place, &format!("{}.mmstats", "1".repeat(index + 2)), Duration::ZERO, offset);
        sum += i64::from(HITS);
        polling.wait_for("hits", sum);
        // Nor is the time between two lines what the clock was set by.
        let interval = polling.line()["interval"].as_f64().unwrap();
        assert!(interval > 0.0 && interval < Moment::now().since(start).as_secs_f64() + 60.0, "{interval}");
    }
}

#[test]
fn a_file_that_turns_up_is_not_counted_as_new_though_the_clock_was_set() {
    let (place, clock) = (new_place(), Clock::new());
    put(&place, "0.mmstats", Duration::ZERO, 0);
    let mut command = place.command(["--json", "-d", "0.05", "hits,other", "."]);
    let mut polling = Polling::start(clock.give_to(&mut command));
    polling.wait_for("hits", i64::from(HITS));
    for (name, offset) in [("11.mmstats", 0), ("111.mmstats", -2 * HOUR), ("1111.mmstats", 24 * HOUR)] {
        clock.set(-2 * HOUR);
        put(&place, name, ago(), offset);
        put(&place, &format!("{name}.mmstats"), Duration::ZERO, 0);
        // Of the two that turn up one is new.
        let sum = polling.sum() + i64::from(HITS);
        polling.wait_for("hits", sum);
        assert_eq!((polling.came("hits"), polling.came("hits")), (0, 0));
    }
}
