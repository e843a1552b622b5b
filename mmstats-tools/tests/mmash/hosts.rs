//! By which host a request may name mmash: tunnels and containers change it, and so do pages that mean no good.

use std::io::Write;
use std::net::SocketAddr;

use crate::client::{Answer, ask, connect, read};
use crate::server::{Server, new_place, start, start_with};

/// The answer to a request of HTTP/1.1 with these lines of headers.
fn ask_with(address: SocketAddr, headers: &str) -> Answer {
    ask(address, &format!("GET /api/v1/processes HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"))
}

#[test]
fn loopback_is_a_host_of_this_server_at_any_port() {
    let server = start(&new_place());
    let own = server.address.port();
    for host in [
        format!("127.0.0.1:{own}"),
        format!("localhost:{own}"),
        // `ssh -L 8080:localhost:5002`, `docker run -p 80:5002`.
        "localhost:8080".into(),
        "localhost".into(),
        "LocalHost.:8080".into(),
        "mmash.localhost:8080".into(),
        "127.0.0.1:1".into(),
        "127.8.9.10".into(),
        "[::1]:8080".into(),
        "[::ffff:127.0.0.1]:8080".into(),
        "localhost:".into(),
    ] {
        assert_eq!(ask_with(server.address, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
}

#[test]
fn a_page_with_a_name_of_its_own_is_misdirected() {
    let place = new_place();
    let server = start_with(&place, ["--allowed-host", "stats.example", "."]);
    let own = server.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{own}"),
        format!("localhost.evil.example:{own}"),
        format!("127.0.0.1.evil.example:{own}"),
        "evillocalhost".into(),
        "[evil.localhost]".into(),
        "10.0.0.1".into(),
        "0.0.0.0".into(),
        "[::2]".into(),
    ] {
        let refusal = ask_with(server.address, &format!("Host: {host}\r\n"));
        assert_eq!(refusal.status, 421, "{host}");
        let error = refusal.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(&host) && error.contains("--allowed-host"), "{error}");
    }
    assert_eq!(ask_with(server.address, "Host: stats.example\r\n").status, 200);
}

#[test]
fn a_container_s_port_is_reached_by_loopback_outside_of_it() {
    let place = new_place();
    let token = place.path("token");
    std::fs::write(&token, "s3cret").unwrap();
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let server = Server::spawn(&mut place.command(["--listen", "0.0.0.0:0", "--token-file", "token", "."]));
    let Some(outside) = address_of_this_machine() else {
        eprintln!("passed over: this machine has no address but loopback");
        return;
    };
    let address = SocketAddr::new(outside, server.address.port());
    let status =
        |host: &str| ask_with(address, &format!("Host: {host}\r\nAuthorization: Bearer s3cret\r\n")).status;
    for host in ["localhost:8080", "127.0.0.1:8080", &outside.to_string(), &format!("{outside}:8080")] {
        assert_eq!(status(host), 200, "{host}");
    }
    assert_eq!(status("evil.example:8080"), 421);
}

/// An address by which other machines reach this one. Nothing is sent.
fn address_of_this_machine() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

#[test]
fn a_host_that_is_none_is_a_bad_request() {
    let place = new_place();
    let socket = format!("unix:{}", place.path("socket").display());
    let server = start_with(&place, ["--listen", &socket, "."]);
    let own = format!("Host: {}\r\n", server.address);
    for (headers, said) in [
        ("", "expected a Host header, found none"),
        (&*own.repeat(2), "expected one Host header, found several"),
        (&*format!("{own}Host: evil.example\r\n"), "expected one Host header, found several"),
        ("Host:\r\n", "expected a host such as"),
        ("Host: \r\n", "expected a host such as"),
        ("Host: localhost:99999\r\n", "expected a host such as"),
        ("Host: localhost:+80\r\n", "expected a host such as"),
        ("Host: localhost:80:80\r\n", "expected a host such as"),
        ("Host: [::1\r\n", "expected a host such as"),
        ("Host: :5002\r\n", "expected a host such as"),
        ("Host: a@localhost\r\n", "expected a host such as"),
        ("Host: local host\r\n", "expected a host such as"),
        ("Host: localhost/\r\n", "expected a host such as"),
        ("Host: http://localhost\r\n", "expected a host such as"),
        ("Host: localhost, evil.example\r\n", "expected a host such as"),
        ("Host: lôcalhost\r\n", "expected a host such as"),
    ] {
        let answer = ask_with(server.address, headers);
        assert_eq!(answer.status, 400, "{headers:?}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(said), "{headers:?}: {error}");
    }
}

#[test]
fn http_1_0_needs_no_host_and_keeps_the_connection_only_if_asked() {
    let server = start(&new_place());
    let ask = |headers: &str| ask(server.address, &format!("GET /files/ HTTP/1.0\r\n{headers}\r\n"));
    for headers in ["", "Host: localhost:8080\r\n", "Connection: close\r\n"] {
        // The connection is closed, or else reading to its end would take a minute.
        let answer = ask(headers);
        assert_eq!((answer.status, answer.body.as_str()), (200, "{\"files\":[]}"), "{headers:?}");
    }
    assert_eq!(ask("Host: evil.example\r\n").status, 421);
    assert_eq!(ask("Host: a b\r\n").status, 400);

    let mut stream = connect(server.address);
    let kept = "GET /files/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    write!(stream, "{kept}{kept}GET /files/ HTTP/1.0\r\n\r\n").unwrap();
    let answer = read(&stream);
    assert_eq!(answer.header("connection"), Some("keep-alive"));
    assert_eq!(answer.body.matches("{\"files\":[]}").count(), 3, "{answer:?}");
}

/// RFC 9112, section 3.2.2.
#[test]
fn the_host_of_an_absolute_target_goes_before_the_header() {
    let server = start(&new_place());
    let status = |target: &str, headers: &str| {
        let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        ask(server.address, &request).status
    };
    let own = format!("Host: {}\r\n", server.address);
    assert_eq!(status("http://localhost:8080/files/", &own), 200);
    assert_eq!(status("http://localhost:8080/files/", "Host: evil.example\r\n"), 200);
    assert_eq!(status("http://localhost:8080", &own), 200);
    assert_eq!(status("http://evil.example/files/", &own), 421);
    assert_eq!(status("http://localhost:99999/files/", &own), 400);
    assert_eq!(status("http://a@localhost/files/", &own), 400);
    assert_eq!(status("http://localhost/files/", ""), 400);
}
