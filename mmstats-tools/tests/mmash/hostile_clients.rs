//! What clients do wrong, or on purpose, is borne.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::client::{Events, PATIENCE, ask, connect};
use crate::server::{Server, new_place, start, start_with};
use crate::support::{Place, old_field};
use crate::writer::publish;

/// Connections that are opened and not used.
const IDLE: usize = 1000;

#[test]
fn idle_connections_shut_nobody_out_and_take_little() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let idle: usize = std::env::var("MMSTATS_IDLE").map_or(IDLE, |count| count.parse().unwrap());
    let place = new_place();
    let _web = publish(&place, "web.mmstats");
    let server = start(&place);
    // One that is busy stays.
    let mut events = Events::open(server.address, "/api/v1/stream");
    let before = server.memory("VmRSS");
    let mut connections: Vec<TcpStream> = Vec::new();
    for number in 0..idle {
        let mut stream = connect(server.address);
        if number % 2 == 0 {
            // What was sent before it had to make room is lost.
            let _ = stream.write_all(b"GET /stats/ HTTP/1.1\r\n");
        }
        connections.push(stream);
        if number % 100 == 0 {
            assert_eq!(server.get("/stats/").status, 200, "beside {number}");
        }
    }
    assert_eq!(server.get("/stats/").status, 200);
    assert!(events.next().is_some());
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 32 * 1024, "it grew by {grown} KiB");
    // Those that came last are still there, the first had to go.
    let mut first = connections.swap_remove(0);
    assert!(matches!(first.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn what_cannot_be_asked_for_is_refused_in_json() {
    let place = new_place();
    let server = start(&place);
    for target in ["/", "/stats/", "/api/v1/fields"] {
        let request =
            format!("POST {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address);
        let answer = ask(server.address, &request);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{target}");
        assert_eq!(answer.json()["error"], "expected the method GET or HEAD, found POST", "{target}");
    }
    for since in ["-60", "NaN", "inf", "yesterday"] {
        let answer = server.get(&format!("/api/v1/query?label=web.hits&since={since}"));
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(answer.status, 400, "{since}");
        assert!(
            error.contains("expected since to be how many seconds ago") && error.contains(since),
            "{error}"
        );
    }
}

#[test]
fn a_path_that_is_no_text_is_that_of_nothing() {
    let place = new_place();
    let _web = publish(&place, "web.mmstats");
    let server = start(&place);
    assert_eq!(server.json("/stats/%ff"), serde_json::json!({}));
    assert_eq!(server.json("/files/%ff%00*"), serde_json::json!({ "files": [] }));
    let prefix = server.json("/stats/w%65b.");
    assert!(prefix.as_object().is_some_and(|labels| !labels.is_empty()), "{prefix}");
}

/// A matcher that tries all there is to try would not come to an end.
#[test]
fn a_pattern_of_many_stars_is_answered_at_once() {
    let place = new_place();
    let dir = place.path("d".repeat(60));
    std::fs::create_dir(&dir).unwrap();
    std::fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let _web = crate::writer::publish_in(&dir, &format!("{}.mmstats", "f".repeat(60)), 0o644);
    let server = start_with(&place, [dir.as_os_str()]);
    let stars = "*%3F".repeat(24);
    for pattern in [format!("g/{stars}z"), format!("{stars}z"), format!("**/{stars}/{stars}")] {
        assert_eq!(server.json(&format!("/files/{pattern}")), serde_json::json!({ "files": [] }));
        assert_eq!(
            server.json(&format!("/stats/?glob={pattern}")).as_object().map(serde_json::Map::len),
            Some(1)
        );
        assert_eq!(server.json(&format!("/stats/web?glob={pattern}")), serde_json::json!({}));
    }
    assert_eq!(server.json(&format!("/files/{stars}*"))["files"].as_array().map(Vec::len), Some(1));
}

/// mmash over a file of texts that are so long that an answer with them, of twelve megabytes, is not sent at once.
fn start_with_long_texts(place: &Place) -> Server {
    let mut bytes = b"\x01".to_vec();
    let text = vec![b'x'; 4_000_000];
    for label in ["text.a", "text.b", "text.c"] {
        bytes.extend(old_field(label, "4000000s", &text));
    }
    std::fs::write(place.path("long.mmstats"), bytes).unwrap();
    Server::spawn(&mut place.command(["--listen", "127.0.0.1:0", "."]))
}

#[test]
fn answers_that_nobody_takes_do_not_pile_up() {
    let place = new_place();
    let server = start_with_long_texts(&place);
    assert_eq!(server.get("/stats/text").status, 200);
    let before = server.memory("VmRSS");
    let request = format!("GET /stats/text HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    let mut statuses = Vec::new();
    let unread: Vec<TcpStream> = (0..16)
        .map(|_| {
            let mut stream = connect(server.address);
            stream.write_all(request.as_bytes()).unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).unwrap();
            statuses.push(String::from_utf8(status.to_vec()).unwrap());
            stream
        })
        .collect();
    for status in ["HTTP/1.1 200", "HTTP/1.1 503"] {
        assert!(statuses.iter().any(|found| found == status), "{statuses:?}");
    }
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 180 * 1024, "{grown} KiB");
    // What is small is answered, and as soon as somebody has taken theirs, or gone, so is this.
    assert_eq!(server.get("/api/v1/processes").status, 200);
    drop(unread);
    let start = Instant::now();
    while server.get("/stats/text").status != 200 {
        assert!(start.elapsed() < PATIENCE);
    }
}

#[test]
fn who_takes_an_answer_slowly_gets_all_of_it() {
    let place = new_place();
    let server = start_with_long_texts(&place);
    let mut slow = connect(server.address);
    write!(slow, "GET /stats/text HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address)
        .unwrap();
    let mut first = vec![0; 100_000];
    slow.read_exact(&mut first).unwrap();
    // More than there may be at a time, all of them more idle than the one that is being sent to.
    let idle: Vec<TcpStream> = (0..600).map(|_| connect(server.address)).collect();
    assert_eq!(server.get("/api/v1/processes").status, 200);
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).unwrap();
    drop(idle);
    let len = first.len() + rest.len();
    assert!(len > 12_000_000 && rest.ends_with(b"]}"), "{len} bytes");
}

#[test]
fn who_takes_for_ever_to_ask_is_cut_off() {
    let place = new_place();
    let server = start(&place);
    let mut slow = connect(server.address);
    slow.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let start = Instant::now();
    let mut sent = 0;
    // A byte at a time of a header that never ends.
    while start.elapsed() < PATIENCE {
        let byte = b"GET / HTTP/1.1\r\nHost: x\r\nX: ".get(sent).unwrap_or(&b'x');
        sent += 1;
        if slow.write_all(&[*byte]).is_err() || slow.read(&mut [0; 64]).is_ok() {
            break;
        }
    }
    assert!(start.elapsed() < PATIENCE);
    assert_eq!(server.get("/stats/").status, 200);
}

#[test]
fn what_is_too_large_is_refused() {
    let place = new_place();
    let server = start(&place);
    let long = |len: usize| "x".repeat(len);
    assert_eq!(server.get(&format!("/stats/{}", long(7000))).status, 200);
    for target in [
        format!("/stats/{}", long(9000)),
        format!("/api/v1/fields?search={}", long(20_000)),
        format!("/{}", "a/".repeat(5000)),
        format!("/api/v1/query?{}", "label=a&".repeat(2000)),
        format!("/{}", long(100_000)),
        format!("/{}", long(1_000_000)),
    ] {
        let status = server.get(&target).status;
        assert!(matches!(status, 414 | 431), "{} bytes: {status}", target.len());
    }
    let host = server.address;
    let headers = "X: 1\r\n".repeat(500);
    let large = format!("X: {}\r\n", long(100_000));
    for headers in [headers, large] {
        let answer = ask(host, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"));
        assert_eq!(answer.status, 431);
    }
    let post = format!(
        "POST /stats/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\nx"
    );
    assert_eq!(ask(host, &post).status, 405);
    for nonsense in
        ["\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"]
    {
        let mut stream = connect(host);
        stream.write_all(nonsense.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{:?}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_eq!(server.get("/stats/").status, 200);
}

#[test]
fn no_path_leads_out() {
    let place = new_place();
    let _web = publish(&place, "web.mmstats");
    std::fs::write(place.path("secret"), "do not tell").unwrap();
    let server = start(&place);
    for target in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/stats/../../etc/passwd",
        "/stats/%2e%2e/%2e%2e/etc/passwd",
        "/files/../*",
        "/files/%2fetc%2f*",
        "/files/..%2f..%2f*",
        "/files/**%2f*",
        "/files/secret",
        "/stats/?glob=/etc/*",
        "/stats/web?glob=../../etc/passwd",
        "/stats/web?glob=%2fetc%2fpasswd",
        "/stats/root?glob=/etc/passwd",
        "/secret",
        "/index.html/../../secret",
        "/stats/%00",
        "/stats/%ff",
        "/files/[",
    ] {
        let answer = server.get(target);
        assert!(matches!(answer.status, 200 | 400 | 404), "{target}: {answer:?}");
        assert!(
            !answer.body.contains("root:") && !answer.body.contains("do not tell"),
            "{target}: {answer:?}"
        );
        assert!(!answer.body.contains("secret\"]"), "{target}: {answer:?}");
    }
    assert_eq!(server.json("/files/*"), serde_json::json!({ "files": ["./web.mmstats"] }));
}

#[test]
fn there_are_so_many_streams_and_no_more() {
    let place = new_place();
    let server = start(&place);
    let mut streams = Vec::new();
    let refused = loop {
        let answer = {
            let mut stream = connect(server.address);
            write!(stream, "GET /api/v1/stream HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).unwrap();
            streams.push(stream);
            String::from_utf8(status.to_vec()).unwrap()
        };
        if answer != "HTTP/1.1 200" {
            break answer;
        }
        assert!(streams.len() < 1000);
    };
    assert_eq!(refused, "HTTP/1.1 503");
    assert!(streams.len() > 20, "{}", streams.len());
    assert_eq!(server.get("/stats/").status, 200);
    drop(streams);
    // Their places are free again as soon as it is noticed.
    let start = Instant::now();
    while server.get("/api/v1/stream?top=101").status != 400 && start.elapsed() < PATIENCE {}
    Events::open(server.address, "/api/v1/stream").next().unwrap();
}

#[test]
fn it_answers_many_at_once_while_writers_count() {
    let place = new_place();
    let web = publish(&place, "web.mmstats");
    let server = start(&place);
    let address = server.address;
    let clients: Vec<_> = (0..8)
        .map(|number| {
            thread::spawn(move || {
                let targets = ["/", "/stats/", "/stats/web.?aggr=one", "/api/v1/fields", "/api/v1/processes"];
                for round in 0..100 {
                    let target = targets[(number + round) % targets.len()];
                    let status = crate::client::get(address, target, "").status;
                    // A text cannot be summed up, and one of a distribution is none.
                    assert!(
                        status == 200 || (status == 400 && target.contains("aggr")),
                        "{target}: {status}"
                    );
                }
            })
        })
        .collect();
    while clients.iter().any(|client| !client.is_finished()) {
        web.hits.incr();
        web.phase.set("churning");
    }
    for client in clients {
        client.join().unwrap();
    }
}
