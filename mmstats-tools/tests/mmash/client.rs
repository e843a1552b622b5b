//! Asks a server, byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// What a server answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Until a test gives up, just before its time limit is over.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Asks for `target`, with `headers` besides the name of the server.
pub(crate) fn get(address: SocketAddr, target: &str, headers: &str) -> Answer {
    ask(address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n"))
}

/// Sends `request`, and reads what is answered until that ends.
pub(crate) fn ask(address: SocketAddr, request: &str) -> Answer {
    let mut stream = connect(address);
    // The server may answer, and close, before it has read all.
    let _ = stream.write_all(request.as_bytes());
    read(stream)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn connect_unix(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Asks for `target` by the socket at `path`.
pub(crate) fn get_unix(path: &Path, target: &str) -> Answer {
    let mut stream = connect_unix(path);
    write!(stream, "GET {target} HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n").unwrap();
    read(stream)
}

/// What is answered until the connection ends.
pub(crate) fn read(stream: impl Read) -> Answer {
    let mut stream = BufReader::new(stream);
    let mut answer = head(&mut stream);
    let mut body = Vec::new();
    // A server that closes before it has read all resets the connection.
    let _ = stream.read_to_end(&mut body);
    answer.body = String::from_utf8(body).unwrap();
    answer
}

fn head(stream: &mut impl BufRead) -> Answer {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let status = line();
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let headers = std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty()));
    let headers = headers.filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        Some((key.to_lowercase(), value.trim().to_owned()))
    });
    let headers = headers.collect();
    Answer { status: status.expect("a status"), headers, body: String::new() }
}

/// Server-sent events, one after the other.
pub(crate) struct Events {
    stream: BufReader<Box<dyn Read>>,
}

impl Events {
    pub(crate) fn open(address: SocketAddr, target: &str) -> Self {
        Self::ask(connect(address), &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n"))
    }

    /// By the socket at `path`.
    pub(crate) fn open_unix(path: &Path, target: &str) -> Self {
        Self::ask(connect_unix(path), &format!("GET {target} HTTP/1.1\r\nHost: any.example\r\n\r\n"))
    }

    fn ask(mut stream: impl Read + Write + 'static, request: &str) -> Self {
        stream.write_all(request.as_bytes()).unwrap();
        let mut stream: BufReader<Box<dyn Read>> = BufReader::new(Box::new(stream));
        let head = head(&mut stream);
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")), "{head:?}");
        Self { stream }
    }

    /// The next event; nothing at the end.
    pub(crate) fn next(&mut self) -> Option<Value> {
        Some(serde_json::from_str(&self.next_data()?).unwrap())
    }

    /// The data of the next event, as it was sent; nothing at the end.
    pub(crate) fn next_data(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(data.trim_end().to_owned());
            }
        }
    }
}
