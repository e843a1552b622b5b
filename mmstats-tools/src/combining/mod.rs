//! Makes one set of values of those of several files: of a process, of a user, or of all.
//!
//! | module | what it does |
//! |---|---|
//! | `catalog` | what metrics there are, each described once |
//! | `total` | what the values of one metric come to |

mod catalog;
pub(crate) mod total;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use mmstats_reader::{Header, Liveness, Torn};

use crate::description::Description;
use crate::display::Name;
use crate::entry::{self, Entry, Outcome};
use crate::selection::{Contents, Process};
use catalog::Catalog;
use total::Total;

/// Whose files are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum By {
    /// The files of each process.
    Process,
    /// The files of each user.
    User,
    /// All files.
    All,
}

/// Files that are combined, group by group.
#[derive(Debug)]
pub struct Combination {
    by: By,
    catalog: Catalog,
    groups: Vec<Collected>,
    /// Metrics that there was no room for.
    left_out: u64,
    /// Which of `groups` is whose.
    indices: HashMap<Key, usize>,
}

/// Whose the files of a group are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Of the process of this name and id, and of the user who owns its files.
    Process {
        /// What it is called, as it says.
        name: String,
        /// Its id in its own namespace, if it says so.
        pid: Option<u64>,
        /// The user.
        uid: u32,
    },
    /// Of this user.
    User(u32),
    /// Of everybody.
    All,
}

/// What tells groups apart.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    whose: Whose,
    /// A process, beside its id, which later others may have, or others in other containers: its start,
    /// the boot and the namespace.
    process: Option<(u64, [u8; 16], u64)>,
}

/// A file of a group.
#[derive(Debug)]
pub struct Taken {
    /// The name by which it was opened.
    pub path: PathBuf,
    /// The version of its format.
    pub format: u8,
    /// Whether its writer lives.
    pub liveness: Liveness,
    /// What stopped the parser: what is behind that is not in the values.
    pub problem: Option<String>,
}

#[derive(Debug)]
struct Collected {
    whose: Whose,
    users: BTreeSet<u32>,
    files: Vec<Taken>,
    /// By the index of their description, which is the order in which they were met.
    totals: BTreeMap<usize, Total>,
}

impl Combination {
    /// Nothing yet, to be combined `by`.
    pub fn new(by: By) -> Self {
        Self { by, catalog: Catalog::default(), groups: Vec::new(), left_out: 0, indices: HashMap::new() }
    }

    /// Takes in `contents`, which were read of the file at `path` with this `header`, if it has one.
    pub fn add(&mut self, path: &Path, header: Option<&Header>, contents: &Contents<'_>) {
        let Contents { process, snapshot, .. } = contents;
        let index = self.group_of(header, process);
        let Some(group) = self.groups.get_mut(index) else { return };
        group.users.insert(process.uid);
        group.files.push(Taken {
            path: path.to_owned(),
            format: snapshot.format(),
            liveness: process.liveness,
            problem: snapshot.problem().map(ToString::to_string),
        });
        for metric in contents.metrics() {
            let value = metric.value();
            let index = self.catalog.find(&metric, value.as_ref().ok());
            let Some((index, description)) = index.and_then(|index| Some((index, self.catalog.get(index)?)))
            else {
                self.left_out += 1;
                continue;
            };
            let total = group.totals.entry(index).or_default();
            if let Ok(value) = value {
                let bound = entry::bound(&metric, &value);
                total.add(value, description.rule(), || snapshot.threads().count().max(1));
                total.bound(bound);
            }
        }
    }

    /// The index of the group to which the files of `process` belong.
    fn group_of(&mut self, header: Option<&Header>, process: &Process) -> usize {
        let Process { name, pid, uid, .. } = process;
        let whose = match self.by {
            By::Process => Whose::Process { name: name.clone(), pid: *pid, uid: *uid },
            By::User => Whose::User(*uid),
            By::All => Whose::All,
        };
        let identity =
            |header: &Header| (header.pid_start_time.get(), header.boot_id, header.pid_namespace.get());
        let process = header.filter(|_| self.by == By::Process).map(identity);
        let new = self.groups.len();
        let index = *self.indices.entry(Key { whose: whose.clone(), process }).or_insert(new);
        if index == new {
            self.groups.push(Collected {
                whose,
                users: BTreeSet::new(),
                files: Vec::new(),
                totals: BTreeMap::new(),
            });
        }
        index
    }

    /// The groups, in the order of their first files.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups.iter().map(|collected| Group { collected, catalog: &self.catalog })
    }

    /// How many values are not in the groups, since there are more different metrics than there can be.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The names under which there is more than one entry of a group, since what the files have there is
    /// not of one kind, type and unit, or not divided into the same buckets.
    pub fn shown_apart(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for group in self.groups() {
            let mut seen = BTreeSet::new();
            let descriptions = group.entries().map(|entry| entry.description);
            let again =
                descriptions.filter(|one| !seen.insert((one.label(), one.tags().collect::<Vec<_>>())));
            names.extend(again.map(|description| Name(description).to_string()));
        }
        names
    }
}

/// Files whose values are combined.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    collected: &'a Collected,
    catalog: &'a Catalog,
}

impl<'a> Group<'a> {
    /// Whose they are.
    pub fn whose(&self) -> &'a Whose {
        &self.collected.whose
    }

    /// The files, in the order in which they were read.
    pub fn files(&self) -> &'a [Taken] {
        &self.collected.files
    }

    /// The number of users who own the files.
    pub fn user_count(&self) -> usize {
        self.collected.users.len()
    }

    /// Whether their writers live, if that is the same of all.
    pub fn liveness(&self) -> Option<Liveness> {
        let mut files = self.files().iter().map(|file| file.liveness);
        let first = files.next()?;
        files.all(|other| other == first).then_some(first)
    }

    /// What they come to.
    pub fn entries(&self) -> impl Iterator<Item = Combined<'a>> + use<'a> {
        let Self { collected, catalog } = *self;
        let totals = collected.totals.iter();
        totals.filter_map(|(index, total)| Some(Combined { description: catalog.get(*index)?, total }))
    }
}

/// A metric of several files.
#[derive(Clone, Copy, Debug)]
pub struct Combined<'a> {
    description: &'a Description,
    total: &'a Total,
}

impl Entry for Combined<'_> {
    type Description = Description;

    fn description(&self) -> &Description {
        self.description
    }

    fn type_name(&self) -> &str {
        self.total.type_name().unwrap_or(self.description.type_name())
    }

    fn outcome(&self) -> Result<Outcome, Torn> {
        self.total.outcome()
    }
}
