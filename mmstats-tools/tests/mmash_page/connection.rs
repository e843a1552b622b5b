//! Old numbers do not look new.

use crate::browser::{Browser, Page};
use crate::subject::{Server, Subject, directory};
use crate::wire::Wire;
use crate::{card, chart, open, wait_for_points, wait_until_live};

#[test]
fn a_lost_connection_is_said_and_found_again() {
    let Some((mut browser, page, mut place)) = open() else { return };
    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    let address = place.server.address();
    drop(place.server);
    browser.wait(&page, "document.documentElement.dataset.live === 'lost'");
    let notice = browser.text(&page, "#notice");
    assert!(notice.contains("No news since"), "{notice}");
    browser.wait(&page, "getComputedStyle(document.querySelector('.card .current')).fontStyle === 'italic'");

    place.server = Server::start(place.dir.path(), &address);
    wait_until_live(&mut browser, &page);
    assert_eq!(browser.evaluate(&page, "document.getElementById('notice').hidden"), true);
    wait_for_points(&mut browser, &page, "shop.orders");
}

#[test]
fn a_connection_that_falls_silent_is_made_anew() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = directory();
    let _subject = Subject::start(dir.path());
    let server = Server::start(dir.path(), "127.0.0.1:0");
    let wire = Wire::to(server.address());
    let page = browser.open(&wire.url);
    wait_until_live(&mut browser, &page);
    wire.fall_silent();
    browser.wait(&page, "document.documentElement.dataset.live === 'lost'");
    browser.wait(&page, "document.documentElement.dataset.live === 'live'");
}

/// Has the page believe that it is seen, or not.
fn show(browser: &mut Browser, page: &Page, state: &str) {
    browser.evaluate(
        page,
        &format!(
            "Object.defineProperty(document, 'visibilityState', {{value: '{state}', configurable: true}}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        ),
    );
}

#[test]
fn a_page_that_nobody_sees_takes_no_connection_and_goes_on_when_it_is_seen() {
    let Some((mut browser, page, _place)) = open() else { return };
    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    browser.click(&page, "#range label");
    show(&mut browser, &page, "hidden");
    browser.wait(&page, "document.documentElement.dataset.live === 'paused'");
    // No tick comes, however long it lasts.
    let time = browser.text(&page, "#connection-time");
    browser.evaluate(&page, "new Promise((done) => setTimeout(done, 3000))");
    assert_eq!(browser.text(&page, "#connection-time"), time);
    show(&mut browser, &page, "visible");
    browser.wait(&page, "document.documentElement.dataset.live === 'live'");
    // With what came meanwhile: a point for each second.
    let card = card("shop.orders");
    browser.evaluate(&page, &format!("document.querySelector(\"{card} details\").open = true; true"));
    let times = format!(
        "[...document.querySelectorAll(\"{card} tbody th\")].map(row => Date.parse('1970-01-01T' + row.textContent + 'Z'))"
    );
    browser.wait(&page, &format!("{times}.length > 8"));
    browser.wait(&page, &format!("{times}.every((time, row, all) => row === 0 || (all[row - 1] - time + 86400000) % 86400000 <= 5000)"));
}

#[test]
fn why_there_is_no_stream_is_said() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = directory();
    let _subject = Subject::start(dir.path());
    let server = Server::start(dir.path(), "127.0.0.1:0");
    let streams: Vec<_> = (0..200).map(|_| stream(&server.address())).collect();
    let page = browser.open(&server.url);
    browser.wait(&page, "/as many as there may be/.test(document.getElementById('notice').textContent)");
    drop(streams);
    wait_until_live(&mut browser, &page);
}

/// Takes a place among the event streams.
fn stream(address: &str) -> std::net::TcpStream {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /api/v1/stream HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    // Until it has answered.
    stream.read_exact(&mut [0; 12]).unwrap();
    stream
}
