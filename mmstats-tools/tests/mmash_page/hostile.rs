//! Strings and numbers that nobody should write.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mmstats::{Histogram, MmStats, Timer};

use crate::fixture::{Field, Fixture, text};
use crate::subject::put;
use crate::{chart, open_application, open_shelf};

/// Has what follows stand in the other direction.
const OVERRIDE: char = '\u{202e}';

#[test]
fn what_would_reorder_the_page_is_shown_as_what_it_is() {
    let fill = |dir: &Path| {
        let evil = |what: &str| format!("{what}{OVERRIDE}txt");
        let tags = format!("{}\0{}\0", evil("key"), evil("value"));
        let hits = Field::counter(&evil("label"), &[1]).described(&evil("help"), &evil("unit"), &tags);
        let lines = format!("first\n{OVERRIDE}second \u{7}");
        let phase = Field::text(&evil("phase"), 0, &[text(64, lines.as_bytes())]);
        put(dir, "a.mmstats", &evil("job"), Fixture::with_fields([hits, phase]));
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    assert_eq!(browser.text(&page, "#applications a"), r"job\u{202e}txt");
    open_application(&mut browser, &page);
    browser.wait(&page, "document.querySelector('#texts dd') !== null");
    assert_eq!(browser.text(&page, "#texts dd"), "first\n\\u{202e}second \\u{7}");
    let chart = "[...document.querySelectorAll('#fields tr')].find((row) => row.textContent.includes('label')).querySelector('button')";
    browser.evaluate(&page, &format!("{chart}.click(); document.querySelector('details').open = true; true"));
    browser.wait(&page, "document.querySelector('article canvas') !== null");
    browser.wait(&page, "document.title.includes('202e')");
    browser.enter(&page, "label");
    browser.wait(&page, "document.querySelectorAll('#results .result').length > 0");
    // Neither to the eye nor to a screen reader.
    let said = "[document.title, document.body.textContent, \
                ...[...document.querySelectorAll('*')].flatMap(({ariaLabel, title}) => [ariaLabel, title])].join()";
    assert_eq!(browser.evaluate(&page, &format!("({said}).includes('{OVERRIDE}')")), false);
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn names_are_shown_as_all_tools_show_them_and_have_charts_that_a_link_shows_again() {
    let fill = |dir: &Path| {
        let field = |label: &str, tags: &str| Field::counter(label, &[1]).described("", "", tags);
        let fields = [
            field("x", "a\x001,2\0a\x003\0"),
            field("b,c{", ""),
            field(r"d\u{1b}", "k\0\"\0"),
            field("", ""),
        ];
        put(dir, "a.mmstats", "job", Fixture::with_fields(fields));
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    open_application(&mut browser, &page);
    for name in [r#"x{a="1,2",a="3"}"#, r"b\u{2c}c\u{7b}", r#"d\u{5c}u\u{7b}1b}{k="\u{22}"}"#] {
        let name = serde_json::Value::from(name);
        let row = "[...document.querySelectorAll('#fields tr')].find((row) => \
                   row.querySelector('[data-part=label]').textContent === ";
        browser.wait(&page, &format!("{row}{name}) !== undefined"));
        browser.evaluate(&page, &format!("{row}{name}).querySelector('button').click(); true"));
        let card = "[...document.querySelectorAll('article.card')].find((card) => \
                    card.querySelector('[data-part=label]').textContent === ";
        browser.wait(&page, &format!("{card}{name})?.querySelector('canvas') != null"));
        assert_eq!(browser.evaluate(&page, &format!("{card}{name}).dataset.label")), name);
    }
    let link = browser.evaluate(&page, "location.href");
    let other = browser.open(link.as_str().unwrap());
    browser.wait(&other, "document.querySelectorAll('article.card canvas').length === 3");
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn of_a_very_long_text_the_beginning_is_shown_and_how_long_it_is() {
    let fill = |dir: &Path| {
        let note = Field::text("job.note", 0, &[text(1 << 20, "long ".repeat(200_000).as_bytes())]);
        put(dir, "a.mmstats", "job", Fixture::with_fields([note]));
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    open_application(&mut browser, &page);
    browser.wait(&page, "document.querySelector('#texts dd') !== null");
    for shown in [browser.text(&page, "#texts dd"), browser.text(&page, "#fields")] {
        assert!(
            shown.len() < 1000 && shown.contains("long long") && shown.contains("… (1000000 bytes)"),
            "{shown}"
        );
    }
}

#[test]
fn names_of_any_length_have_their_room() {
    let fill = |dir: &Path| {
        let long = |what: &str| what.repeat(50_000);
        let field = Field::counter(&"label".repeat(51), &[1]).described(&long("help "), &long("unit"), "");
        put(dir, "a.mmstats", &long("job"), Fixture::with_fields([field]));
        let done = Fixture::with_fields([Field::counter(&"label".repeat(51), &[1]).described(
            "",
            &long("unit"),
            "",
        )]);
        put(dir, "b.mmstats", "job", done);
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    browser.enter(&page, "label");
    browser.wait(&page, "document.querySelectorAll('#results .name').length > 1");
    let chart = "[...document.querySelectorAll('#results .result')].find((found) => /^job · /.test(found.querySelector('.of').textContent))";
    browser.click_on(&page, chart);
    browser.wait(&page, "document.querySelector('article canvas') !== null");
    browser.press(&page, "Escape");
    browser.press(&page, "Escape");
    // Of the other the name ends where names of processes do, so that it fits into an address.
    let other = "[...document.querySelectorAll('#applications a')].find((name) => name.textContent.startsWith('jobjob'))";
    browser.click_on(&page, other);
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 0");
    browser.press(&page, "Escape");
    let done = "[...document.querySelectorAll('#applications a')].find((name) => name.textContent === 'job')";
    browser.wait(&page, &format!("{done} !== undefined"));
    browser.click_on(&page, done);
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 0");
    for width in [360, 1280, 2560] {
        browser.resize(&page, width, 900);
        browser.wait(&page, "document.documentElement.scrollWidth <= innerWidth");
    }
    let longest = "Math.max(...[...document.querySelectorAll('body *')].map((one) => one.children.length > 0 ? 0 : one.textContent.length))";
    assert!(browser.evaluate(&page, longest).as_u64().unwrap() <= 1001);
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "odd.")]
struct Odd {
    zeros: Histogram,
    few: Histogram,
    #[mmstats(unit = "bytes")]
    one: Histogram,
    narrow: Timer,
}

#[test]
fn every_axis_of_a_distribution_has_numbers() {
    let mut odd = None;
    let fill = |dir: &Path| odd = Some(Odd::options().dir(dir).mode(0o644).create().unwrap());
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    let odd = odd.unwrap();
    // What is drawn, by the label of the chart; times are no numbers of values.
    browser.evaluate(
        &page,
        "window.drawn = {}; const fill = CanvasRenderingContext2D.prototype.fillText; \
         CanvasRenderingContext2D.prototype.fillText = function (text, ...place) { \
         const chart = this.canvas.closest('article')?.dataset.label; \
         if (chart && !text.includes(':')) (window.drawn[chart] ??= new Set()).add(text); \
         return fill.call(this, text, ...place); }; true",
    );
    for label in ["odd.zeros", "odd.few", "odd.one", "odd.narrow"] {
        chart(&mut browser, &page, label);
        // All that it may draw now is of what came.
        browser.evaluate(&page, &format!("delete window.drawn['{label}']"));
    }
    let expected = "[['odd.zeros', '0', '1'], ['odd.few', '0', '10'], ['odd.one', '512 B', '1 KiB'], ['odd.narrow', '5 ms', '10 ms']] \
                    .every(([chart, ...texts]) => texts.every((text) => window.drawn[chart]?.has(text)))";
    let deadline = Instant::now() + Duration::from_mins(4);
    while browser.evaluate(&page, expected) != true {
        let drawn = "JSON.stringify(Object.entries(window.drawn).map(([chart, texts]) => [chart, ...texts]))";
        assert!(Instant::now() < deadline, "{}", browser.evaluate(&page, drawn));
        odd.zeros.record(0);
        odd.few.record(0);
        odd.few.record(7);
        odd.one.record(1000);
        odd.narrow.record(Duration::from_millis(6));
        odd.narrow.record(Duration::from_millis(9));
        sleep(Duration::from_millis(100));
    }
    assert_eq!(browser.complaints(&page), [""; 0]);
}
