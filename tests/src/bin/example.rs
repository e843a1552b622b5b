//! Writes the file that docs/FORMAT.md shows byte by byte, and waits until its input ends.

use std::io::{self, Read, Write};

use mmstats::{Counter, MmStats, Text};

/// As in docs/FORMAT.md, "Example".
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "web.")]
struct Example {
    /// Requests served.
    #[mmstats(unit = "requests")]
    requests: Counter,
    #[mmstats(value = "0.1.0")]
    version: Text<8>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stats = Example::create()?;
    stats.requests.add(1027);
    writeln!(io::stdout(), "{}", stats.path().display())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
