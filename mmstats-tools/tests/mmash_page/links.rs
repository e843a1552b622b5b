//! What is shown is in the address.

use crate::fixture::{Field, Fixture};
use crate::nginx::Nginx;
use crate::subject::put;
use crate::{card, chart, open, open_application, open_shelf, wait_for_points, wait_until_live};

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
fn a_link_to_a_search_shows_what_is_found() {
    let Some((mut browser, _page, place)) = open() else { return };
    let link = browser.open(&format!("{}/?q=shop.or", place.server.url));
    browser.wait(&link, "document.querySelector('#results .name')?.textContent === 'shop.orders'");
    browser.wait(&link, "document.querySelectorAll('#results .result').length === 1");
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
fn below_the_path_of_a_proxy_all_works_as_at_its_root() {
    let Some((mut browser, _page, place)) = open() else { return };
    let Some(nginx) = Nginx::start("/tools/mmash/", place.server.address().parse().unwrap()) else { return };
    let root = format!("http://{}/tools/mmash/", nginx.address);
    for address in [root.clone(), format!("{root}graph")] {
        let page = browser.open(&address);
        wait_until_live(&mut browser, &page);
        chart(&mut browser, &page, "shop.orders");
        browser.press(&page, "Escape");
        assert_eq!(browser.evaluate(&page, "location.origin + location.pathname"), root);
        browser.reload(&page);
        wait_for_points(&mut browser, &page, "shop.orders");
        browser.click(&page, "#home");
        browser.wait(&page, "document.querySelectorAll('article.card').length === 0");
        assert_eq!(browser.evaluate(&page, "location.href"), root);
        assert_eq!(browser.complaints(&page), [""; 0]);
    }
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

#[test]
fn a_link_of_too_many_charts_shows_as_many_as_there_is_room_for() {
    let Some((mut browser, page, place)) = open() else { return };
    let name = std::env::current_exe().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let user = browser.text(&page, "#applications td.wide");
    let many: Vec<String> = (0..130).map(|number| format!("chart=a/b/c{number}")).collect();
    let long: Vec<String> =
        (0..10).map(|number| format!("chart=a/b/{}{number}", "%C3%A9".repeat(120))).collect();
    for (charts, left) in [(many, "31 more"), (long, "more of this link are left out")] {
        let charts = charts.join("&");
        let other = browser.open(&format!("{}/?chart={user}/{name}/shop.orders&{charts}", place.server.url));
        wait_until_live(&mut browser, &other);
        wait_for_points(&mut browser, &other, "shop.orders");
        let said = browser.text(&other, "#charts-left");
        assert!(said.contains(left), "{said}");
    }
}

#[test]
fn charts_of_long_labels_are_added_until_the_address_is_full() {
    let label = |number: usize| format!("{}{number:02}", "é".repeat(126));
    let fill = |dir: &std::path::Path| {
        let fields = (0..12).map(|number| Field::counter(&label(number), &[1]));
        put(dir, "a.mmstats", "long", Fixture::with_fields(fields));
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    open_application(&mut browser, &page);
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 12");
    let long = "[...document.querySelectorAll('#fields tr')].filter((row) => row.textContent.includes('éé'))";
    for number in 0..12 {
        browser.evaluate(&page, &format!("{long}[{number}].querySelector('button').click(); true"));
    }
    let said = browser.text(&page, "#toast");
    assert!(said.contains("no room for more charts"), "{said}");
    let count = browser.evaluate(&page, "document.querySelectorAll('article.card').length");
    assert!((8..12).contains(&count.as_u64().unwrap()), "{count}");
    browser.reload(&page);
    wait_until_live(&mut browser, &page);
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('article.card').length"), count);
    browser.wait(&page, "document.querySelectorAll('article.card canvas').length === document.querySelectorAll('article.card').length");
}

#[test]
fn ranges_go_up_to_what_is_kept() {
    let Some((mut browser, page, _shelf)) = open_shelf(&["--history", "2h"], |dir| {
        put(dir, "a.mmstats", "job", Fixture::with_fields([Field::counter("job.done", &[1])]));
    }) else {
        return;
    };
    let ranges = "[...document.querySelectorAll('#range label')].map((range) => range.textContent).join()";
    browser.wait(&page, &format!("{ranges} === '5 min,15 min,1 h,2 h'"));
    assert_eq!(browser.evaluate(&page, "document.querySelector('#range input:checked').value"), "3600");
    browser.click(&page, "#range label:last-child");
    browser.wait(&page, "location.search === '?range=7200'");
}
