//! The picture of topstats in the README: a screen of a real run, as SVG.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::program::Program;
use super::{Server, build};
use crate::Outcome;
use crate::place;

const COLUMNS: usize = 100;
const ROWS: usize = 36;

/// Enough for bars in the last column.
const TIME: Duration = Duration::from_secs(20);

/// Runs the demo's web server and the example of every field, looks at them with topstats in a terminal
/// that tmux makes, and writes what is on it to `docs/topstats.svg`.
///
/// # Errors
/// If something cannot be built, started or written.
pub(crate) fn draw() -> Outcome {
    build()?;
    let binaries = place::binaries()?;
    let server = Server::start(&binaries)?;
    let _load = Program::start(&binaries.join("load"), &["--until-eof", &server.address])?;
    let screen = capture(&binaries)?;
    let picture = place::root().join("docs/topstats.svg");
    fs::write(&picture, svg(&screen))?;
    println!("{}", picture.display());
    Ok(true)
}

/// The screen of topstats after some time, with its colours.
fn capture(binaries: &Path) -> Result<String, Box<dyn Error>> {
    let terminal = Terminal { socket: binaries.join(format!("picture-{}.tmux", std::process::id())) };
    let program = |name: &str| binaries.join(name).display().to_string();
    let topstats = program("topstats") + " --sort rate --process web_server --process every_field";
    let [columns, rows] = [COLUMNS, ROWS].map(|size| size.to_string());
    terminal.run(&["new-session", "-d", "-x", &columns, "-y", &rows, &program("every_field")])?;
    terminal.run(&["new-window", &topstats])?;
    thread::sleep(TIME);
    terminal.run(&["send-keys", "-N", "4", "Down"])?;
    thread::sleep(Duration::from_secs(1));
    terminal.run(&["capture-pane", "-e", "-N", "-p"])
}

/// A terminal of a tmux of its own, which is closed when this is dropped.
struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    fn run(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let mut tmux = Command::new("tmux");
        tmux.env_remove("TMUX")
            .env("LC_ALL", "C.UTF-8")
            .arg("-S")
            .arg(&self.socket)
            .args(["-f", "/dev/null", "-u"])
            .args(arguments);
        let output = tmux.output().map_err(|error| format!("cannot run tmux: {error}; install it"))?;
        if !output.status.success() {
            return Err(format!("tmux: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // What runs in it ends with it.
        let _ = self.run(&["kill-server"]);
    }
}

/// How characters look.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Style {
    colour: Option<usize>,
    background: Option<usize>,
    is_bold: bool,
    is_reversed: bool,
}

/// The colours that every terminal has, as this one has them; then those of text and background.
const COLOURS: [&str; 16] = [
    "#15191f", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#6b7280",
    "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff",
];
const TEXT: &str = "#d7dae0";
const BACKGROUND: &str = "#15191f";

/// Size of a character, and of what is around all of them.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;
const MARGIN: f64 = 12.0;

impl Style {
    /// What is behind `ESC [`, up to `m`.
    fn apply(&mut self, codes: &str) {
        let mut codes = codes.split(';').map(|code| code.parse::<usize>().unwrap_or_default());
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.is_bold = true,
                7 => self.is_reversed = true,
                22 => self.is_bold = false,
                27 => self.is_reversed = false,
                30..=37 => self.colour = Some(code - 30),
                39 => self.colour = None,
                40..=47 => self.background = Some(code - 40),
                49 => self.background = None,
                90..=97 => self.colour = Some(code - 82),
                // Of 256 colours the first 16 are those.
                38 => self.colour = codes.nth(1),
                48 => self.background = codes.nth(1),
                _ => {}
            }
        }
    }

    fn colours(self) -> (&'static str, Option<&'static str>) {
        let colour = |index: Option<usize>| index.and_then(|index| COLOURS.get(index)).copied();
        let (text, background) = (colour(self.colour).unwrap_or(TEXT), colour(self.background));
        if self.is_reversed { (background.unwrap_or(BACKGROUND), Some(text)) } else { (text, background) }
    }
}

/// A picture of a screen, whose text can be selected.
fn svg(screen: &str) -> String {
    let size =
        |count: usize, of: f64| f64::from(u16::try_from(count).unwrap_or(u16::MAX)) * of + 2.0 * MARGIN;
    let (width, height) = (size(COLUMNS, WIDTH), size(ROWS, HEIGHT));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n<title>topstats</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    let mut style = Style::default();
    for (row, line) in (0_u16..).zip(screen.lines()) {
        let top = MARGIN + f64::from(row) * HEIGHT;
        let mut column = 0;
        for (index, part) in line.split("\u{1b}[").enumerate() {
            let text = match part.split_once('m') {
                Some((codes, text)) if index > 0 => {
                    style.apply(codes);
                    text
                }
                _ => part,
            };
            draw_run(text, style, column, top, &mut svg);
            column += text.chars().count();
        }
    }
    svg + "</svg>\n"
}

/// Draws characters of one style, from a column on. Words are placed one by one, so that they stand where
/// they should whatever the font.
fn draw_run(text: &str, style: Style, column: usize, top: f64, svg: &mut String) {
    let x = |column: usize| MARGIN + f64::from(u16::try_from(column).unwrap_or(u16::MAX)) * WIDTH;
    let (colour, background) = style.colours();
    let len = text.chars().count();
    // Writing to a string does not fail.
    if let Some(background) = background.filter(|_| len > 0) {
        let width = x(len) - x(0);
        let _ = writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{background}\"/>",
            x(column)
        );
    }
    let weight = if style.is_bold { " font-weight=\"bold\"" } else { "" };
    let mut column = column;
    for word in text.split_inclusive("  ") {
        let shown = word.trim_end();
        let start = column + (shown.chars().count() - shown.trim_start().chars().count());
        let shown = shown.trim_start();
        if !shown.is_empty() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\"{weight} textLength=\"{:.1}\">{}</text>",
                x(start),
                top + 13.5,
                x(shown.chars().count()) - x(0),
                shown.replace('&', "&amp;").replace('<', "&lt;")
            );
        }
        column += word.chars().count();
    }
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn words_stand_where_they_stood_and_have_their_colours() {
        let picture = svg("\u{1b}[1ma<b\u{1b}[0m  x\n\u{1b}[30m\u{1b}[46mNAME\u{1b}[39m\u{1b}[49m\n");
        for part in [
            "<text x=\"12.0\" y=\"25.5\" fill=\"#d7dae0\" font-weight=\"bold\" textLength=\"25.2\">a&lt;b</text>",
            "<text x=\"54.0\" y=\"25.5\" fill=\"#d7dae0\" textLength=\"8.4\">x</text>",
            "<rect x=\"12.0\" y=\"30\" width=\"33.6\" height=\"18\" fill=\"#56b6c2\"/>",
            "<text x=\"12.0\" y=\"43.5\" fill=\"#15191f\" textLength=\"33.6\">NAME</text>",
        ] {
            assert!(picture.contains(part), "{part} in\n{picture}");
        }
    }
}
