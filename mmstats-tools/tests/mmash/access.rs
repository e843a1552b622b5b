//! Who may see.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mmstats_tests::system::is_root;

use crate::client::{ask, get, get_unix};
use crate::server::{Server, new_place, start, start_with};
use crate::support::Place;
use crate::writer::{publish, publish_in};

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn with_token(place: &Place) -> String {
    let path = place.path("token");
    fs::write(&path, "s3cret/+=\n").unwrap();
    set_mode(&path, 0o600);
    path.to_str().unwrap().to_owned()
}

#[test]
fn browsers_are_told_to_be_careful() {
    let place = new_place();
    let server = start(&place);
    for target in ["/", "/stats/", "/api/v1/fields", "/nothing", "/graph/"] {
        let answer = server.get(target);
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'self'"), "{target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{target}");
    }
    assert_eq!(server.get("/stats/").header("cache-control"), Some("no-store"));
    let page = server.get("/");
    let known = format!("If-None-Match: {}\r\n", page.header("etag").unwrap());
    let again = get(server.address, "/", &known);
    assert_eq!((again.status, again.body.as_str()), (304, ""));
}

#[test]
fn a_token_is_asked_for_and_kept_secret() {
    let place = new_place();
    let token = with_token(&place);
    let server = start_with(&place, ["--token-file", &token, "."]);
    let status = |target: &str, headers: &str| get(server.address, target, headers).status;
    for target in ["/", "/stats/", "/api/v1/stream", "/api/v1/openapi.json"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{target}");
        assert!(answer.json()["error"].as_str().unwrap().contains("?token="));
    }
    for wrong in ["s3cret", "", "s3cret/+=x", "S3CRET/+="] {
        assert_eq!(status("/stats/", &format!("Authorization: Bearer {wrong}\r\n")), 401, "{wrong}");
        let cookie = format!("Cookie: mmash_token_{}={wrong}\r\n", server.address.port());
        assert_eq!(status("/stats/", &cookie), 401, "{wrong}");
        assert_eq!(status(&format!("/stats/?token={wrong}"), ""), 401, "{wrong}");
    }
    assert_eq!(status("/stats/", "Authorization: Bearer s3cret/+=\r\n"), 200);
    // A way that is relative leads to no other host.
    let welcome = server.get("//evil.example/?a=1&token=s3cret%2F%2b=&b=2");
    assert_eq!((welcome.status, welcome.header("location")), (303, Some("./?a=1&b=2")));
    let cookie = welcome.header("set-cookie").unwrap();
    // Also for who comes by a link on another site.
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let (cookie, _) = cookie.split_once(';').unwrap();
    assert_eq!(status("/stats/", &format!("Cookie: other=1; {cookie}\r\n")), 200);
}

#[test]
fn two_servers_of_a_host_take_no_cookie_from_each_other() {
    let place = new_place();
    let token = with_token(&place);
    let start = || start_with(&place, ["--token-file", &token, "."]);
    let names = [start(), start()].map(|server| {
        let welcome = server.get("/?token=s3cret/%2B=");
        welcome.header("set-cookie").unwrap().split('=').next().unwrap().to_owned()
    });
    assert_ne!(names[0], names[1]);
}

/// Tunnels may lead from several ports of a browser's host to servers that all listen on one.
#[test]
fn a_cookie_is_of_the_port_that_the_browser_connected_to() {
    let place = new_place();
    let token = with_token(&place);
    let server = start_with(&place, ["--token-file", &token, "."]);
    let ask = |target: &str, cookie: &str| {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: localhost:8080\r\n{cookie}Connection: close\r\n\r\n");
        ask(server.address, &request)
    };
    let welcome = ask("/?token=s3cret/%2B=", "");
    let (cookie, _) = welcome.header("set-cookie").unwrap().split_once(';').unwrap();
    assert!(cookie.starts_with("mmash_token_8080="), "{cookie}");
    assert_eq!(ask("/stats/", &format!("Cookie: {cookie}\r\n")).status, 200);
}

#[test]
fn browsers_are_asked_for_the_token_by_a_page() {
    let place = new_place();
    let token = with_token(&place);
    let server = start_with(&place, ["--token-file", &token, "."]);
    let html = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    let asked = |target: &str| get(server.address, target, html);
    let page = asked("/?chart=a/b&q=%22%3E%3Cscript%3E+x&token=wrong&odd");
    assert_eq!((page.status, page.header("content-type")), (401, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("content-security-policy"), Some("default-src 'self'"));
    assert!(page.body.contains("That is not the token."), "{}", page.body);
    // What else was asked for is asked for again.
    for input in [
        r#"name="chart" value="a/b""#,
        r#"name="q" value="&#34;&#62;&#60;script&#62; x""#,
        r#"name="odd" value="""#,
    ] {
        assert!(page.body.contains(input), "{}", page.body);
    }
    assert!(!asked("/").body.contains("not the token"));
    // What it looks like tells nothing of the machine; all else is kept.
    assert_eq!(server.get("/page/style.css").status, 200);
    for target in ["/page/main.js", "/page/style.css/", "/api/v1/fields", "/page/../api/v1/fields"] {
        assert_eq!(server.get(target).status, 401, "{target}");
    }
}

#[test]
fn a_token_that_others_can_read_is_none() {
    let place = new_place();
    let token = with_token(&place);
    set_mode(&token, 0o640);
    let result = place.run(["--token-file", &token, "."]);
    assert_eq!(result.status, 2);
    assert!(result.stderr.contains("chmod 600"), "{}", result.stderr);
    set_mode(&token, 0o600);
    fs::write(&token, "\n").unwrap();
    assert_eq!(place.run(["--token-file", &token, "."]).status, 2);
}

#[test]
fn other_machines_need_a_token() {
    let place = new_place();
    let token = with_token(&place);
    let result = place.run(["--listen", "0.0.0.0:0", "."]);
    assert_eq!(result.status, 2);
    assert!(result.stderr.contains("--token-file"), "{}", result.stderr);
    let server = Server::spawn(&mut place.command(["--listen", "0.0.0.0:0", "--token-file", &token, "."]));
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    assert_eq!(get(address, "/stats/", "").status, 401);
    assert_eq!(get(address, "/stats/", "Authorization: Bearer s3cret/+=\r\n").status, 200);
}

#[test]
fn sockets_of_their_owners_need_neither_name_nor_token_and_those_of_others_a_token() {
    let place = new_place();
    let token = with_token(&place);
    let (own, shared) = (place.path("own"), place.path("shared"));
    let server = Server::spawn(&mut place.command([
        "--listen",
        &format!("unix:{}", own.display()),
        "--listen",
        &format!("unix:{},mode=666", shared.display()),
        "--token-file",
        &token,
        ".",
    ]));
    assert_eq!(get_unix(&own, "/stats/").status, 200);
    assert_eq!(get_unix(&shared, "/stats/").status, 401);
    assert_eq!(get_unix(&shared, "/stats/?token=s3cret/%2B=").status, 303);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own), mode(&shared)), (0o600, 0o666));
    drop(server);
}

