//! Markdown.

use std::fmt;

use super::group::{Group, Outcome, Role};
use crate::measure::Times;

/// The head of the table of operations.
pub(crate) const OPERATIONS: &str = "\
| operation | ns | from | to | instructions | x floor | x ours |
|---|---:|---:|---:|---:|---:|---:|";

/// The rows of a group.
pub(crate) struct Rows<'a> {
    pub(crate) group: &'a Group<'a>,
    pub(crate) times: &'a [Times],
    pub(crate) instructions: &'a [Option<f64>],
}

impl fmt::Display for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, times, instructions } = self;
        let time_of = |role| {
            let position = group.operations.iter().position(|operation| operation.role == role);
            position.and_then(|position| times.get(position))
        };
        let (floor, ours) = (time_of(Role::Floor), time_of(Role::Ours));
        writeln!(f, "| **{}** | | | | | | |", group.name)?;
        for (operation, (time, instructions)) in group.operations.iter().zip(times.iter().zip(*instructions))
        {
            let name = match operation.role {
                Role::Floor => format!("floor: {}", operation.name),
                Role::Ours => format!("`{}`", operation.name),
                Role::Peer => operation.name.to_owned(),
            };
            let instructions = instructions.map(|count| format!("{count:.1}")).unwrap_or_default();
            let ratio =
                |to: Option<&Times>| to.map(|to| format!("{:.2}", time.ratio_to(to))).unwrap_or_default();
            let of_ours = if operation.role == Role::Peer { ratio(ours) } else { String::new() };
            writeln!(
                f,
                "| {name} | {:.2} | {:.2} | {:.2} | {instructions} | {} | {of_ours} |",
                time.median(),
                time.min(),
                time.max(),
                ratio(floor),
            )?;
        }
        Ok(())
    }
}

/// What the goals came to.
pub(crate) struct Goals<'a>(pub(crate) &'a [Outcome]);

impl fmt::Display for Goals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("| goal | found | |\n|---|---:|---|\n")?;
        for Outcome { goal, found, is_met } in self.0 {
            writeln!(f, "| {goal} | {found} | {} |", if *is_met { "met" } else { "**missed**" })?;
        }
        Ok(())
    }
}
