//! Which rows there are: sorted, filtered, folded.

use mmstats_tools::top::order::Sort;
use mmstats_tools::top::view::Action;

use crate::fixture::Field;
use crate::scene::Scene;

fn counters(labels: &[(&str, u64)]) -> Vec<Field> {
    labels.iter().map(|(label, count)| Field::counter(label, &[*count])).collect()
}

/// A program with these counters, read twice.
fn scene(labels: &[(&str, u64)]) -> Scene {
    let mut scene = Scene::new();
    let built =
        scene.start("web", counters(&labels.iter().map(|(label, _)| (*label, 0)).collect::<Vec<_>>()));
    scene.read(0);
    for (index, (_, count)) in labels.iter().enumerate() {
        scene.set("web", &built, index, &count.to_le_bytes());
    }
    scene.read(1);
    scene
}

#[test]
fn groups_have_more_than_one_member_and_no_needless_levels() {
    let labels = [
        ("a.b.c.one", 1),
        ("a.b.c.two", 1),
        ("alone.in.its.group", 1),
        ("lang", 1),
        ("lang.version", 1),
        ("plain", 1),
        ("s.x", 1),
        ("s.y.1", 1),
        ("s.y.2", 1),
        ("..", 1),
        ("...", 1),
    ];
    let expected = [
        "▾ web",
        "  ▾ .",
        "    ..",
        "    .",
        "  ▾ a.b.c",
        "    one",
        "    two",
        "  alone.in.its.group",
        "  lang",
        "  lang.version",
        "  plain",
        "  ▾ s",
        "    x",
        "    ▾ y",
        "      1",
        "      2",
        "  ▸ sys (6)",
    ];
    assert_eq!(scene(&labels).names(), expected);
}

#[test]
fn rows_are_sorted_by_any_column_and_within_their_groups() {
    let mut scene = scene(&[("a.x", 5), ("a.y", 50), ("b", 7), ("c", 70)]);
    let names = |scene: &mut Scene| scene.names().into_iter().skip(1).take(5).collect::<Vec<_>>();
    assert_eq!(names(&mut scene), ["  ▾ a", "    x", "    y", "  b", "  c"]);
    for sort in [Sort::Value, Sort::Rate, Sort::Ten, Sort::Sixty, Sort::Life] {
        scene.apply([Action::SortBy(sort)]);
        let rows = scene.names().into_iter().filter(|row| !row.contains("sys")).skip(1).collect::<Vec<_>>();
        assert_eq!(rows, ["  c", "  ▾ a", "    y", "    x", "  b"], "{sort:?}");
        scene.apply([Action::Reverse]);
        let rows = scene.names().into_iter().filter(|row| !row.contains("sys")).skip(1).collect::<Vec<_>>();
        assert_eq!(rows, ["  ▾ a", "    x", "    y", "  b", "  c"], "{sort:?} reversed");
    }
    scene.apply([Action::SortBy(Sort::Name), Action::SortBy(Sort::Name)]);
    assert_eq!(
        scene.names().into_iter().skip(2).collect::<Vec<_>>(),
        ["  c", "  b", "  ▾ a", "    y", "    x"]
    );
}

#[test]
fn processes_are_sorted_by_what_is_said_of_them() {
    let mut scene = Scene::new();
    // In the order of their names; of ids and ages in others.
    for (name, pid, created) in [("a", 30, 200), ("b", 10, 100), ("c", 20, 300)] {
        scene.start_process(name, pid, created, counters(&[("y", 1), ("x", 1)]));
    }
    scene.kill("a");
    scene.read(0);
    scene.read(1);
    scene.start_process("d", 5, 400, counters(&[("y", 1), ("x", 1)]));
    scene.read(1);
    scene.apply([Action::Type("~^[xy]$".into()), Action::Typed]);
    let processes = |scene: &mut Scene| {
        let rows = scene.names().into_iter().filter_map(|row| row.strip_prefix("▾ ").map(str::to_owned));
        rows.collect::<String>()
    };
    for (sort, expected, reversed) in [
        (Sort::Pid, "dbc", "cbd"),
        (Sort::Uptime, "bcd", "dcb"),
        (Sort::User, "bcd", "bcd"),
        (Sort::State, "bcd", "bcd"),
        (Sort::Name, "bcd", "dcb"),
    ] {
        scene.apply([Action::SortBy(sort)]);
        assert_eq!(processes(&mut scene), expected, "{sort:?}");
        scene.apply([Action::Reverse]);
        assert_eq!(processes(&mut scene), reversed, "{sort:?} reversed");
        scene.apply([Action::Reverse]);
    }
    scene.kill("b");
    scene.read(1);
    scene.apply([Action::SortBy(Sort::State), Action::SortBy(Sort::Pid), Action::SortBy(Sort::State)]);
    assert_eq!(processes(&mut scene), "cdb", "the dead after those that live");
    scene.apply([Action::SortBy(Sort::Uptime)]);
    assert_eq!(processes(&mut scene), "cdb", "those without a number last");
    scene.apply([Action::SortBy(Sort::Pid), Action::Flat]);
    let names = ["x  d 5", "y  d 5", "x  b 10", "y  b 10", "x  c 20", "y  c 20"];
    assert_eq!(scene.names(), names, "their fields by name");
    assert!(scene.draw(80, 24).contains("by PID▴"), "no heading says so in a list");
}

