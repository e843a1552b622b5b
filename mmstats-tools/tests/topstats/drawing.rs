//! The screen, at several sizes.

use std::time::Duration;

use mmstats_tools::top::view::{Action, Mode};

use crate::fixture::Field;
use crate::scene::{Scene, web_fields, work};

/// Two programs, of which one has worked for two seconds.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let web = scene.start("web", web_fields());
    scene.start("idle", [Field::counter("jobs", &[7])]);
    scene.read(0);
    scene.draw(80, 24);
    work(&scene, "web", &web);
    scene.read(2);
    scene
}

/// The screen is what the file of this name in `screens/` says.
macro_rules! assert_screen {
    ($shown:expr, $name:literal) => {
        let shown = $shown;
        let expected = include_str!(concat!("screens/", $name));
        assert_eq!(shown.trim_end(), expected.trim_end(), "expected {}, found\n{shown}", $name);
    };
}

#[test]
fn eighty_columns_and_twenty_four_rows_are_enough() {
    let mut scene = scene();
    scene.apply([Action::Move(8)]);
    assert_screen!(scene.draw(80, 24), "80x24.txt");
}

#[test]
fn a_narrow_screen_drops_columns_from_the_right() {
    let mut scene = scene();
    scene.apply([Action::Move(1)]);
    assert_screen!(scene.draw(40, 10), "40x10.txt");
}

#[test]
fn a_wide_screen_has_room_for_more() {
    let mut scene = scene();
    scene.apply([Action::Move(6)]);
    assert_screen!(scene.draw(200, 50), "200x50.txt");
}

#[test]
fn a_field_by_itself_has_all_that_is_known_of_it() {
    let mut scene = scene();
    scene.apply([Action::Move(8), Action::Detail]);
    scene.read(2);
    assert_screen!(scene.draw(80, 24), "detail.txt");
}

#[test]
fn help_of_any_length_can_be_read() {
    let help = format!("What came in.\n\n{}The end.", "So many words that they fill lines. ".repeat(8));
    let label = format!("web.{}", "requests_of_all_methods_".repeat(6));
    let mut scene = Scene::new();
    scene.start("web", [Field::counter(&label, &[17]).described(&help, "", "")]);
    scene.read(0);
    scene.draw(80, 24);
    scene.apply([Action::Move(1)]);
    let shown = scene.draw(80, 24);
    assert!(!shown.contains(r"\u{a}"), "{shown}");
    scene.apply([Action::Detail]);
    let shown = scene.draw(80, 24);
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("What came in. So many words") && words.contains("lines. The end."), "{shown}");
    assert!(words.replace(' ', "").contains(&label) && !shown.contains('…'), "{shown}");
}

#[test]
fn a_field_by_itself_shows_lower_bounds_as_such() {
    let mut scene = Scene::new();
    // Durations of 4 ns and more are in the bucket that has no end.
    let timer = |words: &[u64]| Field::timer("long", 3, &[words]);
    let built = scene.start("web", [timer(&[9, 2, 0, 0, 1, 0])]);
    scene.read(0);
    scene.set("web", &built, 0, &timer(&[9, 20, 0, 0, 1, 2]).values[0]);
    scene.read(1);
    scene.draw(100, 30);
    scene.apply([Action::Move(1), Action::Detail]);
    let shown = scene.draw(100, 30);
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("last interval ≥ 4 ns ≥ 4 ns ≥ 4 ns ≥ 4 ns ≥ 9 ns ≥ 9 ns"), "{shown}");
    assert!(words.contains("life ≥ 4 ns ≥ 4 ns ≥ 4 ns ≥ 4 ns ≥ 7 ns ≥ 6.66 ns"), "{shown}");
    // The bar of the last bucket has no end.
    assert!(words.contains("2 in the last interval") && !words.contains("4 ns .. "), "{shown}");
}

#[test]
fn members_of_records_are_in_their_units() {
    let data = [&0.25_f64.to_le_bytes()[..], &4096_u32.to_le_bytes()].concat();
    let members = [("took", 10, 0), ("size", 3, 8)];
    let mut record = Field::record("last", 12, &members, vec![crate::fixture::record(&data)]).into_iter();
    let mut next = |unit| record.next().unwrap().described("", unit, "");
    let mut scene = Scene::new();
    scene.start("web", [next(""), next("seconds"), next("bytes")]);
    scene.read(0);
    assert!(scene.draw(80, 24).contains("took=250 ms size=4 KiB"), "{}", scene.draw(80, 24));
    scene.apply([Action::Raw]);
    assert!(scene.draw(80, 24).contains("took=0.25 size=4096"), "{}", scene.draw(80, 24));
}

#[test]
fn times_are_rounded() {
    let mut scene = scene();
    scene.age = Duration::from_micros(145_091);
    scene.view.interval = Duration::from_millis(1500);
    scene.read(0);
    let shown = scene.draw(80, 24);
    assert!(shown.contains("up 0.1 s alive") && shown.contains("every 1.5 s"), "{shown}");
}

#[test]
fn a_counter_at_rest_has_a_chart_from_zero() {
    let mut scene = scene();
    scene.apply([Action::Move(1), Action::Detail]);
    scene.draw(80, 24);
    scene.read(1);
    scene.read(1);
    let shown = scene.draw(80, 24);
    assert!(shown.contains(" 1│") && !shown.contains("0.5"), "{shown}");
}

#[test]
fn the_keys_fit_the_screen() {
    let mut scene = scene();
    scene.apply([Action::ShowKeys]);
    assert_screen!(scene.draw(80, 24), "keys.txt");
}

#[test]
fn where_nothing_is_there_is_said_so() {
    let shown = Scene::new().draw(80, 24);
    assert!(shown.contains("no mmstats files"), "{shown}");
}

#[test]
fn every_size_can_be_drawn() {
    let mut scene = scene();
    for mode in [Mode::Table, Mode::Typing, Mode::Keys, Mode::Detail] {
        for columns in (0..30).chain([79, 80, 81, 300]) {
            for rows in (0..12).chain([24, 100]) {
                scene.apply([Action::Select(8)]);
                scene.view.mode = mode;
                scene.draw(columns, rows);
            }
        }
    }
}
