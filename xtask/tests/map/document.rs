//! The maps in docs/ARCHITECTURE.md.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/ARCHITECTURE.md");

/// A crate on the map, and those that it uses.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    pub(crate) uses: BTreeSet<&'static str>,
}

/// The crates, from top to bottom: the block that is fenced by "```crates" and "```".
pub(crate) fn crates() -> Vec<Crate> {
    let line = |line: &'static str| {
        let (name, uses) = line.split_once("->").unwrap_or((line, ""));
        Crate { name: name.trim(), uses: uses.split_whitespace().collect() }
    };
    block("crates")
        .unwrap_or_else(|| panic!("docs/ARCHITECTURE.md has no map of the crates"))
        .map(line)
        .collect()
}

/// The modules of the crate `name`, line by line from top to bottom: the block that is fenced by "```modules of
/// <name>" and "```".
pub(crate) fn modules(name: &str) -> Vec<Vec<&'static str>> {
    let lines = block(&format!("modules of {name}"));
    let lines = lines.unwrap_or_else(|| panic!("docs/ARCHITECTURE.md has no map of the modules of {name}"));
    lines.map(|line| line.split_whitespace().collect()).collect()
}

fn block(title: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
    let (_, block) = PAGE.split_once(&format!("\n```{title}\n"))?;
    let (block, _) = block.split_once("\n```\n")?;
    Some(block.lines())
}
