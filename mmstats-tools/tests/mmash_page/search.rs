//! What is typed, and chosen before it is found.

use crate::browser::{Browser, Page};
use crate::{open, wait_for_points};

/// From now on fields are found after so many milliseconds.
fn slow_down(browser: &mut Browser, page: &Page, milliseconds: u32) {
    browser.evaluate(
        page,
        &format!(
            "const quick = window.fetch; window.fetch = async (...request) => {{ \
             if (String(request[0]).includes('/fields')) await new Promise((go) => setTimeout(go, {milliseconds})); \
             return quick(...request); }}; true"
        ),
    );
}

#[test]
fn an_answer_that_takes_longer_than_an_interval_is_shown() {
    let Some((mut browser, page, _place)) = open() else { return };
    slow_down(&mut browser, &page, 2500);
    browser.enter(&page, "shop.level");
    browser.wait(&page, "document.querySelector('#results .name')?.textContent === 'shop.level'");
    browser.press(&page, "Escape");
    browser.press(&page, "Escape");
    browser.click(&page, "#applications a");
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 5");
    browser.wait(&page, "document.querySelectorAll('#texts dd').length > 0");
}

#[test]
fn enter_chooses_the_first_that_fits_what_was_typed_last() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.click(&page, "#search");
    browser.wait(&page, "document.querySelectorAll('#results .result').length > 3");
    slow_down(&mut browser, &page, 300);
    browser.enter(&page, "shop.level");
    browser.press(&page, "Enter");
    wait_for_points(&mut browser, &page, "shop.level");
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('article.card').length"), 1);

    // Who types on has not chosen.
    browser.evaluate(&page, "document.getElementById('search').select()");
    browser.enter(&page, "shop.or");
    browser.press(&page, "Enter");
    browser.enter(&page, "x");
    browser.wait(&page, "document.getElementById('found').textContent === 'Nothing found.'");
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('article.card').length"), 1);
}
