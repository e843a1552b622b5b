//! Short sequences of files, at each step of which pollstats, topstats and mmash have to show the same rates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::time::Duration;

use mmstats_tests::system::is_root;

use crate::fixture::{Field, Fixture, SUM, le32};
use crate::rates::{Field as Name, Tools};
use crate::sequence::{Sequence, moment};
use crate::stage::Stage;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// When programs started that were there before all tools.
pub(crate) fn before() -> Duration {
    moment(0).checked_sub(10 * SECOND).unwrap()
}

/// No aggregate has this code.
const UNKNOWN: u8 = 77;

/// What happens between two polls, how long they are apart, and the rates of all tools after that.
type Step<'a> = (Duration, &'a dyn Fn(&mut Program<'_>), &'a [(&'a str, f64)]);

/// The program of which the sequences are, and its file.
pub(crate) struct Program<'a> {
    pub(crate) files: &'a mut Sequence,
    /// The time of the last poll, since the boot.
    pub(crate) last: Duration,
}

/// What the program counts: the same number as a counter, an average and a histogram, and in a field that it can add later.
pub(crate) fn fixture(command: &str, number: u64) -> Fixture {
    let fields = [
        Field::counter("c", &[number, 0]),
        Field::average("a", &[(number, 1.0), (0, 0.0)]),
        Field::histogram("h", 6, &[&histogram(number), &histogram(0)]),
        Field::counter("late", &[number, 0]),
    ];
    Fixture::with_fields(fields).attribute("sys.cmd", command).slots(&[4101, 4102])
}

fn histogram(number: u64) -> [u64; 8] {
    [number, number, 0, 0, 0, 0, 0, 0]
}

impl Program<'_> {
    /// It starts half a second after the last poll, when it has counted this number.
    pub(crate) fn start(&mut self, pid: u32, number: u64) {
        let created = self.last + SECOND / 2;
        self.files.start("web", ("web", pid), created, fixture("web", number), |_| {});
    }

    /// It was there before all tools.
    pub(crate) fn find(&mut self, number: u64, is_alive: bool) {
        let created = before();
        self.files
            .start("web", ("web", 4101), created, fixture("web", number), |birth| birth.is_alive = is_alive);
    }

    /// Another run of it goes on.
    pub(crate) fn resume(&mut self, pid: u32, number: u64) {
        self.resume_as("web", pid, number);
    }

    fn resume_as(&mut self, command: &str, pid: u32, number: u64) {
        let instance = self.files.file("web").built.bytes[24];
        let created = self.last + Duration::from_millis(u64::from(pid % 1000));
        self.files
            .start("web", ("web", pid), created, fixture(command, number), |birth| birth.instance = instance);
    }

    pub(crate) fn kill(&mut self) {
        self.files.kill("web");
    }

    pub(crate) fn count(&self, number: u64) {
        self.count_in(0, number);
        self.files.file("web").words(0, "h", &histogram(number));
    }

    /// As all that has no bounds: a counter and an average.
    fn count_in(&self, slot: usize, number: u64) {
        let file = self.files.file("web");
        file.words(slot, "c", &[number]);
        file.words(slot, "late", &[number]);
        file.average(slot, "a", number, 1.0);
    }

    /// Shows this many fields.
    fn show(&self, fields: usize) {
        let file = self.files.file("web");
        let hidden = if fields == file.built.field_offsets.len() { 0 } else { "late".len() };
        file.put(180, &le32(fields));
        file.put(212, &le32(file.built.strings_len - hidden));
    }

    fn set_aggregate(&self, field: usize, aggregate: u8) {
        let file = self.files.file("web");
        file.put(file.built.descriptors + 64 * field + 14, &[aggregate]);
    }

    pub(crate) fn set_old(&self, label: &str, value: &[u8]) {
        self.files.old["old"].set(label, value);
    }
}

/// What the tools show of the fields of web after a step, and whether it is the same.
pub(crate) fn compare(tools: &mut Tools) -> (String, bool, BTreeMap<String, f64>) {
    let all = tools.rates();
    let fields: BTreeSet<&Name> = all.iter().flat_map(BTreeMap::keys).collect();
    // Only topstats knows that a truth is no number.
    let fields = fields.into_iter().filter(|(application, field)| application == "web" && field != "busy");
    let (mut text, mut are_same, mut rates) = (String::new(), true, BTreeMap::new());
    for field in fields {
        let shown = all.each_ref().map(|rates| rates.get(field).map_or("", String::as_str));
        let [one, two, three] = shown.map(|rate| rate.parse::<f64>().ok());
        let is_near = |other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= 5e-3 * one.abs().max(1.0),
            (one, other) => one == other,
        };
        let is_same = is_near(two) && is_near(three);
        are_same &= is_same;
        let [one, two, three] = shown;
        let mark = if is_same { '=' } else { '≠' };
        writeln!(text, "{mark} {:8} {one:>24} {two:>24} {three:>24}", field.1).unwrap();
        if let Some(rate) = shown.iter().find_map(|rate| rate.parse().ok()) {
            rates.insert(field.1.clone(), rate);
        }
    }
    (text, are_same, rates)
}

