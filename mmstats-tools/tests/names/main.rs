//! A name that one tool shows selects that metric in every other tool.
//!
//! | module | what it shows |
//! |---|---|
//! | `documented` | the examples of docs/TOOLS.md are true |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[expect(dead_code, reason = "other tests need more of it")]
#[path = "../terminals/pty.rs"]
mod pty;

mod documented;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixture::{Field, Fixture};
use pty::{Pty, tool};
use serde_json::Value;
use tempfile::TempDir;

const SLURPSTATS: &str = env!("CARGO_BIN_EXE_slurpstats");
const POLLSTATS: &str = env!("CARGO_BIN_EXE_pollstats");
const TOPSTATS: &str = env!("CARGO_BIN_EXE_topstats");
const MMASH: &str = env!("CARGO_BIN_EXE_mmash");
const PATIENCE: Duration = Duration::from_mins(1);

/// Labels and tags that a tool could confuse with each other.
const NAMES: [(&str, &str); 31] = [
    ("web.hits", "method\0get\0"),
    ("web.hits", "method\0get\0status\x00503\0"),
    (r#"web.hits{method="get"}"#, ""),
    ("web.sent", "text\x001,2\0"),
    ("a,b", ""),
    ("a", "k\0\0"),
    ("a=b", "\0\0"),
    ("a:rate", ""),
    ("a*", ""),
    ("ab", ""),
    ("a?", ""),
    ("a[b]", ""),
    ("a[", ""),
    ("a***", ""),
    ("a{", ""),
    ("a}", ""),
    ("a{}", ""),
    (r"a\b", ""),
    ("a\u{1b}b", ""),
    (r"a\u{1b}b", ""),
    (r"a\x9b", ""),
    ("größe", "maß\0尺寸\0"),
    ("größe", "maß\0*\0"),
    ("twice", "k\x001\0k\x002\0"),
    ("twice", "k\x001\0k_2\x002\0"),
    ("odd", "a=\"1\",b\0}\0"),
    ("odd", "a\0\",b=\"}\0"),
    ("odd", "a\x001\0b\0}\0"),
    ("odd", "{\0=\0"),
    ("\u{202e}", "\u{7}\0\n\0"),
    ("+sum", ""),
];

/// Writes a file with a counter for each name. Its value is its position in the list.
fn place() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let fields =
        (1..).zip(NAMES).map(|(n, (label, tags))| Field::counter(label, &[n]).described("", "", tags));
    let fixture = Fixture { flags: 0, ..Fixture::with_fields(fields) };
    fixture.attribute("sys.cmd", "odd").write(&dir.path().join("odd.mmstats"));
    dir
}

/// The output of a tool, which must succeed.
fn output(program: &str, dir: &Path, arguments: &[&str]) -> String {
    let mut command = tool(program, dir, arguments);
    let output = command.env("COLUMNS", "400").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names and values in the lines of slurpstats.
fn slurped(text: &str) -> Vec<(String, u64)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("  ")?.rsplit_once(' '));
    let names = lines.map(|(name, value)| (name.trim_end().to_owned(), value.parse().unwrap()));
    names.collect()
}

/// The names of all counters, by their values.
fn shown(dir: &Path) -> BTreeMap<u64, String> {
    let names = slurped(&output(SLURPSTATS, dir, &["-X", "sys.*"]));
    let shown: BTreeMap<u64, String> = names.into_iter().map(|(name, value)| (value, name)).collect();
    assert_eq!(shown.len(), NAMES.len(), "{shown:?}");
    shown
}

#[test]
fn slurpstats_shows_what_a_name_names_and_nothing_else() {
    let dir = place();
    for (value, name) in shown(dir.path()) {
        let found = slurped(&output(SLURPSTATS, dir.path(), &[&format!("--include={name}")]));
        assert_eq!(found, [(name, value)]);
    }
}

