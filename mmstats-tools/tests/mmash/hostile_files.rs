//! What becomes of files while they are served is borne.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::process::Command;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::json;

use crate::fixture::{Field, Fixture, text};
use crate::server::{Server, new_place, start};
use crate::support::old_field;
use crate::writer::{publish, put};

fn files(server: &Server) -> String {
    server.json("/files/").to_string()
}

#[test]
fn files_that_are_cut_replaced_or_no_files_disturb_nobody() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let write = |name, label| put(&place, name, Fixture::with_fields([Field::counter(label, &[1])]));
    write("cut.mmstats", "cut");
    write("replaced.mmstats", "one");
    let server = start(&place);
    assert!(files(&server).contains("cut.mmstats"));
    OpenOptions::new().write(true).open(place.path("cut.mmstats")).unwrap().set_len(300).unwrap();
    write("new", "two");
    fs::rename(place.path("new"), place.path("replaced.mmstats")).unwrap();
    mkfifo(&place.path("fifo.mmstats"), Mode::S_IRWXU).unwrap();
    fs::create_dir(place.path("directory.mmstats")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", place.path("link.mmstats")).unwrap();
    // A text of a gibibyte, of which nothing was ever written.
    let mut endless = old_field("a", "I", &7_u32.to_le_bytes());
    endless.extend(old_field("endless", "1073741000s", b""));
    fs::write(place.path("endless.mmstats"), [b"\x01", &endless[..]].concat()).unwrap();
    OpenOptions::new().write(true).open(place.path("endless.mmstats")).unwrap().set_len(1 << 30).unwrap();
    // A gibibyte of nothing, once as it is and once behind a beginning.
    let sparse = File::create(place.path("sparse.mmstats")).unwrap();
    sparse.set_len(1 << 30).unwrap();
    write("large.mmstats", "large");
    OpenOptions::new().write(true).open(place.path("large.mmstats")).unwrap().set_len(1 << 30).unwrap();
    fs::write(place.path("noise.mmstats"), [0xa5; 5000]).unwrap();
    server.wait_for("/stats/two", |stats| *stats == json!({ "two": [1] }));
    server.wait_for("/stats/large", |stats| *stats == json!({ "large": [1] }));
    server.wait_for("/stats/cut", |stats| *stats == json!({}));
    server.wait_for("/stats/a", |stats| *stats == json!({ "a": [7] }));
    assert_eq!(server.json("/stats/one"), json!({}));
    web.hits.add(5);
    server.wait_for("/stats/web.hits", |stats| *stats == json!({ "web.hits": [5] }));
    assert!(server.memory("VmHWM") < 64 * 1024, "{} KiB", server.memory("VmHWM"));
    let (status, _, stderr) = server.end();
    assert_eq!(status, Some(0));
    assert_eq!(stderr.matches("noise.mmstats").count(), 1, "{stderr}");
}

#[test]
fn a_million_fields_are_served() {
    let place = new_place();
    let mut bytes = b"\x01".to_vec();
    for number in 0..1_000_000_u32 {
        bytes.extend(old_field(&format!("field.{number:07}"), "I", &number.to_le_bytes()));
    }
    fs::write(place.path("many.mmstats"), bytes).unwrap();
    let server = start(&place);
    let answer = server.json("/api/v1/fields?limit=1&offset=999999");
    assert_eq!((&answer["total"], &answer["fields"][0]["value"]), (&json!(1_000_000), &json!(999_999)));
    assert_eq!(server.json("/stats/field.0123456"), json!({ "field.0123456": [123_456] }));
    assert_eq!(server.json("/stats/")["stats"].as_array().unwrap().len(), 1_000_000);
}

