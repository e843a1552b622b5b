//! A server that shows in a browser what the programs on this machine count.
//!
//! One thread looks at the files at each interval and publishes what it found as a whole, which does not
//! change any more; requests are answered from that, and never touch a file.
//!
//! | module | what it does |
//! |---|---|
//! | `options` | what it is told |
//! | `access`, `privacy` | who may see; which files all may see |
//! | `listen`, `connections` | where it listens; takes connections |
//! | `signals` | what ends it |
//! | `routes` | maps paths to handlers; decides which requests are answered |
//! | `server`, `answer` | what all handlers use; what answers have in common |
//! | `paths` | decodes the paths of requests, and redirects clients to relative ones |
//! | `work` | how much is answered at a time |
//! | `original` | the Python original's API |
//! | `v1` | the versioned API |
//! | `page` | the page |
//! | `collect`, `tally` | looks at the files; what they come to |
//! | `state` | what was found |
//! | `field`, `distribution` | what a metric is; a histogram in little room |
//! | `history` | what was found before |

mod access;
mod answer;
mod collect;
mod connections;
mod distribution;
mod field;
mod history;
mod listen;
mod options;
mod original;
mod page;
mod paths;
mod privacy;
mod routes;
mod server;
pub mod serving;
mod signals;
mod state;
mod tally;
mod v1;
mod work;
