//! The server's clock is set while the page is open.

use mmstats_tests::clock::Clock;

use crate::browser::Browser;
use crate::subject::{Server, Subject, directory};
use crate::{card, chart, wait_until_live};

#[test]
fn a_chart_and_an_uptime_stay_as_they_are_when_the_servers_clock_is_set() {
    let Some(mut browser) = Browser::start() else { return };
    let (dir, clock) = (directory(), Clock::new());
    let _subject = Subject::start(dir.path());
    let server = Server::spawn(clock.give_to(&mut Server::command(dir.path(), "127.0.0.1:0", &[])));
    // A point each second.
    let page = browser.open(&format!("{}/?range=300", server.url));
    wait_until_live(&mut browser, &page);
    chart(&mut browser, &page, "shop.orders");
    let card = card("shop.orders");
    browser.evaluate(&page, &format!("document.querySelector(\"{card} details\").open = true; true"));
    let rows = format!("document.querySelectorAll(\"{card} tbody tr\").length");
    let time = "Date.parse(document.getElementById('connection-time').dateTime) / 1000";
    let mut count = 4.0;
    for offset in [7200, -86_400, 0] {
        browser.wait(&page, &format!("{rows} > {count}"));
        count = browser.evaluate(&page, &rows).as_f64().unwrap();
        let before = browser.evaluate(&page, time).as_f64().unwrap();
        clock.set(offset);
        browser.wait(&page, &format!("Math.abs({time} - {before}) > 3600"));
        // All points are there, an interval apart: none was lost, and none is in an hour of its own.
        browser.wait(&page, &format!("{rows} > {count}"));
        let grown = browser.evaluate(&page, &rows).as_f64().unwrap();
        assert!(grown < count + 60.0, "{grown} rows after {count}");
        let up = browser.text(&page, "#applications [data-part=up]");
        assert!(!up.contains('d') && !up.contains('h'), "{up}");
    }
    assert_eq!(browser.complaints(&page), [""; 0]);
}
