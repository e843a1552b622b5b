//! All values of a file at a time.

use std::fmt;
use std::time::Duration;

use mmstats_format::error::ParseError;
use mmstats_format::label::SYS_CMD;

use crate::metric::{Metric, OfFormat};
use crate::settled::Settled;
use crate::v2::Thread;
use crate::writer::Writer;
use crate::{v1, v2};
use mmstats_host::age::Made;

/// All values of a file, as one read found them. They are decoded when they are asked for.
pub struct Snapshot<'a> {
    view: View<'a>,
    settled: Settled,
    is_by_thread: bool,
}

/// What each format makes metrics of.
pub(crate) enum View<'a> {
    V1(v1::View<'a>),
    V2(v2::View<'a>),
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(view: View<'a>, settled: Settled) -> Self {
        Self { view, settled, is_by_thread: false }
    }

    /// What the file says. In format 2 of its process (`sys.pid` and so on, then its attributes),
    /// of its thread if there is room for only one (`sys.tid`), and then the fields in the writer's
    /// order, those of all threads combined; in format 1 all of these are fields, in an order of
    /// their own.
    #[inline]
    pub fn metrics(&self) -> Metrics<'_> {
        Metrics(match &self.view {
            View::V1(view) => MetricsOfFormat::V1(v1::Metrics::new(*view)),
            View::V2(view) if self.is_by_thread => MetricsOfFormat::V2(v2::Metrics::by_thread(view)),
            View::V2(view) => MetricsOfFormat::V2(v2::Metrics::new(view)),
        })
    }

    /// The same values, those of each thread by themselves: [`Snapshot::metrics`] are those of the
    /// process, among them the constants, and then those of each of [`Snapshot::threads`], with
    /// the tags `tid` and, unless its name was torn, `thread`. What threads have counted that
    /// ended is not among them. Files of format 1, each of which is one thread's, stay as they are.
    #[must_use]
    pub fn by_thread(self) -> Self {
        Self { is_by_thread: true, ..self }
    }

    /// The threads that write to a file of format 2, in the order of their slots.
    pub fn threads(&self) -> impl Iterator<Item = Thread<'_>> {
        let view = match &self.view {
            View::V1(_) => None,
            View::V2(view) => Some(view),
        };
        view.into_iter().flat_map(v2::threads)
    }

    /// Who made the file, and when, as far as it says so.
    pub fn writer(&self) -> Writer {
        match &self.view {
            View::V1(view) => {
                let (pid, created) = view.writer();
                Writer::of_v1(pid, created)
            }
            View::V2(view) => {
                let header = &view.schema.header;
                let created = Duration::from_nanos(header.created_realtime_ns.get());
                Writer { pid: Some(header.pid.get().into()), created: Some(created) }
            }
        }
    }

    /// When the file was made, if it says so; its inode has the number `inode`.
    pub(crate) fn made(&self, inode: u64) -> Option<Made> {
        match &self.view {
            View::V1(_) => {
                let Writer { pid, created } = self.writer();
                created.map(|created| Made::of_v1(pid, created, inode))
            }
            View::V2(view) => Some(Made::of(&view.schema.header)),
        }
    }

    /// What the writer's program is called, as it was called; format 1 does not say.
    pub fn command(&self) -> Option<&str> {
        let View::V2(view) = &self.view else { return None };
        let attributes = 0..u32::try_from(view.schema.attributes.len()).unwrap_or(u32::MAX);
        let mut attributes = attributes.map(|index| view.schema.attribute(index));
        let (_, command) = attributes.find(|(key, _)| *key == SYS_CMD)?;
        command.split('\0').next()
    }

    /// The version of the file's format.
    pub fn format(&self) -> u8 {
        match &self.view {
            View::V1(_) => v1::FORMAT,
            View::V2(_) => v2::FORMAT,
        }
    }

    /// What stopped the parser, if anything did, or why not all threads are shown one by one. The metrics are those
    /// before it.
    pub fn problem(&self) -> Option<&ParseError> {
        match &self.view {
            View::V1(view) => view.problem(),
            View::V2(view) => view.problem(self.is_by_thread),
        }
    }

    /// How many fields are of a kind or layout that this version does not know. They are passed over.
    pub fn skipped(&self) -> u64 {
        match &self.view {
            View::V1(_) => 0,
            View::V2(view) => view.schema.fields.skipped(),
        }
    }

    /// How often values were read again because they were being written.
    pub fn rereads(&self) -> u64 {
        self.settled.rereads
    }

    /// How many values could not be read whole: damaged, or still being written after 64 reads.
    /// [`Metric::value`] is an error for them.
    pub fn torn(&self) -> u64 {
        self.settled.torn
    }
}

impl<'a> Thread<'a> {
    /// Its `sys.tid` and the fields in its slot, constants left out: they are the process's.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        self.own_metrics().map(|metric| Metric(OfFormat::V2(metric)))
    }
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.metrics()).finish()
    }
}

/// The metrics of a snapshot.
#[derive(Clone)]
pub struct Metrics<'a>(MetricsOfFormat<'a>);

#[derive(Clone)]
enum MetricsOfFormat<'a> {
    V1(v1::Metrics<'a>),
    V2(v2::Metrics<'a>),
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Metric<'a>;

    #[inline]
    fn next(&mut self) -> Option<Metric<'a>> {
        match &mut self.0 {
            MetricsOfFormat::V2(metrics) => metrics.next().map(|metric| Metric(OfFormat::V2(metric))),
            MetricsOfFormat::V1(metrics) => metrics.next().map(|metric| Metric(OfFormat::V1(metric))),
        }
    }
}