#[test]
fn pollstats_counts_what_a_name_names_and_shows_such_names_itself() {
    let dir = place();
    let shown = shown(dir.path());
    let fields = |fields: &str| -> serde_json::Map<String, Value> {
        let line = output(POLLSTATS, dir.path(), &["-c", "1", "--json", "--", fields]);
        serde_json::from_str::<Value>(&line).unwrap()["fields"].as_object().unwrap().clone()
    };
    for (value, name) in &shown {
        let found: Vec<_> = fields(name).into_iter().collect();
        assert_eq!(found, [(name.clone(), Value::from(*value))]);
    }
    // All together, and with a part.
    let list: Vec<&str> = shown.values().map(String::as_str).collect();
    assert_eq!(fields(&list.join(",")).len(), shown.len());
    assert_eq!(fields(&format!("{}:value", list.join(":value,"))).len(), shown.len());
    let titles = fields("*{*}");
    assert!(titles.len() > 5);
    for title in titles.keys().filter(|title| !title.starts_with("sys.")) {
        assert!(list.contains(&title.as_str()), "{title}");
    }
}

#[test]
fn topstats_shows_what_a_name_names_and_shows_such_names_itself() {
    let dir = place();
    let rows = |arguments: &[&str]| {
        let arguments = [&["--once", "-d", "0.1", "--flat"], arguments].concat();
        let text = output(TOPSTATS, dir.path(), &arguments);
        let rows = text.lines().skip_while(|line| !line.contains("VALUE")).skip(1);
        rows.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    let all = rows(&["-X", "sys.*"]);
    for (value, name) in shown(dir.path()) {
        let [row] = &rows(&[&format!("--include={name}")])[..] else { panic!("{name}") };
        assert!(row.starts_with(&name) && row.contains(&format!(" {value} ")), "{name}: {row}");
        assert!(all.iter().any(|row| row.starts_with(&format!("{name} "))), "{name}: {all:#?}");
    }
}

#[test]
fn what_an_ascii_terminal_shows_of_a_name_selects_it() {
    let dir = place();
    let mut command = tool(SLURPSTATS, dir.path(), &["-X", "sys.*"]);
    command.env("LC_ALL", "C");
    let (_, written) = Pty::start(command, 400, 50).end();
    assert!(written.is_ascii() && written.contains(r"gr\u{f6}\u{df}e"), "{written}");
    let names = slurped(&written.replace('\r', ""));
    assert_eq!(names.len(), NAMES.len(), "{written}");
    for (name, value) in names {
        let [(_, found)] = slurped(&output(SLURPSTATS, dir.path(), &[&format!("--include={name}")]))[..]
        else {
            panic!("{name}")
        };
        assert_eq!(found, value, "{name}");
    }
}

/// A running mmash. Dropping it kills it.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(dir: &Path) -> Self {
        let mut command = Command::new(MMASH);
        command.args(["--listen", "127.0.0.1:0", "--interval", "50ms"]).arg(dir);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
        Self { child, address }
    }

    fn ask(&self, target: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {target} HTTP/1.0\r\n\r\n").unwrap();
        BufReader::new(stream)
    }

    fn json(&self, target: &str) -> Value {
        let mut answer = String::new();
        self.ask(target).read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {target}: {answer}"))
    }
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"))
}

#[test]
fn mmash_answers_by_names_and_names_what_it_answers() {
    let dir = place();
    let server = Server::start(dir.path());
    let start = Instant::now();
    let fields = loop {
        let answer = server.json("/api/v1/fields?limit=1000");
        if answer["total"].as_u64() >= Some(NAMES.len() as u64) {
            break answer["fields"].as_array().unwrap().clone();
        }
        assert!(start.elapsed() < PATIENCE, "{answer}");
        std::thread::sleep(Duration::from_millis(20));
    };
    for (value, name) in shown(dir.path()) {
        let own: Vec<_> = fields.iter().filter(|field| field["name"] == name.as_str()).collect();
        assert_eq!((own.len(), &own[0]["value"]), (1, &Value::from(value)), "{name}");
        let answer = server.json(&format!("/api/v1/query?label={}", percent(&name)));
        let names: Vec<_> =
            answer["series"].as_array().unwrap().iter().map(|series| &series["name"]).collect();
        assert_eq!(names, [&Value::from(name.as_str())]);

        let mut events = server.ask(&format!("/api/v1/stream?top=0&series=odd/{}", percent(&name))).lines();
        let data = events.find_map(|line| line.unwrap().strip_prefix("data: ").map(str::to_owned)).unwrap();
        let tick: Value = serde_json::from_str(&data).unwrap();
        let names: Vec<_> = tick["series"].as_array().unwrap().iter().map(|series| &series["name"]).collect();
        assert_eq!(names, [&Value::from(name.as_str())]);
    }
}
