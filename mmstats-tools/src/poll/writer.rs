//! What is known of a writer from one look to the next.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use mmstats_reader::watch::{Novelty, Reading};
use mmstats_reader::{Liveness, Metric};

use super::columns::Columns;
use super::sample::Sample;
use crate::changes::{Before, Change, Interval, is_count};
use crate::display::Name;
use crate::selection::Taken;

/// A writer, and what its metrics were when its file was read the last time.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Writer {
    /// Where its file is.
    pub path: PathBuf,
    /// Whether its process is one of those that were asked for.
    pub is_wanted: bool,
    /// Whether its file has what files must have.
    pub is_fit: bool,
    /// Whether what there is in its file belongs to what there is now.
    pub is_there: bool,
    /// When its file was made: another one's file was taken over.
    created: Option<Duration>,
    /// Its process, which a file of format 1 that is being filled does not say at first.
    pid: Option<u64>,
    /// Whether another run of the program has resumed the file since the last reading.
    is_resumed: bool,
    /// Whether it was dead.
    is_dead: bool,
    /// Whether not all of its file could be read.
    is_partial: bool,
    /// By their names, with tags.
    metrics: HashMap<String, Followed>,
    /// How often this reading had a name again that it had before.
    repeated: HashMap<String, u64>,
    /// How often its file was read, and in which line the last time.
    readings: u64,
    line: u64,
}

/// A metric that is shown.
#[derive(Debug)]
struct Followed {
    /// Its last whole value, if it was ever whole and is shown.
    sample: Option<Sample>,
    /// How much older that value is than the last reading.
    age: Duration,
    /// The columns that it is in; nothing if they were not looked for yet.
    columns: Option<Box<[usize]>>,
    /// The last reading that had it.
    seen: u64,
}

/// How what is read of a writer is counted.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether this is the first line, which shows all that there is.
    pub is_first: bool,
    /// Whether it is counted at all, or only kept in mind.
    pub is_counted: bool,
    /// Which line it is for.
    pub line: u64,
    /// The time since the last poll.
    pub time: Duration,
    /// How long the writer has been there, if that is what it is to be shown for.
    pub age: Option<Duration>,
}

impl Writer {
    /// Takes note of who writes `reading`, and returns whether that was not known: it is another process
    /// than before, or only now says which.
    pub fn meet(&mut self, reading: &Reading<'_>) -> bool {
        let is_new = self.readings == 0 || self.created != reading.created;
        if self.path != reading.path {
            reading.path.clone_into(&mut self.path);
        }
        self.is_resumed = is_new && self.readings > 0;
        let says_process = self.pid != reading.pid;
        (self.created, self.pid) = (reading.created, reading.pid);
        is_new || says_process
    }

    /// Takes note of whether it lives, and returns whether what it counted belongs to this line:
    /// with `shows_dead`, or because it did not die before the last one.
    pub fn counts(&mut self, reading: &Reading<'_>, shows_dead: bool) -> bool {
        let is_dead = reading.liveness == Liveness::Dead;
        // Another run of the program was not there at the last line, nor had it died then.
        let is_new = reading.novelty == Novelty::Made || self.is_resumed;
        let was_there = is_new || self.readings > 0 && !self.is_dead;
        self.is_dead = is_dead;
        let is_selected = self.is_wanted && self.is_fit;
        self.is_there = is_selected && (!is_dead || shows_dead);
        self.is_there || is_selected && was_there
    }

    /// Adds the changes of the `taken` metrics of `reading` to `columns`.
    pub fn count(&mut self, reading: &Reading<'_>, look: Look, taken: &Taken<'_>, columns: &mut Columns) {
        self.readings = self.readings.saturating_add(1);
        self.repeated.clear();
        let is_again = self.readings > 1 && self.line == look.line;
        self.line = look.line;
        let time = if is_again { Duration::ZERO } else { look.time };
        let interval = Interval::new(time, look.time, reading.novelty, !self.is_partial, self.is_resumed);
        for metric in reading.snapshot.metrics() {
            if columns.want(&metric, taken.takes(&metric)) {
                self.count_metric(&metric, &interval, look, columns);
            }
        }
        let readings = self.readings;
        self.metrics.retain(|_, followed| followed.seen == readings);
        self.is_partial = reading.snapshot.problem().is_some();
    }

    fn count_metric(&mut self, metric: &Metric<'_>, interval: &Interval, look: Look, columns: &mut Columns) {
        let name = self.unique(Name(metric).to_string());
        let seen = self.readings;
        if let Some(followed) = self.metrics.get_mut(&name)
            && followed.columns.as_ref().is_some_and(|columns| columns.is_empty())
        {
            followed.seen = seen;
            return;
        }
        // A sum that stopped at the end of its type is not known.
        let Some(value) = metric.value().ok().filter(|value| !metric.is_clamped(value)) else {
            if look.is_counted {
                columns.note_unknown(metric);
            }
            // It is not nothing: it stays what it was, or unknown.
            let unknown = Followed { sample: None, age: Duration::ZERO, columns: None, seen };
            let followed = self.metrics.entry(name).or_insert(unknown);
            followed.seen = seen;
            followed.age = followed.age.saturating_add(interval.time);
            return;
        };
        let Some(sample) = Sample::new(metric, value) else { return };
        let known = self.metrics.remove(&name);
        let in_columns = match &known {
            Some(Followed { columns: Some(columns), .. }) => Some(columns.clone()),
            // What is not counted finds no field, but it is kept in mind: it may be counted later.
            _ if !look.is_counted => None,
            _ => Some(columns.of(metric, &sample).into()),
        };
        let is_shown = in_columns.as_ref().is_none_or(|columns| !columns.is_empty());
        if let Some(in_columns) = in_columns.as_deref().filter(|_| look.is_counted) {
            let before = match &known {
                None => Before::Absent,
                Some(Followed { sample: None, .. }) => Before::Unknown,
                Some(Followed { sample: Some(value), age, .. }) => Before::Value { value, age: *age },
            };
            let came = if look.is_first {
                Some(Change { amount: sample.clone(), time: look.age.unwrap_or_default() })
            } else {
                Change::new(&sample, before, is_count(metric.kind()), interval)
            };
            columns.each(in_columns, |column| column.add_came(came.as_ref(), &sample));
        }
        let sample = is_shown.then_some(sample);
        self.metrics.insert(name, Followed { sample, age: Duration::ZERO, columns: in_columns, seen });
    }

    /// `name`, told from that of another metric of the file: nothing keeps a writer from giving a name twice.
    fn unique(&mut self, name: String) -> String {
        if self.metrics.get(&name).is_none_or(|followed| followed.seen != self.readings) {
            return name;
        }
        let times = self.repeated.entry(name.clone()).or_default();
        *times = times.saturating_add(1);
        // What is shown of a name has no NUL.
        format!("{name}\0{times}")
    }

    /// Adds up in `columns` what there is now.
    pub fn add_now(&self, columns: &mut Columns) {
        for followed in self.metrics.values() {
            if let Followed { sample: Some(sample), columns: Some(in_columns), .. } = followed {
                columns.each(in_columns, |column| column.add_now(sample));
            }
        }
    }
}