#[test]
fn hostile_strings_come_through_as_they_are_and_as_nothing_else() {
    let place = new_place();
    let hostile = "<script>alert(1)</script>\"'\n\r?#/&\\\u{1b}[31m\u{202e}%2f";
    let fixture = Fixture::with_fields([
        Field::counter(hostile, &[7]).described(hostile, hostile, ""),
        Field::text("text", 0, &[text(256, hostile.as_bytes())]),
    ]);
    let name = "a<b>&\n.mmstats";
    put(&place, name, fixture.attribute("sys.cmd", hostile));
    let server = start(&place);
    let escaped = hostile.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(server.json(&format!("/stats/{escaped}")), json!({ hostile: [7] }));
    assert_eq!(server.json("/stats/text"), json!({ "text": [hostile] }));
    assert_eq!(server.json("/files/"), json!({ "files": [format!("./{name}")] }));
    let field = server.json(&format!("/api/v1/fields?search={escaped}"));
    assert_eq!(field["total"], json!(8), "{field}");
    let query = server.json(&format!("/api/v1/query?label={escaped}&process={escaped}"));
    let series = &query["series"][0];
    assert_eq!(
        (&series["label"], &series["unit"], &series["help"]),
        (&json!(hostile), &json!(hostile), &json!(hostile))
    );
    for target in ["/stats/", "/api/v1/fields", "/api/v1/processes"] {
        // No browser takes it for a page.
        assert_eq!(server.get(target).header("content-type"), Some("application/json"), "{target}");
    }
    let refusal = server.get("/%3Cscript%3Ealert(1)%3C/script%3E");
    assert_eq!((refusal.status, refusal.header("content-type")), (404, Some("application/json")));
    let mut events =
        crate::client::Events::open(server.address, &format!("/api/v1/stream?series={escaped}/{escaped}"));
    assert_eq!(events.next().unwrap()["series"][0]["label"], json!(hostile));
    // Nor does a terminal.
    let body = server.get("/api/v1/fields").body;
    assert!(!body.contains(['\u{1b}', '\u{202e}']), "{body:?}");
    let (_, _, stderr) = server.end();
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
}

#[test]
fn a_file_that_counts_backwards_has_no_negative_rates() {
    let place = new_place();
    let path = place.path("a.mmstats");
    let built = put(&place, "a.mmstats", Fixture::with_fields([Field::counter("backwards", &[1000])]));
    let server = start(&place);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    for count in [5_u64, 10, u64::MAX, 0] {
        file.write_all_at(&count.to_le_bytes(), built.value_at(0, 0) as u64).unwrap();
        server.wait_for("/stats/backwards", |stats| *stats == json!({ "backwards": [count] }));
    }
    let answer = server.json("/api/v1/query?label=backwards");
    let values = answer["series"][0]["values"].as_array().unwrap();
    assert!(values.iter().all(|value| value.is_null() || value.as_f64() >= Some(0.0)), "{values:?}");
}

/// Their directories are open while files are read.
#[test]
fn more_directories_and_files_than_descriptors_are_served() {
    let place = new_place();
    for number in 0..100 {
        let name = format!("dir-{number}");
        fs::create_dir(place.path(&name)).unwrap();
        for file in ["a", "b"] {
            let fixture = Fixture::with_fields([Field::counter("hits", &[1])]);
            put(&place, &format!("{name}/{file}.mmstats"), fixture);
        }
    }
    let mut limited = Command::new("sh");
    let arguments = ["-c", "ulimit -n 150; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_mmash")];
    limited.args(arguments).args(["--listen", "127.0.0.1:0", "--interval", "50ms", "dir-*"]);
    let server = Server::spawn(limited.current_dir(place.dir()));
    for _ in 0..3 {
        server.wait_for("/stats/hits?aggr=sum", |stats| *stats == json!({ "hits": 200 }));
        put(&place, "dir-0/c.mmstats", Fixture::with_fields([Field::counter("hits", &[1])]));
        server.wait_for("/stats/hits?aggr=sum", |stats| *stats == json!({ "hits": 201 }));
        fs::remove_file(place.path("dir-0/c.mmstats")).unwrap();
    }
    let (_, _, stderr) = server.end();
    assert_eq!(stderr, "");
}
