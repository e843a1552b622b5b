//! pollstats running through the whole sequence, with many columns, in every format.

use mmstats_tests::system::is_root;

use crate::recording::Recordings;
use crate::sequence::STEPS;
use crate::stage::{FILES, Running, Stage};

pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_pollstats");

/// The arguments of each run, by the name of its recording: options, then the fields.
const RUNS: [(&str, &[&str]); 14] = [
    ("counts", &["-p", "web.", "requests,bytes,errors,in_flight,odd,shards,peak,ready,delay,load"]),
    (
        "values",
        &[
            "requests:value,web.load:value,web.peak:value,web.delay:value,web.recent:value,web.phase,web.last,hits:value,narrow:value,mean:value,state,busy:value",
        ],
    ),
    (
        "tags",
        &[
            "web.requests{*},web.requests{method=get},web.requests{method=\"post\"},web.odd{path=\"1,2\"},web.shards{index=1},web.shards{*}",
        ],
    ),
    (
        "timer",
        &["-p", "web.latency", ":count,:rate,:delta,:sum,:mean,:min,:p50,:p90,:p99,:p999,:max,:last,:value"],
    ),
    ("histogram", &["-p", "web.sizes", ":count,:rate,:sum,:mean,:min,:p50,:p99,:max,:value"]),
    (
        "average",
        &[
            "web.size,web.size:count,web.size:rate,web.size:sum,web.size:mean,web.recent,web.recent:mean,web.recent:count",
        ],
    ),
    ("record", &["web.last:number,web.last:weight,pool.last:number"]),
    (
        "threads",
        &[
            "-p",
            "pool.",
            "jobs,balance,sum:value,min:value,max:value,mean:value,none:value,size:mean,recent,took:rate,took:p50,lengths:max,doing,limit",
        ],
    ),
    ("wild", &["-X", "sys.*", "*"]),
    ("wild_tags", &["-X", "sys.*", "-I", "web.*", "*{*}"]),
    ("wild_rate", &["--rate", "-X", "sys.*", "*"]),
    ("wild_p99", &["*:p99,*:rate"]),
    ("stale", &["--stale", "job.done,job.left,job.done:rate,grow.late,grow.*,hits,narrow"]),
    ("filtered", &["-n", "3", "nothing,job.done,web.version", "-f", "service.version=1.2"]),
];

#[test]
fn pollstats_prints_what_it_printed() {
    if !is_root("pollstats_prints_what_it_printed") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("pollstats"), Stage::new());
    let lines = STEPS.len().to_string();
    let mut running: Vec<(String, Running)> = Vec::new();
    for (name, arguments) in RUNS {
        for (format, options) in [
            ("plain", ["--timestamps", "-vv"].as_slice()),
            ("csv", &["--csv", "--timestamps"]),
            ("json", &["--json", "-vvv"]),
        ] {
            // Insert options before a filter, because a filter takes all arguments that follow it.
            let all =
                [&["-c", &lines], options, &["--color", if name == "counts" { "always" } else { "never" }]]
                    .concat();
            let (fields, filter) = split(arguments);
            let all = [&all, fields, &[FILES], filter].concat();
            running.push((format!("{name}_{format}.txt"), stage.start(TOOL, &all, &[])));
        }
    }
    loop {
        for (name, running) in &mut running {
            recordings.add(name, &stage.heading(), &running.new_output());
        }
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    for (name, running) in &mut running {
        recordings.add(name, "the end", &running.end());
    }
    recordings.finish();
}

/// The arguments before a filter, and the filter.
fn split<'a>(arguments: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    let at = arguments.iter().position(|argument| *argument == "-f").unwrap_or(arguments.len());
    arguments.split_at(at)
}
