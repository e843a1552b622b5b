//! Format 1 as its users meet it: the files of mmstats for Python.
//!
//! | module | what it protects |
//! |---|---|
//! | `golden` | every file is read as the original reads it |
//! | `tables` | types and texts are what Python makes of them |
//! | `errors` | what the original crashes at is an error that says what and where |
//! | `damage` | a cut or a flipped bit is no panic, and what stands before it is read |

mod damage;
mod errors;
mod golden;
mod support;
mod tables;
