//! The real pollstats over files of real programs, and over files built byte by byte.
//!
//! | module | what it shows |
//! |---|---|
//! | `writers` | what programs count is what the lines add up to, whatever happens to the programs |
//! | `fields` | what fields can be asked for |
//! | `files` | filters, bad files, hostile strings |
//! | `clock` | the clock is set meanwhile |
//! | `lines` | how lines look and when they come |
//! | `program`, `polling` | a program that counts as it is told, and a pollstats that runs |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[expect(dead_code, reason = "other tools' tests need more of it")]
#[path = "../support/mod.rs"]
mod support;

mod clock;
mod fields;
mod files;
mod lines;
mod polling;
mod program;
mod writers;

use fixture::{Field, Fixture};
use serde_json::{Map, Value};
use support::Place;

/// A directory for files, and pollstats in it.
fn new_place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_pollstats"))
}

/// The fields of the only line of `pollstats --json -c 1` with `arguments`, which has nothing to complain
/// about.
fn first_line(place: &Place, arguments: &[&str]) -> Map<String, Value> {
    let said = place.run([&["--json", "-c", "1"], arguments].concat());
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let Value::Object(mut line) = serde_json::from_str(&said.stdout).unwrap() else {
        panic!("{}", said.stdout)
    };
    let Some(Value::Object(fields)) = line.remove("fields") else { panic!("{}", said.stdout) };
    fields
}

/// A file whose writer is neither alive nor dead, so that it counts wherever it is found.
fn file(fields: impl IntoIterator<Item = Field>) -> Fixture {
    let uid = nix::unistd::getuid().as_raw();
    Fixture { uid, flags: 0, ..Fixture::with_fields(fields) }
}
