//! Names and values that mean no good.

use mmstats_tools::display::width;
use mmstats_tools::escape::is_hazardous;
use mmstats_tools::top::view::Action;

use crate::fixture::{Field, text};
use crate::scene::Scene;

const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\r\n";

#[test]
fn no_string_of_a_file_drives_the_terminal() {
    let mut scene = Scene::new();
    let fields = [
        Field::counter(EVIL, &[1]).described(EVIL, EVIL, ""),
        Field::counter("tagged", &[1]).described("", "", &format!("{EVIL}\0{EVIL}\0")),
        Field::text("text", 0, &[text(64, EVIL.as_bytes())]),
    ];
    scene.start("web", fields);
    scene.start(EVIL, [Field::counter("hits", &[1])]);
    scene.read(0);
    scene.draw(120, 40);
    for action in [
        Action::Move(0),
        Action::Move(4),
        Action::Flat,
        Action::Move(1),
        Action::Detail,
        Action::Type(EVIL.into()),
    ] {
        scene.apply([action]);
        let shown = scene.draw(120, 40);
        assert!(!shown.replace('\n', "").contains(is_hazardous), "{shown:?}");
    }
}

#[test]
fn wide_combining_and_right_to_left_characters_leave_columns_where_they_are() {
    let short = ["größe", "尺寸", "שלום", "לא\u{5b8}", "لا", "e\u{301}te\u{301}", "👩‍👩‍👧", "1️⃣", "🇩🇪", "plain"];
    // Of one that fits the column and one that does not.
    let labels = short.map(str::to_owned).into_iter().chain(short.map(|label| label.repeat(30)));
    let mut scene = Scene::new();
    scene.start("尺", labels.map(|label| Field::counter(&label, &[17])).collect::<Vec<_>>());
    scene.read(0);
    for is_flat in [false, true] {
        let shown = scene.draw(80, 40);
        let rows: Vec<&str> = shown.lines().filter(|row| row.contains(" 17 ")).collect();
        assert_eq!(rows.len(), 2 * short.len(), "{shown}");
        for row in rows {
            let row = row.split(" 17 ").next().unwrap();
            assert_eq!(width(&row), 33, "{row}");
            // As much of a long one is shown as there is room for.
            if let Some((name, _)) = row.split_once('…').filter(|_| !is_flat) {
                assert!((19..=20).contains(&width(&name)), "{row}");
            }
        }
        scene.apply([Action::Flat]);
    }
}

#[test]
fn ten_thousand_labels_can_be_looked_through() {
    let mut scene = Scene::new();
    let labels = (0..10_000).map(|number| format!("group.{}.label.{number}", number % 100));
    scene.start("web", labels.map(|label| Field::counter(&label, &[1])).collect::<Vec<_>>());
    scene.read(0);
    scene.draw(80, 24);
    scene.apply([Action::Select(usize::MAX), Action::Flat, Action::Type("~label\\.99[0-9]+$".into())]);
    scene.draw(80, 24);
    assert_eq!(scene.view.table.rows.len(), 110);
}

#[test]
fn labels_of_64_kib_and_of_nothing_but_dots_are_shown_as_far_as_there_is_room() {
    let mut scene = Scene::new();
    let long = "x".repeat(60_000);
    let dots = ".".repeat(1000);
    let nested = (1..200).map(|depth| "a.".repeat(depth));
    let labels = [long.as_str(), &dots, ""].map(str::to_owned).into_iter().chain(nested);
    scene.start("web", labels.map(|label| Field::counter(&label, &[1])).collect::<Vec<_>>());
    scene.read(0);
    for action in [Action::Move(0), Action::Select(usize::MAX), Action::Move(-2), Action::Detail] {
        scene.apply([action]);
        let shown = scene.draw(80, 24);
        assert!(shown.lines().all(|line| width(&line) <= 80), "{shown}");
    }
}
