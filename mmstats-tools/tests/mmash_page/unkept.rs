//! Charts of what has no history, or has not come yet.

use std::path::Path;

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
