//! Where the keyboard's focus goes when what had it goes.

use crate::fixture::{Field, Fixture};
use crate::subject::put;
use crate::{card, chart, open, open_application, open_shelf};

const FOCUS: &str = "document.activeElement";

#[test]
fn it_goes_into_an_application_and_back_to_its_row() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.evaluate(&page, "document.querySelector('#applications a').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS}.id === 'application-title'"));
    browser.press(&page, "Escape");
    browser.wait(&page, &format!("{FOCUS}.matches('#applications a')"));
    browser.evaluate(&page, "history.back()");
    browser.wait(&page, &format!("{FOCUS}.id === 'application-title'"));
    browser.evaluate(&page, "document.getElementById('application-back').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS}.matches('#applications a')"));
}

#[test]
fn it_goes_from_a_removed_chart_to_the_next_and_to_the_search_at_last() {
    let Some((mut browser, page, _place)) = open() else { return };
    for label in ["shop.orders", "shop.sent", "shop.level"] {
        chart(&mut browser, &page, label);
    }
    browser.press(&page, "Escape");
    let remove = |label: &str| format!("document.querySelector(\"{} [data-part=remove]\")", card(label));
    browser.evaluate(&page, &format!("{}.focus()", remove("shop.sent")));
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS} === {}", remove("shop.level")));
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS} === {}", remove("shop.orders")));
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS}.id === 'search'"));

    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    browser.evaluate(&page, "document.getElementById('remove-all').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("{FOCUS}.id === 'search' && document.getElementById('charts').hidden"));
}

#[test]
fn it_stays_on_a_button_that_has_nothing_more_to_do() {
    let fill = |dir: &std::path::Path| {
        let fields = (0..70).map(|number| Field::counter(&format!("field.{number}"), &[1]));
        put(dir, "a.mmstats", "wide", Fixture::with_fields(fields));
        for number in 0..60 {
            let fixture = Fixture::with_fields([Field::counter("hits", &[1])]);
            put(dir, &format!("b{number}.mmstats"), &format!("x{number}"), fixture);
        }
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    browser.evaluate(&page, "document.getElementById('applications-more').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, &format!("document.querySelectorAll('#applications tr').length === 61 && {FOCUS}.matches('#applications tr:nth-child(51) a')"));

    open_application(&mut browser, &page);
    browser.wait(&page, "!document.getElementById('pages').hidden");
    browser.evaluate(&page, "document.getElementById('page-after').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, "document.getElementById('page-after').ariaDisabled === 'true'");
    assert_eq!(browser.evaluate(&page, &format!("{FOCUS}.id")), "page-after");
    let shown = browser.text(&page, "#page-shown");
    browser.press(&page, "Enter");
    assert_eq!(browser.text(&page, "#page-shown"), shown);
}

#[test]
fn rows_of_a_table_stay_while_new_ones_come() {
    let Some((mut browser, page, _place)) = open() else { return };
    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    browser.click(&page, "#range label");
    let card = card("shop.orders");
    browser.evaluate(&page, &format!("document.querySelector(\"{card} details\").open = true; true"));
    browser.wait(&page, &format!("document.querySelectorAll(\"{card} tbody tr\").length > 1"));
    let first = format!("document.querySelector(\"{card} tbody tr\")");
    browser.evaluate(
        &page,
        &format!("window.kept = {first}; window.head = document.querySelector(\"{card} thead th\"); true"),
    );
    browser.wait(&page, &format!("{first} !== window.kept"));
    assert_eq!(browser.evaluate(&page, "window.kept.isConnected && window.head.isConnected"), true);
}