#[test]
fn a_token_that_is_too_long_is_none() {
    let place = new_place();
    let token = with_token(&place);
    fs::write(&token, "x".repeat(1025)).unwrap();
    let result = place.run(["--token-file", &token, "."]);
    assert_eq!(result.status, 2);
    assert!(result.stderr.contains("expected at most 1024 bytes"), "{}", result.stderr);
}

/// What it was when the server found it does not count.
#[test]
fn what_others_can_no_longer_read_is_no_longer_shown_to_them_by_root() {
    if !is_root("what_others_can_no_longer_read_is_no_longer_shown_to_them_by_root") {
        return;
    }
    let place = new_place();
    let _web = publish(&place, "web.mmstats");
    let dir = place.path("dir");
    fs::create_dir(&dir).unwrap();
    set_mode(&dir, 0o755);
    let _other = publish_in(&dir, "other.mmstats", 0o644);
    let server = start_with(&place, [".", "dir"]);
    let files = |count: usize| {
        server
            .wait_for("/files/", |files| files["files"].as_array().is_some_and(|files| files.len() == count));
    };
    files(2);
    set_mode(place.path("web.mmstats"), 0o600);
    files(1);
    set_mode(&dir, 0o700);
    files(0);
    set_mode(place.path("web.mmstats"), 0o644);
    files(1);
}

#[test]
fn what_others_cannot_read_is_not_shown_to_them_by_root() {
    if !is_root("what_others_cannot_read_is_not_shown_to_them_by_root") {
        return;
    }
    let place = new_place();
    let private = publish_in(place.dir(), "private.mmstats", 0o600);
    let result = place.run(["--listen", "127.0.0.1:0", "."]);
    assert_eq!(result.status, 2);
    assert!(result.stderr.contains("private.mmstats"), "{}", result.stderr);
    assert!(result.stderr.contains("--token-file"), "{}", result.stderr);
    // A token or a socket of its own, and it is.
    let token = with_token(&place);
    drop(start_with(&place, ["--token-file", &token, "."]));
    let socket = format!("unix:{}", place.path("socket").display());
    drop(Server::spawn(&mut place.command(["--listen", &socket, "."])));
    let shared = format!("{socket},mode=666");
    fs::remove_file(place.path("socket")).unwrap();
    assert_eq!(place.run(["--listen", &shared, "."]).status, 2);
    drop(private);
    // What comes later is left out, and so is what is in a directory that others may not search.
    let _public = publish(&place, "public.mmstats");
    let hidden = place.path("hidden");
    fs::create_dir(&hidden).unwrap();
    let server = start_with(&place, [".", "hidden"]);
    set_mode(&hidden, 0o700);
    let late = |dir: &Path, mode| publish_in(dir, "late.mmstats", mode);
    let (_late, _unsearchable) = (late(place.dir(), 0o600), late(&hidden, 0o644));
    let later = publish(&place, "later.mmstats");
    let files = server.wait_for("/files/", |files| files.to_string().contains("later.mmstats"));
    assert_eq!(files["files"], serde_json::json!(["./later.mmstats", "./public.mmstats"]));
    drop(later);
    let (_, _, stderr) = server.end();
    assert_eq!(stderr.matches("cannot serve ./late.mmstats: ").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("cannot serve hidden/late.mmstats: ").count(), 1, "{stderr}");
}