/// Another program of the name, which counts nothing, is there throughout: mmash lists no field that no file has.
fn play(rule: &str, found: &dyn Fn(&mut Program<'_>), steps: &[Step<'_>]) {
    if !is_root(rule) {
        return;
    }
    let mut stage = Stage::empty();
    stage.play(Duration::ZERO, |files| {
        let created = before();
        files.start("still", ("still", 4001), created, fixture("web", 0), |_| {});
        found(&mut Program { files, last: moment(0) });
    });
    let mut tools = Tools::start(&mut stage, &["web"]);
    tools.rates();
    for (index, (time, change, expected)) in steps.iter().enumerate() {
        let last = stage.clock.now();
        stage.play(*time, |files| change(&mut Program { files, last }));
        let (text, are_same, rates) = compare(&mut tools);
        assert!(are_same, "{rule}, step {index}: the tools differ:\n{text}");
        for (field, rate) in *expected {
            let found = rates.get(*field).copied();
            assert!(
                found.is_some_and(|found| (found - rate).abs() < 5e-3 * rate.max(1.0)),
                "{rule}, step {index}: {field} {found:?} {rate}\n{text}"
            );
        }
    }
}

fn nothing(_: &mut Program<'_>) {}

#[test]
fn what_a_program_resumed_that_was_dead_before_came_since_the_last_poll() {
    play(
        "what_a_program_resumed_that_was_dead_before_came_since_the_last_poll",
        &|web| web.find(100, false),
        &[
            (SECOND, &nothing, &[]),
            (SECOND, &nothing, &[]),
            (SECOND, &|web| web.resume(4102, 120), &[("c", 20.0), ("a", 20.0), ("h", 20.0)]),
            (SECOND, &|web| web.count(125), &[("c", 5.0), ("a", 5.0), ("h", 5.0)]),
        ],
    );
    play(
        "what_a_program_resumed_that_was_dead_before_came_since_the_last_poll",
        &|web| web.find(100, true),
        &[
            (
                SECOND,
                &|web| {
                    web.count(110);
                    web.kill();
                },
                &[("c", 10.0)],
            ),
            (10 * SECOND, &nothing, &[("c", 0.0)]),
            (SECOND, &|web| web.resume(4102, 130), &[("c", 20.0), ("a", 20.0), ("h", 20.0)]),
        ],
    );
}

#[test]
fn what_a_program_counted_between_two_polls_counts_if_it_is_dead_by_then() {
    let rule = "what_a_program_counted_between_two_polls_counts_if_it_is_dead_by_then";
    let resume = |pid, number| move |web: &mut Program<'_>| web.resume(pid, number);
    play(
        rule,
        &nothing,
        &[
            (
                SECOND,
                &|web| {
                    web.start(4101, 50);
                    web.kill();
                },
                &[("c", 50.0), ("a", 50.0), ("h", 50.0)],
            ),
            (SECOND, &nothing, &[("c", 0.0)]),
            (SECOND, &resume(4102, 57), &[("c", 7.0)]),
        ],
    );
    play(
        rule,
        &|web| web.find(100, false),
        &[
            (SECOND, &nothing, &[]),
            (
                SECOND,
                &|web| {
                    web.resume(4102, 110);
                    web.kill();
                },
                &[("c", 10.0), ("a", 10.0), ("h", 10.0)],
            ),
            (SECOND, &nothing, &[("c", 0.0)]),
            (SECOND, &resume(4103, 137), &[("c", 27.0)]),
        ],
    );
    let twice = |web: &mut Program<'_>| {
        web.count(110);
        web.kill();
        web.resume(4102, 130);
        web.kill();
    };
    play(
        rule,
        &|web| web.find(100, true),
        &[
            (SECOND, &twice, &[("c", 30.0), ("a", 30.0), ("h", 30.0)]),
            (SECOND, &nothing, &[("c", 0.0)]),
            (SECOND, &resume(4103, 137), &[("c", 7.0), ("a", 7.0), ("h", 7.0)]),
        ],
    );
}

#[test]
fn a_sum_that_did_not_fit_before_its_program_was_resumed_has_a_rate_of_the_time_since_it_fitted() {
    let rule = "a_sum_that_did_not_fit_before_its_program_was_resumed_has_a_rate_of_the_time_since_it_fitted";
    let end = |web: &mut Program<'_>| {
        web.count_in(1, u64::MAX);
        web.kill();
    };
    play(
        rule,
        &|web| web.find(100, true),
        &[
            (
                SECOND,
                &|web| {
                    end(web);
                    web.resume(4102, 130);
                },
                &[("c", 30.0)],
            ),
            (SECOND, &end, &[("c", 0.0)]),
            (2 * SECOND, &nothing, &[]),
            (SECOND, &|web| web.resume(4103, 170), &[("c", 10.0)]),
            (SECOND, &|web| web.count(175), &[("c", 5.0), ("a", 5.0)]),
        ],
    );
}

