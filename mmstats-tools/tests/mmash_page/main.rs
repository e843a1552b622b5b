//! The page of mmash in a real browser, over a real program's file.
//!
//! | module | what it shows |
//! |---|---|
//! | `first_look` | what is there when the page is opened: applications, rates, hostile strings, no complaint |
//! | `charts` | from the search to a live chart; what a chart has beside its drawing |
//! | `links` | what is shown is in the address |
//! | `search` | what is typed, and chosen before it is found |
//! | `keyboard`, `focus` | all of that without a mouse; where the focus goes |
//! | `application` | one application: its fields, texts and processes |
//! | `hostile` | strings and numbers that nobody should write |
//! | `unkept` | charts of what has no history, or has not come yet |
//! | `token` | who has to know a token |
//! | `appearance` | light and dark, what axe-core says, screenshots |
//! | `connection` | old numbers do not look new |
//! | `clock` | the server's clock is set meanwhile |
//! | `numbers` | numbers as people read them |
//! | `crowd` | a thousand processes of a hundred fields |
//!
//! `browser` drives Chromium, `axe` brings axe-core, `subject` is what is shown, `wire` what is between them.

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[path = "../support/nginx.rs"]
mod nginx;

mod appearance;
mod application;
mod axe;
mod browser;
mod charts;
mod clock;
mod connection;
mod crowd;
mod first_look;
mod focus;
mod hostile;
mod keyboard;
mod links;
mod numbers;
mod search;
mod subject;
mod token;
mod unkept;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use browser::{Browser, Page};
use subject::{Place, Shelf};

/// Where pictures of pages go, to be looked at.
fn pictures() -> PathBuf {
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mmash_page");
    fs::create_dir_all(&pictures).unwrap();
    pictures
}

/// What the selector of a chart is that shows this label.
fn card(label: &str) -> String {
    format!("article.card[data-label='{label}']")
}

/// A page of the shop, once it is live; nothing where there is no browser.
fn open() -> Option<(Browser, Page, Place)> {
    let mut browser = Browser::start()?;
    let place = Place::new();
    let page = browser.open(&place.server.url);
    wait_until_live(&mut browser, &page);
    Some((browser, page, place))
}

/// A page of files that a test wrote, once it is live.
fn open_shelf(options: &[&str], fill: impl FnOnce(&Path)) -> Option<(Browser, Page, Shelf)> {
    let mut browser = Browser::start()?;
    let shelf = Shelf::new(options, fill);
    let page = browser.open(&shelf.server.url);
    wait_until_live(&mut browser, &page);
    Some((browser, page, shelf))
}

/// Goes to the only application that there is.
fn open_application(browser: &mut Browser, page: &Page) {
    browser.click(page, "#applications a");
    browser.wait(page, "document.querySelectorAll('#fields tr').length > 0");
}

fn wait_until_live(browser: &mut Browser, page: &Page) {
    browser.wait(page, "document.documentElement?.dataset.live === 'live'");
    browser.wait(page, "document.querySelectorAll('#applications tr').length > 0");
}

/// Searches for `label`, and clicks the field that is called so.
fn chart(browser: &mut Browser, page: &Page, label: &str) {
    browser.click(page, "#search");
    browser.evaluate(page, "document.getElementById('search').select()");
    browser.enter(page, label);
    // All that is shown is the answer to this.
    let names = "[...document.querySelectorAll('#results .name')]";
    browser.wait(
        page,
        &format!("{names}.length > 0 && {names}.every(name => name.textContent.includes('{label}'))"),
    );
    browser.click_on(page, &format!("{names}.find(name => name.textContent === '{label}')"));
    wait_for_points(browser, page, label);
}

/// Waits until the chart has something to show.
fn wait_for_points(browser: &mut Browser, page: &Page, label: &str) {
    let card = card(label);
    browser.wait(page, &format!("document.querySelector(\"{card} canvas\") !== null"));
    browser.wait(page, &format!("/[0-9]/.test(document.querySelector(\"{card} .now\").textContent)"));
}
