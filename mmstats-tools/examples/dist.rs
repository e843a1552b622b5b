//! Writes the man page and the shells' completions of each tool into a folder: `cargo xtask dist`.

#![expect(dead_code, reason = "of the tools only their options are needed")]

#[path = "../src/bin/cleanstats.rs"]
mod cleanstats;
#[path = "../src/bin/mmash.rs"]
mod mmash;
#[path = "../src/bin/pollstats.rs"]
mod pollstats;
#[path = "../src/bin/slurpstats.rs"]
mod slurpstats;
#[path = "../src/bin/topstats.rs"]
mod topstats;

use std::env;
use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

/// The options of all tools, in the order of their names.
const TOOLS: &[fn() -> Command] = &[
    cleanstats::Options::command,
    mmash::Options::command,
    pollstats::Options::command,
    slurpstats::Options::command,
    topstats::Options::command,
];

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Fish, Shell::Zsh];

/// What all tools take from their environment.
const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "MMSTATS_GLOB",
        "A pattern of the files to look at when no arguments name any, such as /srv/*/*.mmstats.",
    ),
    (
        "MMSTATS_PATH",
        "The directory whose files are looked at when no arguments name any and MMSTATS_GLOB is not set.",
    ),
];

/// Where files are, as in the tools' help.
const FILES: [(&str, &str); 3] = [
    ("/run/mmstats/<uid>/*.mmstats", "Files of the user <uid>, where there is a /run/mmstats."),
    ("/dev/shm/mmstats-<uid>/*.mmstats", "Files of the user <uid>, where there is none."),
    ("/tmp/*.mmstats", "Files of mmstats for Python. Instead of /tmp it can be another directory: TMPDIR."),
];

fn main() -> io::Result<()> {
    match env::args_os().nth(1) {
        Some(target) => write(Path::new(&target)),
        None => Err(io::Error::other("expected the folder to write to, found no argument")),
    }
}

/// Writes `man` and `completions` below `target`.
pub(crate) fn write(target: &Path) -> io::Result<()> {
    let (pages, completions) = (target.join("man"), target.join("completions"));
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&completions)?;
    for tool in TOOLS {
        write_page(&tool(), &pages)?;
        for shell in SHELLS {
            let command = tool();
            generate_to(shell, &mut tool(), command.get_name(), &completions)?;
        }
    }
    Ok(())
}

/// Writes the man page of `command` into the folder `pages`.
fn write_page(command: &Command, pages: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    // What stands behind the options has sections of its own.
    let man = Man::new(command.clone().after_help("").after_long_help("")).manual("mmstats");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    write_sections(command, &mut page)?;
    fs::write(pages.join(format!("{}.1", command.get_name())), page)
}

/// Writes the sections behind the options, in the order of manuals: those that the help has, and those that
/// are the same for all tools.
fn write_sections(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let paragraphs = || help.split("\n\n").map(|text| text.split_once(':').unwrap_or(("", text)));
    let of = |wanted: &'static str| paragraphs().filter(move |(heading, _)| *heading == wanted);
    let headings = ["Examples", "Exit status", "Environment"];
    let mut notes =
        help.split("\n\n").filter(|text| !headings.iter().any(|name| text.starts_with(name))).peekable();
    if notes.peek().is_some() {
        section("NOTES", page, |roff| notes.for_each(|note| paragraph(note, roff)))?;
    }
    section("EXIT STATUS", page, |roff| of("Exit status").for_each(|(_, text)| paragraph(text, roff)))?;
    section("ENVIRONMENT", page, |roff| {
        entries(&ENVIRONMENT, roff);
        of("Environment").for_each(|(_, text)| paragraph(text, roff));
    })?;
    section("FILES", page, |roff| entries(&FILES, roff))?;
    section("EXAMPLES", page, |roff| {
        roff.control("nf", []);
        let lines = of("Examples").flat_map(|(_, text)| text.lines().filter(|line| !line.is_empty()));
        lines.for_each(|line| _ = roff.text([roman(line)]));
        roff.control("fi", []);
    })?;
    section("SEE ALSO", page, |roff| {
        let names: Vec<String> = TOOLS.iter().map(|tool| tool().get_name().to_owned()).collect();
        let mut others = names.iter().filter(|name| *name != command.get_name()).peekable();
        while let Some(name) = others.next() {
            let comma = if others.peek().is_some() { "," } else { "" };
            roff.control("BR", [name.as_str(), &format!("(1){comma}")]);
        }
    })
}

/// Writes the section `heading`.
fn section(heading: &str, page: &mut Vec<u8>, body: impl FnOnce(&mut Roff)) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", [heading]);
    body(&mut roff);
    roff.to_writer(page)
}

/// A paragraph whose lines are filled anew.
fn paragraph(text: &str, roff: &mut Roff) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    roff.control("PP", []);
    roff.text([roman(text)]);
}

/// A list of names and what they mean.
fn entries(entries: &[(&str, &str)], roff: &mut Roff) {
    for (name, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([Inline::from(*meaning)]);
    }
}
