//! What is installed: the tools, their man pages, and the shells' completions.

use std::fs;
use std::io;
use std::path::Path;

use crate::place;
use crate::{Outcome, carry_out};

/// Makes `bin`, `man` and `completions` below the build's folder `dist`.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn run() -> Outcome {
    let binaries = place::binaries()?;
    let target = binaries.with_file_name("dist");
    remove(&target)?;
    // The pages come from the tools' own options, by a program that is only built for this.
    let write = "run --package mmstats-tools --features dist --example dist --";
    let mut command = place::cargo();
    command.args(write.split(' ')).arg(&target);
    if !command.status()?.success() || !carry_out("build --release --package mmstats-tools", &[])? {
        return Ok(false);
    }
    copy_tools(&binaries.with_file_name("release"), &target)?;
    println!("{}", target.display());
    Ok(true)
}

/// Removes what was there, so that nothing of what is no more stays.
fn remove(target: &Path) -> io::Result<()> {
    match fs::remove_dir_all(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Copies each tool that has a page.
fn copy_tools(release: &Path, target: &Path) -> io::Result<()> {
    let bin = target.join("bin");
    fs::create_dir_all(&bin)?;
    for page in fs::read_dir(target.join("man"))? {
        let page = page?.path();
        let name = page.file_stem().unwrap_or_default();
        fs::copy(release.join(name), bin.join(name))?;
    }
    Ok(())
}
