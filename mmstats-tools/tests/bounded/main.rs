//! What a tool writes, and the memory that it takes, is in proportion to the files that it reads (docs/TOOLS.md, "Output
//! is limited"): a small file of strange shape does not fill a disk, a log or a browser.
//!
//! | module | what it shows |
//! |---|---|
//! | `shapes` | the files |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
mod shapes;
#[expect(dead_code, reason = "other tools' tests need more of it")]
#[path = "../support/mod.rs"]
mod support;

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

use shapes::{SHAPES, Shape};
use support::Place;

/// Bytes that an output may have: so many for each of the files, and some more.
const PER_BYTE: u64 = 700;
const MORE: u64 = 16 << 20;
/// Bytes of memory that a tool may take: so many for each of the files, and some more, as for the program itself. A
/// tool that is not optimized takes no more than one that is.
const MEMORY_PER_BYTE: u64 = 300;
const MORE_MEMORY: u64 = 64 << 20;

/// No file is longer.
const LONGEST: u64 = 2 << 20;

const SLURPSTATS: &str = env!("CARGO_BIN_EXE_slurpstats");

/// A place with one file of this shape, and how long that is.
fn put(program: &'static str, shape: &Shape) -> (Place, u64) {
    let place = Place::new(program);
    fs::set_permissions(place.dir(), Permissions::from_mode(0o755)).unwrap();
    let path = place.path("a.mmstats");
    fs::write(&path, (shape.bytes)()).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let len = fs::metadata(path).unwrap().len();
    assert!(len <= LONGEST, "{}: {len}", shape.name);
    (place, len)
}

/// How many bytes `command` writes to its standard output and standard error together.
fn output_len(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || io::copy(&mut stderr, &mut io::sink()).unwrap());
    let output = io::copy(&mut child.stdout.take().unwrap(), &mut io::sink()).unwrap();
    child.wait().unwrap();
    output + errors.join().unwrap()
}

fn assert_bounded(what: &str, shape: &Shape, output: u64, len: u64) {
    println!("{what}: {} bytes of {} are {output}, {} each", len, shape.name, output / len);
    assert!(output <= PER_BYTE * len + MORE, "{what}: {} of {len} bytes are {output}", shape.name);
    // The most that a program has taken that this one has started and that has ended.
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() * 1024;
    let longest = SHAPES.iter().map(|shape| (shape.bytes)().len()).max().unwrap() as u64;
    assert!(
        memory.cast_unsigned() <= MEMORY_PER_BYTE * longest + MORE_MEMORY,
        "{what}: {memory} bytes of memory"
    );
}

fn assert_all_bounded(program: &'static str, calls: &[&[&str]]) {
    for shape in SHAPES {
        let (place, len) = put(program, shape);
        for call in calls {
            let output = output_len(place.command(*call).env("COLUMNS", "65535"));
            assert!(output > 0, "{call:?} shows nothing");
            assert_bounded(&call.join(" "), shape, output, len);
        }
    }
}

#[test]
fn slurpstats_writes_in_proportion_to_what_it_reads() {
    let calls =
        ["--raw", "--table", "--csv", "--json"].map(|format| [vec![format], vec![format, "--threads"]]);
    let combined = [vec!["--by", "process"], vec!["--by", "all", "--csv", "--threads"]];
    let calls: Vec<&[&str]> = calls.iter().flatten().chain(&combined).map(Vec::as_slice).collect();
    assert_all_bounded(SLURPSTATS, &calls);
}

#[test]
fn pollstats_writes_in_proportion_to_what_it_reads() {
    assert_all_bounded(
        env!("CARGO_BIN_EXE_pollstats"),
        &[
            &["-c", "2", "-d", "0.01", "*,*{*}"],
            &["-c", "2", "-d", "0.01", "--csv", "*,*{*}"],
            &["-c", "2", "-d", "0.01", "--json", "*,*{*}"],
            &["-c", "1", "-vvv", "nothing,many:nothing"],
        ],
    );
}

#[test]
fn topstats_and_cleanstats_write_in_proportion_to_what_they_read() {
    assert_all_bounded(
        env!("CARGO_BIN_EXE_topstats"),
        &[&["--once", "-d", "0.1"], &["--once", "-d", "0.1", "--flat", "--raw"]],
    );
    assert_all_bounded(env!("CARGO_BIN_EXE_cleanstats"), &[&["--dry-run"], &["--dry-run", "--json"]]);
}

/// A server, killed when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn mmash_answers_in_proportion_to_what_it_reads() {
    for shape in SHAPES {
        let (place, len) = put(env!("CARGO_BIN_EXE_mmash"), shape);
        let mut command = place.command(["--listen", "127.0.0.1:0", "--interval", "50ms", "."]);
        let mut server = Server(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("listening on http://").trim_end_matches('/');
        for target in [
            "/stats/",
            "/files/",
            "/api/v1/processes",
            "/api/v1/fields?limit=10000",
            "/api/v1/stream?top=100",
        ] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
            write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
            let answer = if target.contains("stream") { first_event(stream) } else { read_all(stream) };
            assert!(answer > 100, "{target}: {answer} bytes");
            assert_bounded(target, shape, answer, len);
        }
    }
}

fn read_all(mut stream: impl Read) -> u64 {
    io::copy(&mut stream, &mut io::sink()).unwrap()
}

/// How long the first of the events of `stream` is.
fn first_event(stream: impl Read) -> u64 {
    let mut lines = BufReader::new(stream).split(b'\n').map(Result::unwrap);
    lines.find(|line| line.starts_with(b"data:")).map_or(0, |line| line.len() as u64)
}

#[test]
fn one_long_label_moves_no_other_line() {
    let (place, len) = put(SLURPSTATS, &SHAPES[0]);
    let said = place.run(["a.mmstats"]);
    assert!((said.stdout.len() as u64) < 2 * len, "{}", said.stdout.len());
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert!(lines.contains(&"  sys.uid     0"), "{:?}", &lines[..6]);
    assert!(lines.iter().any(|line| line.starts_with("  xxx") && line.ends_with("x 1")));
}

/// All threads' strings are too long: the first ones are shown, and why not all.
#[test]
fn threads_that_are_left_out_are_said_to_be() {
    let shape = SHAPES.iter().find(|shape| shape.name == "many threads of a long label").unwrap();
    let (place, _) = put(SLURPSTATS, shape);
    let combined = place.run(["-I", "many*", "a.mmstats"]);
    assert_eq!((combined.stderr.as_str(), combined.status), ("", 0));
    for format in ["--json", "--csv", "--table", "--raw"] {
        let said = place.run(["--threads", format, "a.mmstats"]);
        assert!(
            said.stderr.contains("expected a total length of texts, repeated for each thread, of at most "),
            "{}",
            said.stderr
        );
        assert_eq!(said.status, 1);
        assert!(said.stdout.contains("many") && said.stdout.contains("thread"), "{format}");
    }
}
