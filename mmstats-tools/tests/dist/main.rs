//! The man pages and completions that `cargo xtask dist` makes.

#[path = "../../examples/dist.rs"]
mod dist;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// All that is made, in a folder.
fn made() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    dist::write(dir.path()).unwrap();
    dir
}

/// The files of `folder`, sorted, of which there are some.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What `program` says to these arguments, if it is there.
fn output<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("passed over: cannot start {program}: {error}");
            None
        }
    }
}

/// Expects that a program that was there said nothing against what it was given.
fn expect_no_complaint(output: Option<Output>) {
    if let Some(output) = output {
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn every_tool_has_a_page_with_all_sections() {
    let dir = made();
    for page in files(&dir.path().join("man")) {
        let text = fs::read_to_string(&page).unwrap();
        let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let expected = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "NOTES",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ];
        assert_eq!(sections, expected, "{}", page.display());
        let tool = page.file_stem().unwrap().to_str().unwrap();
        assert!(text.contains(&format!("  {tool} ")), "{tool} has an example");
    }
}

#[test]
fn man_has_nothing_against_the_pages() {
    let dir = made();
    for page in files(&dir.path().join("man")) {
        expect_no_complaint(output("man", [OsStr::new("--warnings"), OsStr::new("-l"), page.as_os_str()]));
    }
}

#[test]
fn shells_take_the_completions() {
    let dir = made();
    for file in files(&dir.path().join("completions")) {
        let shell = match file.extension().and_then(OsStr::to_str) {
            Some("bash") => "bash",
            Some("fish") => "fish",
            _ => "zsh",
        };
        expect_no_complaint(output(shell, [OsStr::new("-n"), file.as_os_str()]));
    }
    let script = ". \"$0\" && complete -p slurpstats && COMP_WORDS=(slurpstats --ta) COMP_CWORD=1 && \
                  _slurpstats slurpstats --ta slurpstats && echo \"${COMPREPLY[@]}\"";
    let loaded = dir.path().join("completions/slurpstats.bash");
    if let Some(said) = output("bash", [OsStr::new("-c"), OsStr::new(script), loaded.as_os_str()]) {
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(said.contains(" slurpstats\n") && said.ends_with("--table\n"), "{said}");
    }
}
