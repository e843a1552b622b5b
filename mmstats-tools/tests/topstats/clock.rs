//! The clock is set before topstats starts and while it runs.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use memmap2::MmapOptions;
use mmstats_host::liveness::BOOT_ID;
use mmstats_reader::Moment;
use mmstats_tests::clock::Clock;

use crate::fixture::{Field, Fixture};
use crate::support::{Place, old_field, said};

const HOUR: i64 = 3600;
/// The same for the clock of format 1.
const HOURS: f64 = 3600.0;

fn new_place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_topstats"))
}

/// Puts a file there that was made so long ago, while the clock was right.
fn put(place: &Place, ago: Duration) {
    let fixture = Fixture::with_fields([Field::counter("hits", &[1000])]).attribute("sys.cmd", "web");
    let mut built = Fixture { flags: 0, ..fixture }.build();
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap().to_le_bytes();
    let since_boot = Moment::now().since(Moment::BOOT).checked_sub(ago).unwrap();
    built
        .put(88, &BOOT_ID.unwrap())
        .put(112, &ns(since_epoch().checked_sub(ago).unwrap()))
        .put(120, &ns(since_boot))
        .seal_header();
    fs::write(place.path("web.mmstats"), &built.bytes).unwrap();
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// The seconds of an uptime that is shown as `up 4 s` or `up 1m04s`.
fn uptime(shown: &str) -> f64 {
    let (_, uptime) = shown.split_once(" up ").unwrap_or_else(|| panic!("{shown}"));
    let (uptime, _) = uptime.split_once(['a', 'u']).unwrap();
    let uptime = uptime.trim().trim_end_matches('s').trim();
    let (minutes, seconds) = uptime.split_once('m').unwrap_or(("0", uptime));
    let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{shown}"));
    number(minutes) * 60.0 + number(seconds)
}

/// What `command` shows is since when a file of `ago` is there; returns all of it.
fn assert_uptime(ago: Duration, start: Moment, command: &mut Command) -> String {
    let shown = said(&command.output().unwrap());
    assert_eq!((shown.stderr.as_str(), shown.status), ("", 0));
    let most = ago + Moment::now().since(start);
    // Parts of a second are cut off.
    let uptime = uptime(&shown.stdout);
    assert!(
        (ago.as_secs_f64() - 1.0..=most.as_secs_f64()).contains(&uptime),
        "{ago:?}, {most:?}: {}",
        shown.stdout
    );
    shown.stdout
}

#[test]
fn uptime_and_mean_rates_do_not_depend_on_the_clock() {
    let clock = Clock::new();
    for offset in [0, 24 * HOUR, -2 * HOUR, -400_000 * HOUR] {
        let place = new_place();
        let (start, ago) = (Moment::now(), Moment::now().since(Moment::BOOT).min(Duration::from_secs(4)));
        put(&place, ago);
        clock.set(offset);
        let mut command = place.command(["--once", "-d", "0.1", "--raw"]);
        let shown = assert_uptime(ago, start, clock.give_to(&mut command));
        let row = shown.lines().find(|line| line.trim_start().starts_with("hits")).unwrap();
        let life: f64 = row.split_whitespace().last().unwrap().parse().unwrap();
        let [least, most] = [ago + Moment::now().since(start), ago].map(|age| 1000.0 / age.as_secs_f64());
        assert!((least * 0.99..=most * 1.01).contains(&life), "{row}: not from {least} to {most}");
    }
}

/// It says only what the clock said, and the clock was set since.
#[test]
fn a_file_of_format_1_is_no_older_than_its_process() {
    for offset in [-24.0 * HOURS, 2.0 * HOURS] {
        let place = new_place();
        let start = Moment::now();
        let created = since_epoch().as_secs_f64() + offset;
        let fields = [
            old_field("sys.pid", "I", &std::process::id().to_le_bytes()),
            old_field("sys.created", "d", &created.to_le_bytes()),
            old_field("hits", "Q", &1000_u64.to_le_bytes()),
        ];
        let path = place.path("web-1.mmstats");
        fs::write(&path, [b"\x01", &fields.concat()[..], &[0; 64]].concat()).unwrap();
        // As its writer has it.
        let mapping = MmapOptions::new().map_raw_read_only(&fs::File::open(&path).unwrap()).unwrap();
        let age = age_of_this_process();
        let shown = assert_uptime(age, start, &mut place.command(["--once", "-d", "0.1"]));
        assert!(shown.contains(" alive"), "{shown}");
        drop(mapping);
    }
}

fn age_of_this_process() -> Duration {
    let ticks = mmstats_host::processes::start_ticks("self").unwrap();
    // A tick is a hundredth of a second on all that Linux runs on today.
    Moment::now().since(Moment::since_boot(Duration::from_millis(ticks * 10)))
}
