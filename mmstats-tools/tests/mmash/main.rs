//! The real mmash, asked by TCP and by sockets in the file system.
//!
//! | module | what it shows |
//! |---|---|
//! | `server`, `client` | starts one; asks it |
//! | `access` | who may see |
//! | `hosts` | by which host it may be named |
//! | `proxy` | what is behind a real nginx |
//! | `privacy` | what not everybody can read |
//! | `calls` | how it is called |
//! | `original` | the Python original's API, with the original as referee |
//! | `fields`, `history` | what programs count, now and over time |
//! | `clock` | the clock is set meanwhile |
//! | `openapi` | answers are as they are described |
//! | `hostile_clients`, `hostile_files` | what goes wrong is borne |
//! | `load` | many who ask at once, for long |
//! | `end` | it ends in time |

#[expect(dead_code, reason = "the reader's tests need more of it")]
#[path = "../../../mmstats-reader/tests/fixture/mod.rs"]
mod fixture;
#[path = "../support/nginx.rs"]
mod nginx;
#[expect(dead_code, reason = "the other tools' tests need more of it")]
#[path = "../support/mod.rs"]
mod support;

mod access;
mod calls;
#[expect(dead_code, reason = "the tests of recorded output need more of it")]
mod client;
mod clock;
mod end;
mod fields;
mod history;
mod hostile_clients;
mod hostile_files;
mod hosts;
mod load;
mod openapi;
mod original;
mod privacy;
mod proxy;
mod server;
mod writer;