#[test]
fn a_list_has_the_fields_of_all_processes() {
    let mut scene = scene(&[("b", 5), ("a.x", 6)]);
    scene.start("other", counters(&[("b", 1000)]));
    scene.read(1);
    scene.apply([Action::Flat, Action::SortBy(Sort::Value), Action::Type("~^(a|b)".into()), Action::Typed]);
    assert_eq!(scene.names(), ["b  other 4711", "a.x  web 4711", "b  web 4711"]);
}

#[test]
fn a_list_goes_by_labels_over_all_processes_and_follows_its_values() {
    let labels = [("b", 5), ("a.x", 6), ("c", 7)];
    let mut scene = scene(&labels);
    let other = scene.start("other", counters(&[("b", 1000), ("bb", 0)]));
    scene.read(1);
    scene.apply([Action::Flat, Action::Type("~^(a|b|c)".into()), Action::Typed]);
    let by_name = ["a.x  web 4711", "b  other 4711", "b  web 4711", "bb  other 4711", "c  web 4711"];
    assert_eq!(scene.names(), by_name);
    scene.apply([Action::Reverse]);
    assert_eq!(scene.names(), by_name.into_iter().rev().collect::<Vec<_>>());
    scene.apply([Action::SortBy(Sort::Value)]);
    assert_eq!(scene.names().first().map(String::as_str), Some("b  other 4711"));
    scene.set("other", &other, 1, &2000_u64.to_le_bytes());
    scene.read(1);
    assert_eq!(scene.names().first().map(String::as_str), Some("bb  other 4711"));
    // What comes and goes is seen also while names are the order.
    scene.apply([Action::SortBy(Sort::Name)]);
    scene.start("third", counters(&[("a", 1)]));
    scene.remove("web");
    scene.read(1);
    scene.read(10);
    assert_eq!(scene.names(), ["a  third 4711", "b  other 4711", "bb  other 4711"]);
}

#[test]
fn a_filter_opens_what_it_finds_and_takes_processes_too() {
    let mut scene = scene(&[("a.x", 5), ("a.y", 0), ("b", 0)]);
    scene.start("other", counters(&[("z", 1)]));
    scene.read(1);
    scene.names();
    scene.apply([Action::Select(0), Action::Close, Action::Type("a.y".into())]);
    assert_eq!(scene.names(), ["▾ web", "  ▾ a", "    y"]);
    scene.apply([Action::Type("other".into())]);
    assert_eq!(scene.names(), ["▾ other", "  z", "  ▾ sys"].into_iter().chain(SYS).collect::<Vec<_>>());
    scene.apply([Action::Type("~a.[x".into())]);
    assert!(scene.view.wanted.filter.problem().is_some());
    assert_eq!(scene.names().first().map(String::as_str), Some("▾ other"), "the last good one is kept");
    scene.apply([Action::Type("nothing has this".into())]);
    assert!(scene.draw(80, 24).contains("nothing matches the filter"));
    scene.apply([Action::Escape]);
    assert_eq!(scene.names().first().map(String::as_str), Some("▸ other"));
}

const SYS: [&str; 6] = ["    cmd", "    created", "    gid", "    pid", "    tid", "    uid"];

#[test]
fn zeros_are_hidden_but_not_from_a_filter() {
    let mut scene = scene(&[("a.x", 5), ("a.y", 0), ("b", 0)]);
    scene.apply([Action::Zeros]);
    assert_eq!(scene.names().into_iter().take(3).collect::<Vec<_>>(), ["▾ web", "  ▾ a", "    x"]);
    assert!(!scene.names().contains(&"  b".to_owned()));
    scene.apply([Action::Type("b".into())]);
    assert!(scene.names().contains(&"  b".to_owned()));
}

#[test]
fn what_is_folded_says_how_much_it_holds() {
    let mut scene = scene(&[("a.x", 5), ("a.y", 0), ("b", 0)]);
    scene.names();
    scene.apply([Action::Move(1), Action::Fold]);
    assert_eq!(scene.names(), ["▾ web", "  ▸ a (2)", "  b", "  ▸ sys (6)"]);
    scene.apply([Action::Open]);
    assert_eq!(scene.names().len(), 6);
    // From a field to the group that it is in, and from there on.
    scene.apply([Action::Move(1), Action::Close, Action::Close, Action::Close, Action::Close]);
    assert_eq!(scene.names(), ["▸ web"]);
}

#[test]
fn many_processes_are_closed_at_first_and_few_are_open() {
    for (count, rows) in [(3, 3 * 3), (40, 40)] {
        let mut scene = Scene::new();
        for number in 0..count {
            scene.start(&format!("web{number:02}"), counters(&[("hits", 1)]));
        }
        scene.read(0);
        scene.draw(80, 24);
        assert_eq!(scene.view.table.rows.len(), rows);
    }
}

#[test]
fn the_selection_stays_with_what_is_selected() {
    let mut scene = scene(&[("b", 5), ("c", 0)]);
    scene.names();
    scene.apply([Action::Move(2)]);
    scene.start("a", counters(&[("new", 1)]));
    scene.read(1);
    let shown = scene.draw(80, 24);
    assert!(shown.lines().rev().nth(1).is_some_and(|help| help.starts_with(" c  counter")), "{shown}");
}
