//! The rules for dependencies in `deny.toml`, as cargo-deny checks them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::place;
use crate::suite::needs;

/// The database that [`audit`] asks, and where `deny.toml` says that its copy is kept.
const DATABASE_URL: &str = "https://github.com/RustSec/advisory-db";
const DATABASE_COPY: &str = "target/advisory-db";

/// The command that checks `which` of the rules.
///
/// # Errors
/// As [`place::tools`].
pub(crate) fn check(which: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(place::tools()?.join("bin/cargo-deny"));
    command.current_dir(place::root()).args(["--workspace", "--all-features", "check"]).args(which);
    Ok(command)
}

/// Looks the dependencies up in the advisory database, or in the clone of it at `db`.
///
/// # Errors
/// If cargo-deny cannot be installed or run.
pub(crate) fn audit(db: Option<&Path>) -> Outcome {
    needs::CARGO_DENY.bring()?;
    let mut command = check(&["advisories"])?;
    if let Some(db) = db {
        let db = db.canonicalize().map_err(|error| format!("cannot read {}: {error}", db.display()))?;
        // A copy of another database would be brought up to date, not replaced.
        match fs::remove_dir_all(place::root().join(DATABASE_COPY)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        // cargo-deny takes no path, but fetches by git, which can be sent elsewhere.
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", db.display()))
            .env("GIT_CONFIG_VALUE_0", DATABASE_URL);
    }
    Ok(command.status()?.success())
}
