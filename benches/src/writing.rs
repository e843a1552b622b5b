//! Updates, first uses and memory, beside the floor and beside the peers.
//!
//! | module | what it holds |
//! |---|---|
//! | `group` | operations that do the same, and what is expected of ours |
//! | `subject` | what is updated |
//! | `floor` | the same by hand, in the same memory |
//! | `peers` | what the peers need to be set up |
//! | `counters`, `threads`, `distributions`, `families`, `compounds` | the groups |
//! | `instructions` | counts what the processor does, under valgrind |
//! | `first_use`, `memory` | what a process pays once |
//! | `machine` | on what it was measured |
//! | `table` | Markdown |

mod compounds;
mod counters;
mod distributions;
mod families;
mod first_use;
mod floor;
mod group;
mod instructions;
mod machine;
mod memory;
mod peers;
mod subject;
mod table;
mod threads;

use std::error::Error;

pub(crate) use first_use::{FIRST_USES, run_first_uses};
use group::Group;
pub(crate) use instructions::{COUNTED, run_counted};
use subject::Subject;

/// Measures all of writing, and prints a table of the operations and one of the goals.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    println!("{}\n", machine::description());
    let subject = Subject::publish()?;
    let mut groups = groups(&subject);
    let instructions = instructions::count(&groups)?;
    let mut goals = Vec::new();
    println!("{}", table::OPERATIONS);
    for (group, instructions) in groups.iter_mut().zip(&instructions) {
        let measured = group.measure();
        print!("{}", table::Rows { group, times: &measured, instructions });
        goals.extend(group.outcomes(&measured, instructions));
    }
    goals.extend(first_use::measure()?);
    goals.extend(memory::measure()?);
    println!("\n{}", table::Goals(&goals));
    Ok(())
}

/// What is measured, in the order of the table.
fn groups(subject: &Subject) -> Vec<Group<'_>> {
    [
        counters::groups(subject),
        threads::groups(subject),
        distributions::groups(subject),
        families::groups(subject),
        compounds::groups(subject),
    ]
    .into_iter()
    .flatten()
    .collect()
}
