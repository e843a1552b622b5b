//! From the search to a live chart.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::{card, chart, open};

#[test]
fn a_click_on_what_was_found_makes_a_chart_with_its_past() {
    let Some((mut browser, page, _place)) = open() else { return };
    // A past that nobody looked at.
    browser.wait(
        &page,
        "document.querySelector('#moving polyline')?.getAttribute('points').split(' ').length > 4",
    );
    chart(&mut browser, &page, "shop.orders");
    let card = card("shop.orders");
    browser.evaluate(&page, &format!("document.querySelector(\"{card} details\").open = true; true"));
    browser.wait(&page, &format!("document.querySelectorAll(\"{card} tbody tr\").length > 1"));
    let text = browser.text(&page, &card);
    assert!(text.contains("Orders that came in.") && text.contains("orders/s"), "{text}");
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn a_change_is_shown_within_two_intervals() {
    let Some((mut browser, page, place)) = open() else { return };
    chart(&mut browser, &page, "shop.level");
    place.subject.set_level(4711.0);
    let changed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    browser.wait(
        &page,
        &format!("/^4.71/.test(document.querySelector(\"{} .current\").textContent)", card("shop.level")),
    );
    // When the server found it, which does not depend on how fast a browser of a loaded machine is.
    let shown =
        browser.evaluate(&page, "Date.parse(document.getElementById('connection-time').dateTime) / 1000");
    let late = shown.as_f64().unwrap() - changed;
    assert!(late <= 2.0, "shown {late} s after it was set");
}

#[test]
fn a_timer_is_shown_as_quantiles_and_a_heat_map() {
    let Some((mut browser, page, _place)) = open() else { return };
    chart(&mut browser, &page, "shop.packing");
    let card = card("shop.packing");
    let legend = format!("document.querySelector(\"{card} .legend\").textContent");
    browser.wait(&page, &format!("/p50[0-9.]+ ms.*p90[0-9.]+ ms.*p99[0-9.]+ /.test({legend})"));
    // Rectangles of the map: points in its colour and no line's.
    let colours = format!(
        "(() => {{ const canvas = document.querySelector(\"{card} canvas\"); \
         const {{data}} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); \
         let count = 0; for (let at = 0; at < data.length; at += 4) \
         if (data[at + 3] > 0 && data[at + 2] > data[at] + 60) count += 1; return count; }})()"
    );
    browser.wait(&page, &format!("{colours} > 20"));
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn several_charts_stand_on_a_page_until_they_are_removed() {
    let Some((mut browser, page, _place)) = open() else { return };
    for label in ["shop.orders", "shop.sent", "shop.level"] {
        chart(&mut browser, &page, label);
    }
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('article.card').length"), 3);
    browser.press(&page, "Escape");
    browser.click(&page, &format!("{} [data-part=remove]", card("shop.sent")));
    browser.wait(&page, "document.querySelectorAll('article.card').length === 2");
    browser.click(&page, "#remove-all");
    browser.wait(&page, "document.getElementById('charts').hidden");
}

#[test]
fn copy_as_curl_gives_a_command_that_asks_for_the_same() {
    let Some((mut browser, page, place)) = open() else { return };
    browser.grant_clipboard(&place.server.url);
    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    browser.click(&page, &format!("{} [data-part=curl]", card("shop.orders")));
    browser.wait(&page, "document.getElementById('toast').textContent === 'The command copied'");
    let command = browser.evaluate(&page, "navigator.clipboard.readText()");
    let answer =
        Command::new("sh").args(["-c", &format!("{} --silent --fail", command.as_str().unwrap())]).output();
    let answer: Value = serde_json::from_slice(&answer.unwrap().stdout).unwrap();
    assert_eq!(answer["series"][0]["label"], "shop.orders");
}