#[test]
fn an_average_that_fell_started_again() {
    play(
        "an_average_that_fell_started_again",
        &|web| web.start(4101, u64::MAX - 5),
        &[(SECOND, &|web| web.count_in(0, 10), &[("c", 16.0), ("a", 10.0)])],
    );
}

#[test]
fn a_file_that_is_damaged_and_whole_again_has_no_jump() {
    let rule = "a_file_that_is_damaged_and_whole_again_has_no_jump";
    play(
        rule,
        &|web| {
            web.find(100, true);
            web.show(3);
        },
        &[
            (
                SECOND,
                &|web| {
                    web.count(110);
                    web.set_aggregate(3, UNKNOWN);
                    web.show(4);
                },
                &[("c", 10.0)],
            ),
            (
                SECOND,
                &|web| {
                    web.count(113);
                    web.set_aggregate(3, SUM);
                },
                &[("c", 3.0), ("late", 0.0)],
            ),
            (SECOND, &|web| web.count(120), &[("c", 7.0)]),
        ],
    );
    play(
        rule,
        &|web| {
            web.find(100, true);
            web.show(3);
        },
        &[(
            SECOND,
            &|web| {
                web.count(110);
                web.show(4);
            },
            &[("c", 10.0), ("late", 110.0)],
        )],
    );
    let cut = |web: &mut Program<'_>| {
        let file = web.files.file("web");
        fs::File::options()
            .write(true)
            .open(&file.path)
            .unwrap()
            .set_len(file.built.slots as u64 + 8)
            .unwrap();
    };
    let mend = |web: &mut Program<'_>| {
        let file = web.files.file("web");
        file.put(0, &file.built.bytes);
        web.count(130);
    };
    play(
        rule,
        &|web| web.find(100, true),
        &[
            (SECOND, &cut, &[("c", 0.0)]),
            (SECOND, &mend, &[("c", 0.0)]),
            (SECOND, &|web| web.count(135), &[("c", 5.0)]),
        ],
    );
}

#[test]
fn fields_of_one_name_are_compared_each_with_itself() {
    let twice = |web: &mut Program<'_>| {
        let fields = [Field::counter("c", &[100]), Field::counter("c", &[7]), Field::counter("late", &[0])];
        let fixture = Fixture::with_fields(fields).attribute("sys.cmd", "web");
        web.files.start("web", ("web", 4101), before(), fixture, |_| {});
        web.show(2);
    };
    play(
        "fields_of_one_name_are_compared_each_with_itself",
        &twice,
        &[(SECOND, &|web| web.show(3), &[("c", 0.0)]), (SECOND, &nothing, &[("c", 0.0)])],
    );
}

#[test]
fn polls_that_are_late_have_the_rates_of_the_time_that_passed() {
    play(
        "polls_that_are_late_have_the_rates_of_the_time_that_passed",
        &|web| web.find(100, true),
        &[
            (SECOND, &|web| web.count(110), &[("c", 10.0)]),
            (SECOND * 5 / 2, &|web| web.count(130), &[("c", 8.0)]),
            (SECOND / 2, &|web| web.count(131), &[("c", 2.0)]),
        ],
    );
}

#[test]
fn what_is_infinite_or_no_number_has_no_rate() {
    let mean = |mean: f64| move |web: &mut Program<'_>| web.set_old("mean", &mean.to_le_bytes());
    let old = |web: &mut Program<'_>| {
        web.files.start_old("old", "web-1-1", 1, 100);
    };
    play(
        "what_is_infinite_or_no_number_has_no_rate",
        &old,
        &[
            (SECOND, &mean(f64::INFINITY), &[]),
            (SECOND, &mean(5.0), &[]),
            (SECOND, &mean(f64::NAN), &[]),
            (SECOND, &mean(1.0), &[]),
            (SECOND, &mean(4.0), &[("mean", 3.0)]),
        ],
    );
}

#[test]
fn a_file_that_was_made_anew_in_place_is_that_of_another_writer() {
    let again = |web: &mut Program<'_>| {
        web.set_old("sys.created", &1e9_f64.to_le_bytes());
        web.set_old("hits", &7_u64.to_le_bytes());
    };
    play(
        "a_file_that_was_made_anew_in_place_is_that_of_another_writer",
        &|web| web.files.start_old("old", "web-1-1", 1, 100),
        &[
            (SECOND, &|web| web.set_old("hits", &130_u64.to_le_bytes()), &[("hits", 30.0)]),
            (SECOND, &again, &[]),
            (SECOND, &|web| web.set_old("hits", &17_u64.to_le_bytes()), &[("hits", 10.0)]),
        ],
    );
}
