//! How a struct is published.

use std::marker::PhantomData;
use std::path::PathBuf;

use crate::error::CreateError;
use crate::schema::MmStats;
use crate::stats::Stats;

/// How a struct is published; made by [`MmStats::options`].
///
/// ```
/// use mmstats::{Counter, MmStats};
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct MailStats {
///     sent: Counter,
/// }
///
/// # let dir = std::env::temp_dir().join(format!("mmstats-doc-{}", std::process::id()));
/// let stats = MailStats::options()
///     .prefix("eu.")
///     .dir(&dir)
///     .file_name("mail-{PID}.mmstats")
///     .mode(0o644)
///     .attribute("service.version", "1.2")
///     .create()?;
/// stats.sent.incr();
/// println!("see {}", stats.path().display());
/// # drop(stats);
/// # let _ = std::fs::remove_dir_all(&dir);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is published before `create()`"]
pub struct Options<T> {
    settings: Settings,
    of: PhantomData<fn() -> T>,
}

/// The same, whatever the struct.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) prefix: String,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) file_name: Option<String>,
    pub(crate) mode: Option<u32>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) keep: bool,
    pub(crate) resume: bool,
    pub(crate) capacity: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            dir: None,
            file_name: None,
            mode: None,
            attributes: Vec::new(),
            keep: false,
            resume: false,
            capacity: 1024,
        }
    }
}

impl<T: MmStats> Options<T> {
    pub(crate) fn new() -> Self {
        Self { settings: Settings::default(), of: PhantomData }
    }

    /// Puts `prefix` before the labels of all fields, those of the struct's own prefix included.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// Puts the file into `dir`, whatever `MMSTATS_PATH` says. If it is missing, it is created with mode 0700, plus
    /// the permissions for readers that [`mode`](Self::mode) gives; missing parents are created with mode 0700,
    /// through which only this user and root find the file. An existing directory is not changed. It must
    /// belong to this user or root, and be sticky if others may write to it. A container's volume often is not:
    /// then name a directory below it.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.settings.dir = Some(dir.into());
        self
    }

    /// Names the file by `template`, whatever `MMSTATS_FILES` says. `{CMD}` is the program's name,
    /// `{PID}` and `{TID}` are the ids of process and thread, `{NAME}` is the struct's name. The
    /// default is `{CMD}-{PID}-{NAME}.mmstats`. If the name is taken, `-2` and so on are put
    /// behind it. Readers that are given a directory look at files that end in `.mmstats`.
    pub fn file_name(mut self, template: impl Into<String>) -> Self {
        self.settings.file_name = Some(template.into());
        self
    }

    /// Lets others read the file, whatever `MMSTATS_MODE` says: `0o640` the group, `0o644` all.
    /// The default is `0o600`. A default directory, and a directory of [`dir`](Self::dir) or `MMSTATS_PATH` that
    /// mmstats creates, gets the same permissions for readers: to list and to search it. Its parents do not.
    pub fn mode(mut self, mode: u32) -> Self {
        self.settings.mode = Some(mode);
        self
    }

    /// Adds a text that describes the process, shown by readers beside the fields.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.attributes.push((key.into(), value.into()));
        self
    }

    /// Whether the file stays when the program ends, and is not removed as a dead program's later.
    pub fn keep(mut self, keep: bool) -> Self {
        self.settings.keep = keep;
        self
    }

    /// Whether a restarted program goes on from the counters of its last run, and keeps its file's
    /// instance id, by which readers know the run.
    ///
    /// If the file of this name is of a program that has died, or that ended and wished to
    /// [`keep`](Self::keep) it, and it has the same fields, then the new file starts with its counters
    /// and takes its place. All else, such as gauges and what is in flight, starts anew. A file with
    /// other fields is kept as `….old`. So the name must be the same for each run: without `{PID}` and
    /// `{TID}`.
    pub fn resume(mut self, resume: bool) -> Self {
        self.settings.resume = resume;
        self
    }

    /// How many threads can have a slot at a time in the file of a
    /// [`thread_local!`](crate::thread_local) static: 1,024 unless set. A slot takes space when it is
    /// first leased. [`create`](Self::create) makes one slot, whatever this says.
    pub fn capacity(mut self, threads: u32) -> Self {
        self.settings.capacity = threads;
        self
    }

    pub(crate) fn into_settings(self) -> Settings {
        self.settings
    }

    /// Publishes the struct, all zero but for its constants, as a new file.
    ///
    /// If the program calls `chroot` or `setuid`, call this after them, with a directory that belongs to the new
    /// user. The program can still remove a file that it published before a `chroot`. It can no longer remove a file
    /// that it published before a `setuid`, nor publish another one in the old user's directory.
    ///
    /// # Errors
    /// If an option or a variable is wrong, or there is no place or space for the file.
    pub fn create(self) -> Result<Stats<T>, CreateError> {
        Stats::publish(&self.settings)
    }
}
