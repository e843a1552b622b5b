//! Light and dark, what axe-core says, and pictures to look at.

use crate::{axe, chart, open, open_application, pictures, wait_for_points, wait_until_live};

const DARK: &str = "getComputedStyle(document.documentElement).colorScheme";

#[test]
fn it_is_dark_where_the_system_is_or_the_switch_says_so() {
    let Some((mut browser, page, _place)) = open() else { return };
    let background = "getComputedStyle(document.documentElement).backgroundColor";
    let light = browser.evaluate(&page, background);
    browser.prefer(&page, "dark");
    let dark = browser.evaluate(&page, background);
    assert_ne!(light, dark);
    browser.click(&page, "#theme");
    assert_eq!(browser.evaluate(&page, background), light);
    assert_eq!(browser.evaluate(&page, DARK), "light");

    browser.reload(&page);
    wait_until_live(&mut browser, &page);
    assert_eq!(browser.evaluate(&page, background), light, "the switch is remembered");
    browser.click(&page, "#theme");
    assert_eq!(browser.evaluate(&page, background), dark);
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn axe_finds_nothing() {
    let Some(script) = axe::script() else { return };
    let Some((mut browser, page, _place)) = open() else { return };
    browser.wait(&page, "document.querySelectorAll('#moving tr').length > 0");
    for scheme in ["light", "dark"] {
        browser.prefer(&page, scheme);
        axe::finds_nothing(&mut browser, &page, &script, &format!("at first look, {scheme}"));
    }
    chart(&mut browser, &page, "shop.orders");
    for scheme in ["light", "dark"] {
        browser.prefer(&page, scheme);
        axe::finds_nothing(&mut browser, &page, &script, &format!("search, {scheme}"));
    }
    chart(&mut browser, &page, "shop.packing");
    browser.press(&page, "Escape");
    browser.evaluate(&page, "for (const table of document.querySelectorAll('details')) table.open = true");
    browser.press(&page, "Escape");
    browser.click(&page, "#applications a");
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 5");
    for scheme in ["light", "dark"] {
        browser.prefer(&page, scheme);
        axe::finds_nothing(&mut browser, &page, &script, &format!("charts and an application, {scheme}"));
    }
}

#[test]
fn axe_finds_nothing_on_a_telephone_nor_when_the_connection_is_lost() {
    let Some(script) = axe::script() else { return };
    let Some((mut browser, page, place)) = open() else { return };
    browser.resize(&page, 360, 740);
    browser.wait(&page, "document.querySelectorAll('#moving tr').length > 0");
    chart(&mut browser, &page, "shop.packing");
    browser.press(&page, "Escape");
    browser.press(&page, "Escape");
    axe::finds_nothing(&mut browser, &page, &script, "a telephone");
    open_application(&mut browser, &page);
    axe::finds_nothing(&mut browser, &page, &script, "an application on a telephone");
    drop(place.server);
    browser.wait(&page, "document.documentElement.dataset.live === 'lost'");
    for scheme in ["light", "dark"] {
        browser.prefer(&page, scheme);
        axe::finds_nothing(&mut browser, &page, &script, &format!("a lost connection, {scheme}"));
    }
}

#[test]
fn nothing_is_cut_off_from_a_telephone_to_a_wall() {
    let pictures = pictures();
    let Some((mut browser, page, _place)) = open() else { return };
    for label in ["shop.orders", "shop.packing", "shop.level"] {
        chart(&mut browser, &page, label);
    }
    browser.press(&page, "Escape");
    browser.press(&page, "Escape");
    browser.click(&page, "#range label");
    // Something to see.
    browser.wait(
        &page,
        "document.querySelector('#moving polyline').getAttribute('points').split(' ').length > 12",
    );
    for (width, height) in [(360, 1600), (1280, 1000), (2560, 1440)] {
        browser.resize(&page, width, height);
        for scheme in ["light", "dark"] {
            browser.prefer(&page, scheme);
            wait_for_points(&mut browser, &page, "shop.level");
            browser.wait(&page, "document.documentElement.scrollWidth <= innerWidth");
            browser.photograph(&page, &pictures.join(format!("charts-{width}-{scheme}.png")));
        }
    }
    browser.click(&page, "#applications a");
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 5");
    for (width, height) in [(360, 1600), (1280, 1600), (2560, 1440)] {
        browser.resize(&page, width, height);
        browser.wait(&page, "document.documentElement.scrollWidth <= innerWidth");
        browser.photograph(&page, &pictures.join(format!("application-{width}.png")));
    }
}
