//! What all tools print and answer over one scripted sequence of files, byte by byte as it was recorded in
//! `tests/golden/recorded`. docs/TESTING.md says how to record anew.
//!
//! | module | what it shows |
//! |---|---|
//! | `sequence` | the sequence: which programs start, count, end, and how their files change |
//! | `writer` | a program's file, written value by value |
//! | `stage` | the directory in which the sequence plays, and tools that have its clock |
//! | `recording` | compares with what was recorded, or records |
//! | `slurpstats`, `pollstats`, `topstats`, `cleanstats`, `mmash` | what each tool shows at each step |
//! | `cases` | short sequences of files after which the tools could show other rates than each other |
//! | `random` | long sequences of what looks random, after each step of which they show the same rates |
//! | `rates` | the rates of all fields as pollstats, topstats and mmash see them, side by side |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
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
mod random;
mod rates;
mod recording;
mod sequence;
mod slurpstats;
mod stage;
mod topstats;
mod writer;
