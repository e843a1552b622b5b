//! Files, what is known of them, and a screen without a terminal.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use mmstats_host::liveness::BOOT_ID;
use mmstats_reader::Moment;
use mmstats_tools::following::{LiveFiles, Now};
use mmstats_tools::selection::{Filters, Processes, Selection};
use mmstats_tools::top::draw::Screen;
use mmstats_tools::top::layout::Layout;
use mmstats_tools::top::model::Model;
use mmstats_tools::top::view::{Action, View};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::widgets::Widget;
use tempfile::TempDir;

use crate::fixture::{Built, Field, Fixture, text};
use crate::support::lock;

/// When the writers of all fixtures made their files, after this boot.
const MADE: Duration = Duration::from_millis(250);

/// The time when the files are of this `age`.
fn now(age: Duration) -> Now {
    Now { monotonic: age, wall: SystemTime::UNIX_EPOCH + age, moment: Moment::since_boot(MADE + age) }
}

/// Files, and topstats without a terminal.
pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    pub(crate) files: LiveFiles,
    pub(crate) model: Model,
    pub(crate) view: View,
    /// Since the files were made.
    pub(crate) age: Duration,
    locks: Vec<(PathBuf, File)>,
    instances: u8,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Filters::default())
    }

    pub(crate) fn with_stale() -> Self {
        Self::with(Filters {
            processes: Processes { with_dead: true, ..Processes::default() },
            ..Filters::default()
        })
    }

    fn with(filters: Filters) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            files: LiveFiles::new(Selection::new(vec![dir.path().to_owned()]).unwrap(), 1024),
            dir,
            model: Model::new(filters, now(Duration::ZERO)),
            view: View::new(Duration::from_secs(1), false),
            age: Duration::from_mins(10),
            locks: Vec::new(),
            instances: 0,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}-4711-Stats.mmstats"))
    }

    /// Makes the file of a program that lives.
    pub(crate) fn start(&mut self, name: &str, fields: impl IntoIterator<Item = Field>) -> Built {
        self.start_threads(name, &[4712], fields)
    }

    /// The same, of a program with these threads.
    pub(crate) fn start_threads(
        &mut self,
        name: &str,
        tids: &[u32],
        fields: impl IntoIterator<Item = Field>,
    ) -> Built {
        let uid = fs::metadata(self.dir.path()).unwrap().uid();
        let fixture = Fixture { flags: 1, uid, ..Fixture::with_fields(fields).attribute("sys.cmd", name) };
        let fixture = fixture.slots(tids);
        let path = self.path(name);
        let mut built = fixture.write(&path);
        // Each run of a program is an instance of its own.
        self.instances += 1;
        built.put(24, &[self.instances; 16]).put(88, &BOOT_ID.unwrap()).put(120, &ns(MADE)).seal_header();
        fs::write(&path, &built.bytes).unwrap();
        self.locks.push((path.clone(), lock(&path)));
        built
    }

    /// The same, of a process with this id, which made it so many milliseconds after the others.
    pub(crate) fn start_process(&mut self, name: &str, pid: u32, created: u64, fields: Vec<Field>) {
        let mut built = self.start(name, fields);
        let made = MADE + Duration::from_millis(created);
        built.put(64, &pid.to_le_bytes()).put(120, &ns(made)).seal_header();
        // In place, since it is locked.
        fs::write(self.path(name), &built.bytes).unwrap();
    }

    /// Kills the program.
    pub(crate) fn kill(&mut self, name: &str) {
        let path = self.path(name);
        self.locks.retain(|(locked, _)| *locked != path);
    }

    /// Removes its file.
    pub(crate) fn remove(&mut self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Has a program of which `built` was made set a field.
    pub(crate) fn set(&self, name: &str, built: &Built, field: usize, value: &[u8]) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        file.write_all_at(value, built.value_at(field, 0) as u64).unwrap();
    }

    /// Reads all files, so many seconds after the last time.
    pub(crate) fn read(&mut self, seconds: u64) {
        self.age += Duration::from_secs(seconds);
        self.model.poll(&mut self.files, now(self.age));
    }

    pub(crate) fn apply(&mut self, actions: impl IntoIterator<Item = Action>) {
        for action in actions {
            self.view.apply(action, &self.model);
        }
    }

    /// The screen at this size, without blanks at the ends of lines. The user's name is `USER`, as wide.
    pub(crate) fn draw(&mut self, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let Self { model, view, .. } = self;
        terminal
            .draw(|frame| {
                let layout = Layout::new(frame.area(), view);
                view.update(model, layout.height());
                let screen = Screen { model, view, layout: &layout, nothing: "no mmstats files" };
                screen.render(frame.area(), frame.buffer_mut());
            })
            .unwrap();
        self.model.watch(&self.view.shown_fields());
        if columns == 0 || rows == 0 {
            return String::new();
        }
        let shown = terminal.backend().to_string();
        let lines = shown.lines().map(|line| line.trim_matches('"').trim_end());
        lines.collect::<Vec<_>>().join("\n").replace(&self.user(), &format!("{:9}", "USER"))
    }

    fn user(&self) -> String {
        let user = self.model.writers().next().map(|(_, writer)| writer.user.clone());
        format!("{:9}", user.unwrap_or_else(|| "nobody is there".into()))
    }

    /// What rows are there, by what they are called.
    pub(crate) fn names(&mut self) -> Vec<String> {
        let shown = self.draw(120, 50);
        let headings = if self.view.wanted.is_flat { 2 } else { 3 };
        let rows = shown.lines().skip(headings).take(45).filter(|row| !row.is_empty());
        let name = |row: &str| row.chars().take(36).collect::<String>().trim_end().to_owned();
        rows.map(name).collect()
    }
}

/// `time` as headers have it.
fn ns(time: Duration) -> [u8; 8] {
    u64::try_from(time.as_nanos()).unwrap().to_le_bytes()
}

/// The fields of a program as there are many.
pub(crate) fn web_fields() -> Vec<Field> {
    let family = |tags: &str, count| {
        Field::counter("web.requests", &[count]).described("Requests that came in.", "requests", tags)
    };
    vec![
        family("method\0get\0", 900),
        family("method\0post\0", 60),
        Field::counter("web.bytes_sent", &[47_815_066]).described("Bytes of all answers.", "bytes", ""),
        Field::counter("web.errors", &[0]).described("", "requests", ""),
        Field::gauge("web.load", 10, 0, &[&0.75_f64.to_le_bytes()]),
        // Of 10 durations 9 are from 8 to 15 ns, and one from 64 to 127.
        Field::timer("web.latency", 10, &[&[9, 200, 0, 0, 0, 0, 9, 0, 0, 1, 0, 0, 0]]).described(
            "Time from request to answer.",
            "seconds",
            "",
        ),
        Field::average("web.size", &[(10, 25.0)]),
        Field::text("web.phase", 0, &[text(16, b"serving")]),
        Field::counter("version", &[3]),
    ]
}

/// Has the program `name` of [`web_fields`] do something.
pub(crate) fn work(scene: &Scene, name: &str, built: &Built) {
    for (field, value) in [(0, 1000_u64), (1, 80), (2, 50_000_000)] {
        scene.set(name, built, field, &value.to_le_bytes());
    }
    let latency = [9_u64, 1000, 0, 0, 0, 0, 109, 0, 0, 2, 0, 0, 0].map(u64::to_le_bytes).concat();
    scene.set(name, built, 5, &latency);
    scene.set(name, built, 6, &[20_u64.to_le_bytes(), 65.0_f64.to_le_bytes()].concat());
}
