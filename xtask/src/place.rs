//! Where things are, and how commands run there.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The folder into which Cargo has put this program, and puts the workspace's others.
///
/// # Errors
/// If the system cannot tell where this program is.
pub(crate) fn binaries() -> io::Result<PathBuf> {
    let mut path = env::current_exe()?;
    path.pop();
    Ok(path)
}

/// Where tools are installed that only the project's tasks use, beside the build's other output.
///
/// # Errors
/// As [`binaries`].
pub(crate) fn tools() -> io::Result<PathBuf> {
    let mut path = binaries()?;
    path.set_file_name("tools");
    Ok(path)
}

/// The Cargo that runs this task, to be run in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root());
    command
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command.get_args().fold(name, |shown, argument| shown + " " + &argument.to_string_lossy())
}
