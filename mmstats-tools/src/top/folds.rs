//! What is open and what is closed.

use std::collections::HashMap;

use mmstats_reader::watch::WriterId;

use super::shape::Shape;
use super::tree::Node;

/// Which processes and groups are open, as far as the user has said.
#[derive(Debug)]
pub struct Folds {
    /// Whether processes are open of which the user has said nothing.
    pub opens_processes: bool,
    /// Whether groups are of which files say of their processes.
    opens_sys: bool,
    plain: Said,
    /// While there is a filter: then all is open at first, so that what was looked for is seen.
    filtered: Option<Said>,
}

/// What the user has said of processes, by an empty text, and of groups, by what their labels have in
/// common.
type Said = HashMap<WriterId, HashMap<String, bool>>;

impl Folds {
    /// Nothing was said. Everything is open if `opens_all`.
    pub fn new(opens_all: bool) -> Self {
        Self { opens_processes: opens_all, opens_sys: opens_all, plain: Said::new(), filtered: None }
    }

    /// Whether everything is open of which nothing was said.
    pub fn opens_all(&self) -> bool {
        self.opens_processes && self.opens_sys
    }

    /// There is another filter, or none.
    pub fn filter(&mut self, is_filtered: bool) {
        self.filtered = is_filtered.then(Said::new);
    }

    /// Whether what is below the process is shown.
    pub fn is_process_open(&self, writer: WriterId) -> bool {
        self.said(writer, "").unwrap_or(self.opens_processes || self.filtered.is_some())
    }

    /// Whether what is below `node`, a group of `shape`, is shown.
    pub fn is_group_open(&self, writer: WriterId, shape: &Shape, node: &Node) -> bool {
        let said = shape.path(node).and_then(|path| self.said(writer, path));
        said.unwrap_or_else(|| self.opens_sys || self.filtered.is_some() || !shape.is_sys(node))
    }

    fn said(&self, writer: WriterId, path: &str) -> Option<bool> {
        self.filtered.as_ref().unwrap_or(&self.plain).get(&writer)?.get(path).copied()
    }

    /// Opens or closes the group of this label, or, if it is empty, the process.
    pub fn set(&mut self, writer: WriterId, path: &str, is_open: bool) {
        let said = self.filtered.as_mut().unwrap_or(&mut self.plain);
        said.entry(writer).or_default().insert(path.to_owned(), is_open);
    }

    /// Forgets what was said of those who are gone.
    pub fn retain(&mut self, is_there: impl Fn(WriterId) -> bool) {
        for said in [Some(&mut self.plain), self.filtered.as_mut()].into_iter().flatten() {
            said.retain(|writer, _| is_there(*writer));
        }
    }
}
