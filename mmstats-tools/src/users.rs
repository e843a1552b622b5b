//! What the system calls its users.

use std::collections::HashMap;

use nix::unistd::{Uid, User};

/// Names of users, each asked for once.
#[derive(Debug, Default)]
pub struct Users(HashMap<u32, String>);

impl Users {
    /// What the system calls the user `uid`; the id itself if it has no name.
    pub fn name(&mut self, uid: u32) -> &str {
        let name = || User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name);
        self.0.entry(uid).or_insert_with(|| name().unwrap_or_else(|| uid.to_string()))
    }
}
