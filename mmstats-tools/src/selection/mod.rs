//! What a tool is to show: which files, whose, and which labels. The same for all tools.
//!
//! | module | what it decides |
//! |---|---|
//! | [`files`] | which files: those named, those of a pattern, or those in the default places |
//! | [`processes`] | of which processes, and whether also of those that have died |
//! | [`labels`] | which metrics, by label and tags |
//! | [`contents`] | which contents of a file are shown |

pub mod contents;
pub mod files;
pub mod labels;
pub mod processes;

use clap::Args;

pub use contents::{Contents, File};
pub use files::{Selection, Source};
pub use labels::{Labels, Taken};
pub use processes::{Process, Processes};

/// What to say where there are files, and none has what the options below ask for.
pub const NOTHING_TAKEN: &str = "no file has what --process, --include and --exclude ask for";

/// The options by which all tools select what they show.
#[derive(Args, Clone, Debug, Default)]
pub struct Filters {
    /// Which metrics.
    #[command(flatten)]
    pub labels: Labels,
    /// Which processes.
    #[command(flatten)]
    pub processes: Processes,
}

impl Filters {
    /// Whether all metrics of all processes are shown, because no option selects any.
    pub fn is_all(&self) -> bool {
        self.labels.is_all() && self.processes.wanted.is_empty()
    }
}
