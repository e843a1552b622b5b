//! topstats: the model and what is drawn of it, over files built byte by byte; and the real program, as text
//! and on a terminal that tmux makes.
//!
//! | module | what it shows |
//! |---|---|
//! | `scene` | files, what is known of them, and a screen without a terminal |
//! | `drawing` | the screen, at several sizes |
//! | `table` | which rows there are: sorted, filtered, folded |
//! | `rates` | how fast things grow, while files come and go |
//! | `clock` | the clock is set meanwhile |
//! | `hostile` | names and values that mean no good |
//! | `once` | the real program as text |
//! | `tmux` | a terminal |
//! | `keys` | the real program and its keys |
//! | `endings` | how the real program gives the terminal back |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[expect(dead_code, reason = "other tools' tests need more of it")]
#[path = "../support/mod.rs"]
mod support;

mod clock;
mod drawing;
mod endings;
mod hostile;
mod keys;
mod once;
mod rates;
mod scene;
mod table;
mod tmux;
