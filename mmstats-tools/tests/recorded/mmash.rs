//! Every route of mmash's API, at every step.

use std::path::PathBuf;

use mmstats_tests::system::is_root;

use crate::client::{Answer, Events, get_unix};
use crate::recording::Recordings;
use crate::stage::{FILES, Running, Stage};

const TOOL: &str = env!("CARGO_BIN_EXE_mmash");

/// A server that polls the files at each step.
pub(crate) struct Server {
    running: Running,
    socket: PathBuf,
}

impl Server {
    pub(crate) fn start(stage: &mut Stage, name: &str, arguments: &[&str]) -> Self {
        let place = format!("unix:{name}.sock");
        let running = stage.start(TOOL, &[&["--listen", &place], arguments, &[FILES]].concat(), &[]);
        Self { running, socket: stage.path(&format!("{name}.sock")) }
    }

    /// Waits until it has polled the files of this step.
    pub(crate) fn until_done(&mut self) {
        self.running.until_done();
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        get_unix(&self.socket, target)
    }
}

/// The requests at every step, by the names of their recordings.
const TARGETS: [(&str, &[&str]); 6] = [
    (
        "original",
        &[
            "/stats/",
            "/stats/web.",
            "/stats/hits",
            "/stats/web.size?exact=1",
            "/stats/web.requests?aggr=sum",
            "/stats/web.load?aggr=avg",
            "/stats/web.peak?aggr=max",
            "/stats/job.done?aggr=min",
            "/stats/job.done?aggr=one",
            "/stats/job.done?aggr=nonzero-min",
            "/stats/job.done?aggr=nonzero-avg",
            "/stats/web.phase?aggr=sum",
            "/stats/job?aggr=sum&glob=job-*",
            "/stats/pool.?glob=files/pool*",
            "/files/",
            "/files/web*",
            "/files/old-1-*",
        ],
    ),
    (
        "processes",
        &["/api/v1/processes", "/api/v1/processes?application=web", "/api/v1/processes?user=64123"],
    ),
    ("fields", &["/api/v1/fields?limit=10000"]),
    (
        "fields_selected",
        &[
            "/api/v1/fields?sort=rate&limit=10",
            "/api/v1/fields?kind=timer&kind=text&limit=3&offset=1",
            "/api/v1/fields?search=web+requests&application=web&user=root",
            "/api/v1/fields?process=4201&limit=2",
        ],
    ),
    (
        "query_last",
        &[
            "/api/v1/query?label=web.requests&since=1",
            "/api/v1/query?label=web.bytes&since=1",
            "/api/v1/query?label=web.latency&since=1&heat=1",
            "/api/v1/query?label=job.done&since=2&application=job",
            "/api/v1/query?label=hits&since=1",
        ],
    ),
    (
        "query_tags",
        &[
            "/api/v1/query?label=nobody.has.this",
            "/api/v1/query?label=web.odd%7Bpath%3D%221%2C2%22%7D&since=1",
            "/api/v1/query?label=web.requests%7Bmethod%3D%22get%22%7D&since=1",
        ],
    ),
];

/// Requests that are refused, redirected or not found, whatever the files contain.
const REFUSED: [&str; 20] = [
    "/api/v1/query",
    "/api/v1/processes?unknown=1",
    "/api/v1/fields?limit=10001",
    "/api/v1/fields?limit=x",
    "/api/v1/fields?sort=size",
    "/api/v1/fields?kind=cheese",
    "/api/v1/fields?search=a&search=b",
    "/api/v1/query?label=web.requests&since=-1",
    "/api/v1/query?label=web.requests&step=nan",
    "/api/v1/query?label=web.requests&heat=2",
    "/api/v1/stream?top=1000",
    "/api/v1/stream?tap=1",
    "/api/v1/nothing",
    "/stats",
    "/files?a=b",
    "/stats/web.phase?aggr=sum",
    "/stats/web.?aggr=median",
    "/stats/web.size?aggr=max",
    "/files/[",
    "/nothing",
];

