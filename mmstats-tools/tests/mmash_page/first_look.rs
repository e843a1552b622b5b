//! What is there when the page is opened.

use std::path::Path;

use mmstats::{Counter, MmStats};

use crate::subject::EVIL_TEXT;
use crate::{open, open_shelf};

#[test]
fn the_page_loads_under_its_policy_without_a_complaint() {
    let Some((mut browser, page, _place)) = open() else { return };
    let policy = "fetch('/').then((response) => response.headers.get('content-security-policy'))";
    assert_eq!(browser.evaluate(&page, policy), "default-src 'self'");
    browser.wait(&page, "document.querySelectorAll('#moving tr').length > 0");
    assert_eq!(browser.complaints(&page), [""; 0]);
    assert_eq!(browser.evaluate(&page, "document.activeElement.id"), "search");
    let elsewhere = "performance.getEntriesByType('resource').filter(({name}) => !name.startsWith(location.origin)).length";
    assert_eq!(browser.evaluate(&page, elsewhere), 0);
}

#[test]
fn each_application_has_a_row() {
    let Some((mut browser, page, _place)) = open() else { return };
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('#applications tr').length"), 1);
    let row = browser.text(&page, "#applications tr");
    let program = std::env::current_exe().unwrap();
    let name = program.file_name().unwrap().to_str().unwrap();
    assert!(row.contains(name) && row.contains("1 alive"), "{row}");
    let user = browser.text(&page, "#applications td.wide");
    assert!(!user.is_empty());
}

#[test]
fn what_grows_fastest_stands_first_with_its_unit() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.wait(&page, "document.querySelector('#moving .add')?.textContent === 'shop.sent'");
    browser.wait(&page, "/B\\/s$/.test(document.querySelector('#moving .unit').textContent)");
    browser.wait(&page, "document.querySelector('#moving polyline').getAttribute('points').length > 10");
}

#[derive(MmStats)]
#[repr(C)]
struct Bursts {
    done: Counter,
}

#[test]
fn what_moves_in_bursts_stays_between_them() {
    let mut bursts = None;
    let fill = |dir: &Path| bursts = Some(Bursts::options().dir(dir).mode(0o644).create().unwrap());
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    // What is there at first is no growth.
    let bursts = bursts.unwrap();
    bursts.done.add(100);
    browser.wait(&page, "document.querySelector('#moving .add')?.textContent === 'done'");
    browser.evaluate(&page, "window.row = document.querySelector('#moving tr'); true");
    browser.wait(&page, "window.row.querySelector('.number').textContent === '0'");
    assert_eq!(browser.evaluate(&page, "window.row.isConnected"), true);
}

#[test]
fn hostile_labels_and_texts_are_text() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.click(&page, "#applications a");
    browser.wait(&page, "document.querySelectorAll('#fields tr').length > 5");
    let has_text =
        format!("document.getElementById('texts').innerText.includes({})", serde_json::json!(EVIL_TEXT));
    browser.wait(&page, &has_text);
    let labels = browser
        .evaluate(&page, "[...document.querySelectorAll('#fields .name')].map(name => name.textContent)");
    assert!(
        labels.as_array().unwrap().contains(&"shop.evil<script>document.title='broken'</script>?#/".into()),
        "{labels}"
    );
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('main script, main img').length"), 0);
    assert_ne!(browser.evaluate(&page, "document.title"), "broken");
    assert_eq!(browser.complaints(&page), [""; 0]);
}

#[test]
fn a_field_without_a_history_says_why() {
    let Some((mut browser, page, _place)) = open() else { return };
    browser.click(&page, "#applications a");
    let why = "[...document.querySelectorAll('#fields tr')].some((row) => \
               row.querySelector('.name').textContent === 'shop.phase' && /a text has none/.test(row.querySelector('.history').innerText))";
    browser.wait(&page, why);
}
