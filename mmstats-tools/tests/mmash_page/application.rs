//! One application: its fields, texts and processes.

use std::fs;
use std::path::Path;

use crate::fixture::{Field, Fixture, text};
use crate::subject::put;
use crate::{open_application, open_shelf};

fn counter() -> Fixture {
    Fixture::with_fields([Field::counter("job.done", &[1])])
}

#[test]
fn texts_that_differ_between_processes_are_all_shown() {
    let fill = |dir: &Path| {
        for (name, phase) in [("a.mmstats", "idle"), ("b.mmstats", "at work")] {
            let phase = Field::text("job.phase", 0, &[text(16, phase.as_bytes())]);
            put(dir, name, "job", Fixture::with_fields([phase]));
        }
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    browser.enter(&page, "phase");
    browser.wait(&page, "document.querySelector('#results .current')?.textContent === '2 different'");
    browser.press(&page, "Escape");
    browser.press(&page, "Escape");
    open_application(&mut browser, &page);
    browser.wait(&page, "[...document.querySelectorAll('#texts dd')].map((text) => text.textContent).join() === 'idle,at work,job'");
    browser.wait(&page, "document.getElementById('fields').textContent.includes('2 different')");
}

#[test]
fn texts_of_the_original_s_files_stand_beside_the_fields() {
    let fill = |dir: &Path| {
        let field =
            [&9_u16.to_le_bytes()[..], b"job.phase", &2_u16.to_le_bytes(), b"8s", b"\xff", b"at work\0"];
        fs::write(dir.join("job-1-1.mmstats"), [b"\x01", &field.concat()[..], &[0; 64]].concat()).unwrap();
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    open_application(&mut browser, &page);
    browser.wait(&page, "document.getElementById('texts').textContent === 'job.phaseat work'");
}

#[test]
fn it_says_since_when_the_living_run() {
    let fill = |dir: &Path| {
        put(dir, "job.mmstats", "job", counter());
        let path = dir.join("dead.mmstats");
        counter().attribute("sys.cmd", "job").write(&path);
        counter().attribute("sys.cmd", "gone").write(&dir.join("gone.mmstats"));
        for name in ["dead.mmstats", "gone.mmstats"] {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&["--stale"], fill) else { return };
    let row = "(name) => [...document.querySelectorAll('#applications tr')].find((row) => row.querySelector('a').textContent === name)";
    let up = |name: &str| format!("({row})('{name}').querySelector('[data-part=up]').textContent");
    browser.wait(&page, &format!("/ d/.test({})", up("job")));
    assert_eq!(browser.evaluate(&page, &up("gone")), "");
    let states = browser.evaluate(&page, &format!("({row})('job').querySelector('.states').textContent"));
    assert_eq!(states, "1 stale1 unknown");
}

#[test]
fn processes_with_a_problem_stand_first_and_all_can_be_reached() {
    let fill = |dir: &Path| {
        for number in 0..30 {
            put(dir, &format!("a{number:02}.mmstats"), "job", counter());
        }
        // It ends within a field.
        let field =
            [&8_u16.to_le_bytes()[..], b"job.done", &1_u16.to_le_bytes(), b"Q", b"\xff", &[1; 8]].concat();
        let bytes = [b"\x01", &field[..], &field[..12]].concat();
        fs::write(dir.join("job.mmstats"), bytes).unwrap();
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    browser.evaluate(
        &page,
        "[...document.querySelectorAll('#applications a')].find((name) => name.textContent === 'job').click()",
    );
    browser.wait(&page, "document.querySelectorAll('#processes li').length === 20");
    browser.wait(&page, "document.querySelector('#processes li .path').textContent.endsWith('/job.mmstats')");
    assert_ne!(browser.text(&page, "#processes .problem"), "");
    browser.evaluate(&page, "document.getElementById('processes-more').focus()");
    browser.press(&page, "Enter");
    browser.wait(&page, "document.querySelectorAll('#processes li').length === 31");
    browser.wait(&page, "document.activeElement.matches('#processes li:nth-child(21)')");
}

#[test]
fn fields_of_one_name_that_count_something_else_are_rows_of_their_own() {
    let fill = |dir: &Path| {
        put(dir, "a.mmstats", "job", Fixture::with_fields([Field::counter("load", &[7])]));
        let gauge = Field::gauge("load", 10, 0, &[&0.5_f64.to_le_bytes()]).described("", "jobs", "");
        put(dir, "b.mmstats", "job", Fixture::with_fields([gauge]));
    };
    let Some((mut browser, page, _shelf)) = open_shelf(&[], fill) else { return };
    open_application(&mut browser, &page);
    let kinds = "[...document.querySelectorAll('#fields tr')].filter((row) => row.querySelector('.name').textContent === 'load') \
                 .map((row) => row.querySelector('.kind').textContent).sort().join()";
    browser.wait(&page, &format!("{kinds} === 'counter,gauge'"));
    // Several looks later they are still two.
    let time = browser.text(&page, "#connection-time");
    browser.wait(&page, &format!("document.getElementById('connection-time').textContent !== '{time}'"));
    browser.wait(&page, &format!("{kinds} === 'counter,gauge'"));
}
