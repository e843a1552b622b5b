//! The real program and its keys, and the mouse.

use mmstats::{MmStats, Stats};
use mmstats_tests::subject::SubjectStats;
use tempfile::TempDir;

use crate::fixture::Fixture;
use crate::scene::web_fields;
use crate::support::lock;
use crate::tmux::{self, Tmux};

/// A program of this process, and topstats on a terminal.
struct Scene {
    tmux: Tmux,
    stats: Stats<SubjectStats>,
    dir: TempDir,
}

impl Scene {
    /// Nothing where there is no tmux.
    fn new(test: &str, columns: u16, rows: u16) -> Option<Self> {
        if !tmux::is_there(test) {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let stats = SubjectStats::options().dir(dir.path()).create().unwrap();
        let command = format!("{} -d 0.1", env!("CARGO_BIN_EXE_topstats"));
        let tmux = Tmux::new(columns, rows, dir.path(), &command);
        tmux.wait_for("events");
        Some(Self { tmux, stats, dir })
    }

    /// Waits until the row of `events` has a rate.
    fn count_until(&self, is_so: impl Fn(&str) -> bool) {
        self.tmux.wait("a rate of events", |screen| {
            self.stats.events.add(1000);
            screen.lines().any(|line| line.contains("events") && is_so(line))
        });
    }
}

fn has_row(screen: &str, name: &str) -> bool {
    screen.lines().any(|line| line.trim_start().starts_with(name))
}

#[test]
fn what_a_program_counts_is_shown_while_it_does() {
    let Some(scene) = Scene::new("what_a_program_counts_is_shown_while_it_does", 80, 24) else { return };
    scene.count_until(|line| line.contains(" k ") && line.contains(['▆', '█']));
    // Another program starts, and ends.
    let path = scene.dir.path().join("web.mmstats");
    let other = Fixture { flags: 1, ..Fixture::with_fields(web_fields()).attribute("sys.cmd", "other") };
    other.write(&path);
    let _lock = lock(&path);
    scene.tmux.wait_for("other");
    std::fs::remove_file(&path).unwrap();
    scene.tmux.wait_for("gone");
}

#[test]
fn a_filter_is_typed_and_left() {
    let Some(scene) = Scene::new("a_filter_is_typed_and_left", 80, 24) else { return };
    let tmux = &scene.tmux;
    tmux.press(&["/"]);
    tmux.type_text("~ev.*s");
    tmux.wait("only what is looked for", |screen| has_row(screen, "events") && !has_row(screen, "level"));
    tmux.type_text("(");
    tmux.wait("the error of the expression", |screen| {
        screen.contains("~ev.*s(") && has_row(screen, "events")
    });
    tmux.press(&["BSpace", "Enter"]);
    tmux.wait_for("/~ev.*s");
    tmux.press(&["Escape"]);
    tmux.wait("everything again", |screen| has_row(screen, "level"));
}

#[test]
fn keys_fold_sort_pause_and_change_how_numbers_look() {
    let Some(scene) = Scene::new("keys_fold_sort_pause_and_change_how_numbers_look", 80, 24) else { return };
    let tmux = &scene.tmux;
    scene.stats.events.add(12_345);
    tmux.wait_for("12.3 k");
    tmux.press(&["u"]);
    tmux.wait_for("12345");
    tmux.press(&["u", "Home", "Left"]);
    tmux.wait("the process is closed", |screen| screen.contains("▸") && !has_row(screen, "events"));
    tmux.press(&["Enter", "t", "s"]);
    tmux.wait("a list sorted by value", |screen| {
        screen.contains("VALUE▾") && has_row(screen, "subject.events")
    });
    tmux.press(&["r"]);
    tmux.wait_for("VALUE▴");
    tmux.press(&["t", "S"]);
    tmux.wait_for("NAME▴");
    tmux.press(&["-", "-"]);
    tmux.wait_for("every 0.5 s");
    tmux.press(&["+", "+", "z"]);
    tmux.wait("zeros are hidden", |screen| screen.contains("every 0.1 s") && !has_row(screen, "level"));
    tmux.press(&["z", "p"]);
    tmux.wait_for("PAUSED");
    scene.stats.events.add(1_000_000);
    tmux.press(&["p"]);
    tmux.wait_for("1.01 M");
}

#[test]
fn a_field_is_shown_by_itself_and_keys_are_explained() {
    let Some(scene) = Scene::new("a_field_is_shown_by_itself_and_keys_are_explained", 80, 24) else { return };
    let tmux = &scene.tmux;
    tmux.press(&["h"]);
    tmux.wait_for("up and down");
    tmux.press(&["x", "/"]);
    tmux.type_text("events");
    tmux.press(&["Enter", "End", "Enter"]);
    tmux.wait_for("What was counted.");
    tmux.wait("a chart of its rate", |screen| {
        scene.stats.events.add(100);
        screen.contains("ago") && screen.contains("now")
    });
    tmux.press(&["Escape"]);
    tmux.wait_for("NAME▴");
}

#[test]
fn the_mouse_selects_folds_sorts_and_scrolls() {
    // The scene is kept: without it the files are gone.
    let Some(scene) = Scene::new("the_mouse_selects_folds_sorts_and_scrolls", 80, 24) else { return };
    let tmux = &scene.tmux;
    let screen = tmux.wait_for("level");
    let row = screen.lines().position(|line| line.trim_start().starts_with("level")).unwrap();
    tmux.mouse(0, 20, u16::try_from(row).unwrap() + 1);
    tmux.wait_for("What was set.");
    // The mark of the process.
    tmux.mouse(0, 1, 4);
    tmux.wait("the process is closed", |screen| !has_row(screen, "level"));
    tmux.mouse(0, 1, 4);
    tmux.wait_for("level");
    tmux.mouse(0, 30, 3);
    tmux.wait_for("VALUE▾");
    tmux.mouse(0, 30, 3);
    tmux.wait_for("VALUE▴");
    tmux.mouse(0, 27, 2);
    tmux.wait_for("PID▴");
    tmux.mouse(0, 1, 3);
    tmux.wait_for("NAME▴");
    tmux.resize(80, 8);
    tmux.wait("the screen is small", |screen| screen.lines().count() <= 8 && screen.contains("quit"));
    tmux.press(&["Home"]);
    tmux.wait_for("▾ topstats");
    for _ in 0..3 {
        tmux.mouse(65, 10, 4);
    }
    tmux.wait("the first row is gone", |screen| !screen.contains("▾ topstats"));
}

#[test]
fn nobody_is_asked_where_the_mouse_moves() {
    let Some(scene) = Scene::new("nobody_is_asked_where_the_mouse_moves", 80, 24) else { return };
    let tmux = &scene.tmux;
    let modes = ["mouse_standard_flag", "mouse_sgr_flag", "mouse_button_flag", "mouse_all_flag"];
    assert_eq!(modes.map(|mode| tmux.get(mode)), ["1", "1", "0", "0"]);
}

#[test]
fn any_size_will_do() {
    let Some(scene) = Scene::new("any_size_will_do", 80, 24) else { return };
    let tmux = &scene.tmux;
    for (columns, rows) in [(1, 1), (200, 50), (40, 10), (3, 100), (80, 24)] {
        tmux.resize(columns, rows);
        tmux.wait("as many rows", |screen| screen.lines().count() <= usize::from(rows));
    }
    tmux.wait("the screen as it was", |screen| screen.contains("TREND") && screen.contains("quit"));
}
