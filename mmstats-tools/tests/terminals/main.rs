//! The tools on terminals of all kinds: without a size, without escape sequences, without UTF-8; and what comes from a
//! keyboard faster than anyone types.
//!
//! | module | what it shows |
//! |---|---|
//! | `pty` | a terminal of which the test holds the other end |
//! | `sizes` | terminals that do not know their size, or claim a wrong one |
//! | `kinds` | terminals that can draw no screen |
//! | `charset` | terminals that show ASCII only |
//! | `input` | pastes, and a Ctrl-C behind anything |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;

mod charset;
mod input;
mod kinds;
#[expect(dead_code, reason = "the tests of recorded output need more of it")]
mod pty;
mod sizes;