/// One request for each kind of answer. Their headers are recorded, too.
const HEADED: [&str; 6] = [
    "/stats/hits",
    "/files/",
    "/api/v1/processes?application=job",
    "/api/v1/fields?limit=1",
    "/api/v1/query?label=hits&since=1",
    "/stats/hits?aggr=sum",
];

/// Fields whose whole history is recorded at the end.
const LABELS: [&str; 24] = [
    "web.requests",
    "web.bytes",
    "web.errors",
    "web.in_flight",
    "web.load",
    "web.peak",
    "web.ready",
    "web.delay",
    "web.phase",
    "web.size",
    "web.recent",
    "web.sizes",
    "web.latency",
    "web.last",
    "web.shards",
    "pool.jobs",
    "pool.balance",
    "pool.sum",
    "pool.mean",
    "pool.took",
    "job.done",
    "grow.late",
    "hits",
    "narrow",
];

/// The series that the stream of events includes.
const STREAM: &str = "/api/v1/stream?top=5&series=web/web.requests&series=web/web.latency&series=web/web.size&series=web/web.load\
    &series=web/web.phase&series=job/job.done&series=old/hits";

#[test]
fn mmash_answers_what_it_answered() {
    if !is_root("mmash_answers_what_it_answered") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("mmash"), Stage::new());
    let mut all = Server::start(&mut stage, "all", &["--history", "60"]);
    let mut few = Server::start(&mut stage, "few", &["--stale", "-X", "sys.*", "--history-fields", "6"]);
    let mut events = Events::open_unix(&all.socket, STREAM);
    loop {
        all.until_done();
        few.until_done();
        let heading = stage.heading();
        for (name, targets) in TARGETS {
            let answers: String = targets.iter().map(|target| asked(&all, target)).collect();
            recordings.add(&format!("{name}.txt"), &heading, &answers);
        }
        let answers: String =
            ["/api/v1/processes", "/api/v1/fields?limit=10000"].map(|target| asked(&few, target)).concat();
        recordings.add("few.txt", &heading, &answers);
        recordings.add("stream.txt", &heading, &(normal(&events.next_data().unwrap()) + "\n"));
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    let answers: String = REFUSED.iter().map(|target| asked_with_headers(&all, target)).collect();
    recordings.add("refused.txt", "the end", &answers);
    let answers: String = HEADED.iter().map(|target| asked_with_headers(&all, target)).collect();
    recordings.add("headers.txt", "the end", &answers);
    for label in LABELS {
        let [plain, coarse, hot] = ["", "&step=4", "&heat=1&step=2&since=12"]
            .map(|rest| asked(&all, &format!("/api/v1/query?label={label}{rest}")));
        recordings.add("history.txt", label, &(plain + &coarse + &hot));
    }
    let openapi = asked(&all, "/api/v1/openapi.json");
    recordings.add("openapi.txt", "the end", &openapi);
    for (name, server) in [("messages_all.txt", &all), ("messages_few.txt", &few)] {
        recordings.add(name, "standard error", &server.running.errors());
    }
    recordings.finish();
}

/// The answer of a server.
fn asked(server: &Server, target: &str) -> String {
    let Answer { status, body, .. } = server.get(target);
    format!("GET {target}\n{status}\n{}\n", normal(&body))
}

/// The answer of a server, with all headers.
fn asked_with_headers(server: &Server, target: &str) -> String {
    let Answer { status, headers, body } = server.get(target);
    // Except the time of the answer, because it depends on when hyper reads its clock.
    let headers = headers.iter().filter(|(name, _)| name != "date");
    let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
    format!("GET {target}\n{status}\n{}\n\n{}\n", headers.join("\n"), normal(&body))
}

/// Replaces the host name and the version in an answer.
fn normal(body: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = format!("\"host\":{}", serde_json::to_string(host.trim()).unwrap());
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    body.replace(&host, "\"host\":\"HOST\"").replace(&version, "\"version\":\"VERSION\"")
}
