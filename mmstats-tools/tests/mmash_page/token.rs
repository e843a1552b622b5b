//! Who has to know a token.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::Browser;
use crate::subject::{Server, Subject, directory};
use crate::{axe, card, chart, pictures, wait_for_points, wait_until_live};

fn token(dir: &Path, token: &str) -> PathBuf {
    let path = dir.join(token);
    fs::write(&path, token).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn a_page_asks_for_it_and_copied_commands_name_it() {
    let Some(mut browser) = Browser::start() else { return };
    let (dir, secrets) = (directory(), directory());
    let _subject = Subject::start(dir.path());
    let start = |address: &str, token: &Path| {
        Server::start_with(dir.path(), address, &["--token-file", token.to_str().unwrap()])
    };
    let file = token(secrets.path(), "s3cret+");
    let server = start("127.0.0.1:0", &file);
    let page = browser.open(&format!("{}/?range=300", server.url));
    assert_eq!(browser.evaluate(&page, "document.activeElement.id"), "token");
    browser.enter(&page, "wrong");
    browser.press(&page, "Enter");
    browser.wait(&page, "document.body?.innerText.includes('That is not the token.')");
    if let Some(script) = axe::script() {
        axe::finds_nothing(&mut browser, &page, &script, "the page that asks for a token");
    }
    browser.resize(&page, 360, 740);
    browser.photograph(&page, &pictures().join("token-360.png"));
    browser.resize(&page, 1280, 900);
    browser.enter(&page, "s3cret+");
    browser.press(&page, "Enter");
    wait_until_live(&mut browser, &page);
    assert_eq!(browser.evaluate(&page, "location.search"), "?range=300");

    browser.grant_clipboard(&server.url);
    chart(&mut browser, &page, "shop.orders");
    browser.press(&page, "Escape");
    browser.click(&page, &format!("{} [data-part=curl]", card("shop.orders")));
    browser.wait(&page, "document.getElementById('toast').textContent === 'The command copied'");
    let command = browser.evaluate(&page, "navigator.clipboard.readText()").as_str().unwrap().to_owned();
    let command = command.replace("TOKEN_FILE", file.to_str().unwrap());
    let output = Command::new("sh").args(["-c", &format!("{command} --silent --fail")]).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{command}");

    // With another token, what the browser knows is worth nothing: the page says so, and where to enter it.
    let address = server.address();
    drop(server);
    let _server = start(&address, &token(secrets.path(), "another"));
    browser.wait(&page, "document.getElementById('notice').innerText.includes('mmash asks for a token')");
    browser.click(&page, "#notice-token");
    browser.wait(&page, "document.activeElement?.id === 'token'");
    browser.enter(&page, "another");
    browser.press(&page, "Enter");
    wait_until_live(&mut browser, &page);
    wait_for_points(&mut browser, &page, "shop.orders");
}
