//! A thousand processes of a hundred fields.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::browser::Browser;
use crate::fixture::{Field, Fixture};
use crate::subject::{Server, directory};
use crate::wait_until_live;

const PROCESSES: usize = 1000;
const FIELDS: usize = 100;

/// A file of which nobody says whether its writer lives, and where its first counter is.
fn write(dir: &Path, process: usize) -> (File, u64) {
    let fields = (0..FIELDS).map(|number| Field::counter(&format!("crowd.field.{number}"), &[7]));
    let fixture = Fixture { flags: 0, ..Fixture::with_fields(fields) };
    let path = dir.join(format!("service{process}-{process}-Stats.mmstats"));
    let built = fixture.attribute("sys.cmd", &format!("service{process}")).write(&path);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_permissions(Permissions::from_mode(0o644)).unwrap();
    (file, u64::try_from(built.value_at(0, 0)).unwrap())
}

#[test]
fn a_thousand_processes_are_painted_at_once_and_the_page_stays_quick() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = directory();
    let files: Vec<(File, u64)> = (0..PROCESSES).map(|process| write(dir.path(), process)).collect();
    let server = Server::start(dir.path(), "127.0.0.1:0");
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for value in (8_u64..).take_while(|_| !stopped.load(Relaxed)) {
                for (file, offset) in &files {
                    file.write_all_at(&value.to_le_bytes(), *offset).unwrap();
                }
                thread::sleep(Duration::from_millis(200));
            }
        });
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(&mut browser, &server)));
        stopped.store(true, Relaxed);
        looked.unwrap();
    });
}

fn look(browser: &mut Browser, server: &Server) {
    let page = browser.open(&server.url);
    let paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
    browser.wait(&page, &format!("{paint} !== undefined"));
    let painted = browser.evaluate(&page, paint).as_f64().unwrap();
    wait_until_live(browser, &page);
    browser
        .wait(&page, &format!("document.getElementById('applications-count').textContent === '{PROCESSES}'"));
    browser.wait(&page, "document.querySelectorAll('#moving tr').length === 15");

    // The longest time in which the page could not answer, over five ticks.
    let longest = "new Promise((done) => { let longest = 0, before = performance.now(); const end = before + 5000; \
                   (function look() { const now = performance.now(); longest = Math.max(longest, now - before); before = now; \
                   if (now < end) setTimeout(look, 0); else done(longest); })(); })";
    let longest = browser.evaluate(&page, longest).as_f64().unwrap();
    println!("first painted after {painted:.0} ms; did not answer for at most {longest:.0} ms");
    assert!(
        painted < 1000.0 && longest < 500.0,
        "painted after {painted} ms, did not answer for {longest} ms"
    );
    assert_eq!(browser.evaluate(&page, "document.querySelectorAll('#applications tr').length"), 50);
    assert_eq!(browser.complaints(&page), [""; 0]);
}
