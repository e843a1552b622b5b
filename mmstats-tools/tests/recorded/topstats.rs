//! topstats, as text and on a screen.

use std::process::Command;

use mmstats_tests::system::is_root;
use mmstats_tests::virtual_clock::Waiting;

use crate::pty::Pty;
use crate::recording::Recordings;
use crate::stage::{FILES, Running, Stage};

pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_topstats");

const ONCE: [(&str, &[&str]); 6] = [
    ("tree", &[]),
    ("flat_raw", &["--flat", "--raw"]),
    ("busiest", &["--flat", "--sort", "rate", "--hide-zeros"]),
    ("stale", &["--stale", "-X", "sys.*"]),
    ("filtered", &["--filter", "~(latency|size|took)", "--raw"]),
    ("selected", &["--process", "web", "--process", "pool", "-X", "sys.*"]),
];

#[test]
fn topstats_prints_what_it_printed() {
    if !is_root("topstats_prints_what_it_printed") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("topstats_once"), Stage::new());
    while !stage.is_last() {
        let start = |(_, arguments): &(_, &[&str])| {
            stage.start(TOOL, &[*arguments, &["--once", FILES]].concat(), &[("COLUMNS", "140")])
        };
        let mut running: Vec<Running> = ONCE.iter().map(start).collect();
        stage.next();
        for ((name, _), running) in ONCE.iter().zip(&mut running) {
            let text = running.new_output() + &running.end();
            recordings.add(&format!("{name}.txt"), &stage.heading(), &text);
        }
    }
    recordings.finish();
}

/// topstats on a screen.
pub(crate) struct OnScreen {
    pty: Pty,
    waiting: Waiting,
    /// How many of the written bytes are recorded.
    recorded: usize,
}

impl OnScreen {
    pub(crate) fn start(
        stage: &mut Stage,
        (columns, rows): (u16, u16),
        arguments: &[&str],
        keys: &str,
    ) -> Self {
        let mut command: Command = stage.command(TOOL, &[arguments, &[FILES]].concat());
        let waiting = stage.clock.give_to(&mut command);
        let mut screen = Self { pty: Pty::start(command, columns, rows), waiting, recorded: 0 };
        screen.waiting.until_done(screen.pty.child());
        for key in keys.bytes() {
            screen.press(&[key]);
        }
        screen
    }

    /// Presses a key, and waits until topstats has done what it says.
    pub(crate) fn press(&mut self, key: &[u8]) {
        let count = self.waiting.count();
        self.pty.type_bytes(key);
        self.waiting.until_again(count, self.pty.child());
    }

    /// The screen after it has done everything that is due.
    pub(crate) fn shown(&mut self) -> String {
        self.waiting.until_done(self.pty.child());
        self.pty.wait_written(self.waiting.written());
        let screen = self.pty.screen();
        let (rows, _) = screen.extent();
        (1..=rows).map(|row| screen.row(row) + "\n").collect()
    }

    /// The bytes that were written since the last call, with a line for each movement of the cursor.
    fn new_bytes(&mut self) -> String {
        let all = self.pty.written();
        let new = all[self.recorded..].replace("\u{1b}[", "\n\u{1b}[");
        self.recorded = all.len();
        new.trim_start_matches('\n').to_owned() + "\n"
    }
}

/// Screens of which all bytes are recorded, too, with colours.
const WHOLE: [&str; 2] = ["tree_80x24", "detail_timer"];

/// The name of a recording; columns and rows; arguments; keys that are pressed at the start.
type Scene = (&'static str, (u16, u16), &'static [&'static str], &'static str);

const SCREENS: [Scene; 12] = [
    ("tree", (120, 200), &[], ""),
    ("tree_80x24", (80, 24), &[], "jjjj"),
    ("tree_stale", (160, 200), &["--stale", "-X", "sys.*"], "ujj"),
    ("keys", (80, 40), &[], "h"),
    ("flat_by_rate", (100, 40), &["--flat", "--sort", "rate"], ""),
    ("detail_counter", (80, 24), &["--flat", "--filter", "web.requests", "--process", "4101"], "\r"),
    ("detail_timer", (100, 40), &["--flat", "--filter", "web.latency", "--process", "4101"], "d"),
    ("detail_histogram", (100, 40), &["--flat", "--filter", "web.sizes", "--process", "4101"], "d"),
    ("detail_average", (80, 24), &["--flat", "--filter", "web.size", "--process", "4101"], "d"),
    ("detail_record", (80, 24), &["--flat", "--filter", "web.last", "--process", "4101"], "d"),
    ("detail_gauge", (80, 24), &["--flat", "--filter", "web.load", "--process", "4101"], "d"),
    ("detail_old", (80, 24), &["--flat", "--filter", "hits"], "d"),
];

#[test]
fn topstats_shows_what_it_showed() {
    if !is_root("topstats_shows_what_it_showed") {
        return;
    }
    let (mut recordings, mut stage) = (Recordings::new("topstats_screen"), Stage::new());
    let mut screens: Vec<(&str, OnScreen)> = SCREENS
        .iter()
        .map(|(name, size, arguments, keys)| (*name, OnScreen::start(&mut stage, *size, arguments, keys)))
        .collect();
    loop {
        for (name, screen) in &mut screens {
            recordings.add(&format!("{name}.txt"), &stage.heading(), &screen.shown());
            if WHOLE.contains(name) {
                recordings.add(&format!("{name}_bytes.txt"), &stage.heading(), &screen.new_bytes());
            }
        }
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    recordings.finish();
}
