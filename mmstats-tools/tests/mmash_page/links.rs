//! What is shown is in the address.

use crate::{card, chart, open, wait_for_points, wait_until_live};

#[test]
fn a_link_shows_the_same_in_another_window() {
    let Some((mut browser, page, _place)) = open() else { return };
    chart(&mut browser, &page, "shop.orders");
    chart(&mut browser, &page, "shop.packing");
    browser.press(&page, "Escape");
    browser.click(&page, "#range label");
    browser.wait(&page, "location.search.includes('range=300')");
    let link = browser.evaluate(&page, "location.href");

    let other = browser.open(link.as_str().unwrap());
    wait_until_live(&mut browser, &other);
    wait_for_points(&mut browser, &other, "shop.orders");
    wait_for_points(&mut browser, &other, "shop.packing");
    let labels = "[...document.querySelectorAll('article.card')].map(card => card.dataset.label).join()";
    assert_eq!(browser.evaluate(&other, labels), "shop.orders,shop.packing");
    assert_eq!(browser.evaluate(&other, "document.querySelector('#range input:checked').value"), "300");
    assert_eq!(browser.evaluate(&other, "document.getElementById('search').value"), "shop.packing");
    assert_eq!(browser.complaints(&other), [""; 0]);
}

#[test]
fn back_and_forward_undo_and_redo() {
    let Some((mut browser, page, _place)) = open() else { return };
    chart(&mut browser, &page, "shop.orders");
    chart(&mut browser, &page, "shop.sent");
    browser.press(&page, "Escape");
    browser.evaluate(&page, "history.back()");
    browser.wait(&page, "document.querySelectorAll('article.card').length === 1");
    browser.evaluate(&page, "history.forward()");
    browser.wait(&page, "document.querySelectorAll('article.card').length === 2");
    wait_for_points(&mut browser, &page, "shop.sent");
    assert_eq!(
        browser.evaluate(&page, &format!("document.querySelectorAll(\"{}\").length", card("shop.sent"))),
        1
    );
}

#[test]
fn the_original_page_s_address_is_this_page_s() {
    let Some((mut browser, page, place)) = open() else { return };
    let other = browser.open(&format!("{}/graph/", place.server.url));
    wait_until_live(&mut browser, &other);
    for page in [page, other] {
        assert_eq!(browser.complaints(&page), [""; 0]);
    }
}
