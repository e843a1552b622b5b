//! How fast things grow, while files come and go.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use mmstats_tools::top::view::Action;

use crate::fixture::{Built, Field, Fixture, text};
use crate::scene::Scene;
use crate::support::old_field;

fn hits(count: u64) -> [Field; 1] {
    [Field::counter("hits", &[count])]
}

fn set(scene: &Scene, built: &Built, count: u64) {
    scene.set("web", built, 0, &count.to_le_bytes());
}

/// The row of the field `label`: value, rate, and means over 10 and 60 seconds.
fn row(scene: &mut Scene, label: &str) -> Vec<String> {
    let shown = scene.draw(100, 40);
    let row = shown.lines().find(|row| row.trim_start().starts_with(label));
    let row = row.unwrap_or_else(|| panic!("{label} in\n{shown}"));
    row.split_whitespace().skip(1).take(4).map(str::to_owned).collect()
}

#[test]
fn a_program_that_starts_anew_never_has_a_negative_rate() {
    let mut scene = Scene::new();
    let built = scene.start("web", hits(1000));
    scene.read(0);
    set(&scene, &built, 1010);
    scene.read(1);
    assert_eq!(row(&mut scene, "hits"), ["1.01", "k", "10", "10"]);
    scene.kill("web");
    scene.remove("web");
    scene.start("web", hits(3));
    scene.read(1);
    let shown = scene.draw(100, 40);
    assert!(!shown.contains(" -"), "{shown}");
    // The old one, with its last count, and the new one.
    assert!(shown.contains("gone") && shown.contains("1.01 k") && shown.contains("alive"), "{shown}");
}

#[test]
fn one_that_died_stays_for_ten_seconds_with_its_last_counts() {
    for is_removed in [false, true] {
        let mut scene = Scene::new();
        let built = scene.start("web", hits(1));
        scene.read(0);
        set(&scene, &built, 17);
        scene.kill("web");
        if is_removed {
            scene.remove("web");
        }
        scene.read(1);
        let shown = scene.draw(80, 24);
        let state = if is_removed { "gone" } else { "stale" };
        assert!(shown.contains(state), "{shown}");
        assert_eq!(row(&mut scene, "hits"), ["17", "16"], "what it counted last");
        scene.read(1);
        assert_eq!(row(&mut scene, "hits"), ["17"], "no rates of who counts no more");
        scene.read(8);
        assert!(scene.draw(80, 24).contains(state));
        scene.read(1);
        assert!(!scene.draw(80, 24).contains("web"), "{}", scene.draw(80, 24));
    }
}

#[test]
fn the_dead_are_shown_if_they_are_asked_for() {
    for (mut scene, is_shown) in [(Scene::new(), false), (Scene::with_stale(), true)] {
        scene.start("web", hits(1));
        scene.kill("web");
        for _ in 0..3 {
            scene.read(20);
            assert_eq!(scene.draw(80, 24).contains("stale"), is_shown);
        }
    }
}

#[test]
fn what_nobody_can_say_is_unknown() {
    let mut scene = Scene::new();
    // Its header has another inode's number: it is a copy.
    fs::write(scene.path("copy"), Fixture::with_fields(hits(1)).build().bytes).unwrap();
    scene.read(0);
    assert!(scene.draw(80, 24).contains("unknown"));
}

#[test]
fn format_1_says_no_kinds_so_that_numbers_may_fall() {
    let mut scene = Scene::new();
    let write = |value: i64| {
        let fields =
            [old_field("sys.pid", "i", &1_i32.to_le_bytes()), old_field("level", "q", &value.to_le_bytes())];
        [&b"\x01"[..], &fields.concat(), &[0, 0]].concat()
    };
    let path = scene.path("old");
    fs::write(&path, write(100)).unwrap();
    scene.read(0);
    // In place, as the original writes.
    File::options().write(true).open(&path).unwrap().write_all_at(&write(80), 0).unwrap();
    scene.read(2);
    assert_eq!(row(&mut scene, "level"), ["80", "-10", "-10", "-10"]);
}

#[test]
fn fields_that_come_and_go_leave_the_others_as_they_were() {
    let mut scene = Scene::new();
    let phases = [text(16, b"reading"), text(16, b"writing")];
    let fields = [Field::text("phase", 0, &phases), Field::counter("hits", &[10, 20])];
    let built = scene.start_threads("web", &[1, 2], fields);
    scene.read(0);
    scene.draw(100, 40);
    // The second thread ends, and what it counted stays.
    let file = File::options().write(true).open(scene.path("web")).unwrap();
    let hits = built.value_at(1, 0) as u64;
    let stride = built.value_at(1, 1) - built.value_at(1, 0);
    file.write_all_at(&[0; 4], (built.value_at(0, 0) - 128 + stride) as u64).unwrap();
    file.write_all_at(&15_u64.to_le_bytes(), hits).unwrap();
    scene.read(1);
    assert_eq!(row(&mut scene, "hits"), ["35", "5", "5", "5"]);
    assert!(!scene.draw(100, 40).contains("writing"));
}

#[test]
fn a_pause_of_the_reader_is_time_as_any_other() {
    let mut scene = Scene::new();
    let built = scene.start("web", hits(0));
    scene.read(0);
    scene.apply([Action::Pause]);
    assert!(scene.draw(80, 24).contains("PAUSED"));
    set(&scene, &built, 300);
    scene.read(30);
    assert_eq!(row(&mut scene, "hits"), ["300", "10", "10", "10"]);
}
