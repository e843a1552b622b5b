//! Charts of what has no history, or has not come yet.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mmstats::{Average, MmStats};

use crate::browser::Browser;
use crate::fixture::{Field, Fixture};
use crate::subject::{Place, Server, Subject, directory, put};
use crate::{card, chart, open_shelf, wait_for_points, wait_until_live};

#[test]
fn what_mmash_does_not_keep_is_drawn_from_now_on() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = directory();
    let subject = Subject::start(dir.path());
    let server = Server::start_with(dir.path(), "127.0.0.1:0", &["--history-fields", "0"]);
    let place = Place { server, subject, dir };
    place.subject.set_level(47.0);
    let page = browser.open(&place.server.url);
    wait_until_live(&mut browser, &page);
    browser.click(&page, "#range label");
    for label in ["shop.orders", "shop.level"] {
        chart(&mut browser, &page, label);
        let card = card(label);
        let said = format!("document.querySelector(\"{card} [data-part=message]\").innerText");
        browser.wait(&page, &format!("{said}.includes('drawn from now on')"));
        browser.evaluate(&page, &format!("document.querySelector(\"{card} details\").open = true; true"));
        browser.wait(&page, &format!("document.querySelectorAll(\"{card} tbody tr\").length > 2"));
    }
    let level = "[...document.querySelectorAll(\"article.card[data-label='shop.level'] tbody td\")].at(0).textContent";
    browser.wait(&page, &format!("{level} === '47 degrees'"));
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[derive(MmStats)]
#[repr(C)]
struct Answers {
    quality: Average,
}

#[test]
fn of_an_average_that_is_not_kept_the_means_of_what_comes_are_drawn() {
    let mut answers = None;
    let fill = |dir: &Path| answers = Some(Answers::options().dir(dir).mode(0o644).create().unwrap());
    let Some((mut browser, page, _shelf)) = open_shelf(&["--history-fields", "0"], fill) else { return };
    let answers = answers.unwrap();
    answers.quality.add(1000.0);
    chart(&mut browser, &page, "quality");
    browser.press(&page, "Escape");
    browser.evaluate(&page, "document.querySelector('.card details').open = true; true");
    let has_mean =
        "[...document.querySelectorAll('.card tbody td')].some((cell) => cell.textContent === '3')";
    let deadline = Instant::now() + Duration::from_mins(4);
    while browser.evaluate(&page, has_mean) != true {
        assert!(Instant::now() < deadline, "{}", browser.text(&page, ".card"));
        answers.quality.add(3.0);
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_link_to_what_does_not_run_yet_shows_it_when_it_comes() {
    let fixture = || Fixture::with_fields([Field::counter("job.done", &[7])]);
    let fill = |dir: &Path| put(dir, "other.mmstats", "other", fixture());
    let Some((mut browser, page, shelf)) = open_shelf(&[], fill) else { return };
    let user = browser.text(&page, "#applications td.wide");
    let link = browser.open(&format!("{}/?chart={user}/late/job.done", shelf.server.url));
    wait_until_live(&mut browser, &link);
    browser.wait(
        &link,
        "document.querySelector('.card .message').innerText.includes('No program has this field now')",
    );
    put(shelf.dir.path(), "late.mmstats", "late", fixture());
    wait_for_points(&mut browser, &link, "job.done");
    browser.wait(&link, "document.querySelector('.card .message').hidden");
}

#[test]
fn a_chart_follows_what_a_program_s_next_version_makes_of_a_field() {
    let gauge = |label: &str| Field::gauge(label, 10, 0, &[&0.5_f64.to_le_bytes()]).described("", "jobs", "");
    let fill =
        |dir: &Path| put(dir, "a.mmstats", "job", Fixture::with_fields([Field::counter("load", &[7])]));
    let Some((mut browser, page, shelf)) = open_shelf(&[], fill) else { return };
    chart(&mut browser, &page, "load");
    browser.press(&page, "Escape");
    let kind = "document.querySelector('.card .of').textContent.split(' ').at(-1)";
    browser.wait(&page, &format!("{kind} === 'counter'"));
    put(shelf.dir.path(), "b.mmstats", "job", Fixture::with_fields([gauge("load")]));
    browser.wait(&page, "document.getElementById('coverage').textContent.startsWith('2 files')");
    // As long as both run it is what it was.
    assert_eq!(browser.evaluate(&page, kind), "counter");
    std::fs::remove_file(shelf.dir.path().join("a.mmstats")).unwrap();
    browser.wait(&page, &format!("{kind} === 'gauge'"));
    browser.wait(&page, "document.querySelector('.card .now').textContent === '0.5 jobs'");
}
