//! slurpstats, in every format, of single files and of several together.

use mmstats_tests::system::is_root;

use crate::recording::Recordings;
use crate::stage::{FILES, Stage};

const TOOL: &str = env!("CARGO_BIN_EXE_slurpstats");

/// The arguments of the calls at every step, by the names of their recordings.
const RUNS: [(&str, &[&str]); 23] = [
    ("text", &[]),
    ("text_raw", &["--raw"]),
    ("table", &["--table"]),
    ("table_raw", &["--table", "--raw"]),
    ("csv", &["--csv"]),
    ("json", &["--json"]),
    ("threads_text", &["--threads"]),
    ("threads_csv", &["--threads", "--csv", "-X", "sys.*", "-I", "pool.*"]),
    ("threads_json", &["--threads", "--json", "-X", "sys.*", "-I", "pool.*"]),
    ("by_process_text", &["--by", "process"]),
    ("by_process_table", &["--by", "process", "--table", "-X", "sys.*"]),
    ("by_process_csv", &["--by", "process", "--csv", "-X", "sys.*"]),
    ("by_process_json", &["--by", "process", "--json", "-X", "sys.*"]),
    ("by_process_threads", &["--by", "process", "--threads", "-X", "sys.*", "-I", "pool.*"]),
    ("by_user_text", &["--by", "user"]),
    ("by_user_table", &["--by", "user", "--table", "-X", "sys.*"]),
    ("by_user_csv", &["--by", "user", "--csv", "-X", "sys.*"]),
    ("by_user_json", &["--by", "user", "--json"]),
    ("by_all_text", &["--by", "all"]),
    ("by_all_table", &["--by", "all", "--table", "-X", "sys.*"]),
    ("by_all_csv", &["--by", "all", "--csv", "-X", "sys.*"]),
    ("by_all_json", &["--by", "all", "--json"]),
    ("selected", &["--process", "web", "--process", "43*", "-X", "*.s*", "-I", "web.*", "--stale"]),
];

#[test]
fn slurpstats_prints_what_it_printed() {
    if !is_root("slurpstats_prints_what_it_printed") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("slurpstats"), Stage::new());
    loop {
        for (name, arguments) in RUNS {
            let said = stage.run(TOOL, &[arguments, &[FILES]].concat());
            recordings.add(&format!("{name}.txt"), &stage.heading(), &said);
        }
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    recordings.finish();
}
