//! The output and the answers of all tools over one scripted sequence of files, compared byte by byte with the
//! recordings in `tests/golden/recorded`. docs/TESTING.md says how to record again.
//!
//! | module | what it shows |
//! |---|---|
//! | `sequence` | the sequence: which programs start, count and end, and how their files change |
//! | `programs` | the fields of its programs |
//! | `writer` | a program's file, written value by value |
//! | `stage` | the directory of the sequence, and tools that run with its clock |
//! | `recording` | the form in which output is recorded; `tests/golden/recordings.rs` compares |
//! | `slurpstats`, `pollstats`, `topstats`, `cleanstats`, `mmash` | what each tool shows at each step |
//! | `cases` | short sequences of files after which the tools could show different rates |
//! | `random` | long random sequences; after each step all tools show the same rates |
//! | `rates` | the rates of all fields in pollstats, topstats and mmash, side by side |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[path = "../../../tests/golden/recordings.rs"]
mod recordings;

#[expect(dead_code, reason = "the tests of terminals need more of it")]
#[path = "../terminals/pty.rs"]
mod pty;
#[expect(dead_code, reason = "the tests of the tools need more of it")]
#[path = "../support/mod.rs"]
mod support;

#[expect(dead_code, reason = "the tests of mmash need more of it")]
#[path = "../mmash/client.rs"]
mod client;

mod cases;
mod cleanstats;
mod mmash;
mod old;
mod pollstats;
mod programs;
mod random;
mod rates;
mod recording;
mod sequence;
mod slurpstats;
mod stage;
mod topstats;
mod writer;
