//! Old numbers do not look new.

use crate::subject::Server;
use crate::{chart, open, wait_for_points, wait_until_live};

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
