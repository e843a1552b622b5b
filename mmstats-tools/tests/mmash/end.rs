//! mmash ends in time.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::client::{Events, connect};
use crate::server::{Server, new_place, start};

#[test]
fn it_ends_with_open_streams_and_idle_and_half_asked_connections() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let place = new_place();
        let _web = crate::writer::publish(&place, "web.mmstats");
        let server = start(&place);
        let mut streams: Vec<Events> =
            (0..3).map(|_| Events::open(server.address, "/api/v1/stream")).collect();
        assert!(streams[0].next().is_some());
        let _idle = connect(server.address);
        let mut half = connect(server.address);
        half.write_all(b"GET /stats/ HTTP/1.1\r\n").unwrap();
        // A stream that nobody takes.
        let _unread = Events::open(server.address, "/api/v1/stream?top=100");
        server.signal(signal);
        // It ends the streams itself.
        while streams[0].next().is_some() {}
        let (status, ..) = server.end();
        assert_eq!(status, Some(0));
    }
}

#[test]
fn it_ends_in_order_as_soon_as_it_says_that_it_listens() {
    for _ in 0..10 {
        let place = new_place();
        assert_eq!(start(&place).end().0, Some(0));
    }
}

#[test]
fn it_outlives_its_terminal_if_it_is_told_to() {
    let place = new_place();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" --listen 127.0.0.1:0 .", env!("CARGO_BIN_EXE_mmash")]);
    let server = Server::spawn(command.current_dir(place.dir()));
    server.signal(Signal::SIGHUP);
    // Longer than it would take to end.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(server.get("/stats/").status, 200);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn its_socket_is_removed_at_the_end_and_one_that_nobody_listens_on_is_replaced() {
    let place = new_place();
    let socket = place.path("socket");
    let listen = format!("unix:{}", socket.display());
    // What was left by a server that was killed.
    drop(UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let server = Server::spawn(&mut place.command(["--listen", &listen, "."]));
    assert_eq!(crate::client::get_unix(&socket, "/stats/").status, 200);
    // Another server leaves it alone.
    let result = place.run(["--listen", &listen, "."]);
    assert_eq!(result.status, 1);
    assert!(result.stderr.contains("choose another place"), "{}", result.stderr);
    assert_eq!(server.end().0, Some(0));
    assert!(!socket.exists());
    // What is no socket is left alone, too.
    std::fs::write(&socket, "precious").unwrap();
    assert_eq!(place.run(["--listen", &listen, "."]).status, 1);
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "precious");
}
