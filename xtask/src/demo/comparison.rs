//! The requests sent, as the load generator counted them, beside those counted in the server's file.

use std::fmt;

/// Before the labels in the file, which are otherwise the load generator's.
const PREFIX: &str = "web.stats.";

const CLASSES: [&str; 4] = ["status.2XX", "status.3XX", "status.4XX", "status.5XX"];

/// Both sides.
pub(super) struct Comparison {
    /// Requests sent, answered or not.
    sent: u64,
    rows: Vec<Row>,
    /// Then the requests that were under way may have been counted or not.
    was_killed: bool,
}

struct Row {
    label: &'static str,
    received: u64,
    counted: u64,
}

impl Comparison {
    /// Compares what the load generator printed with what `slurpstats` printed at the end.
    pub(super) fn new(load: &str, file: &str, was_killed: bool) -> Result<Self, String> {
        let row = |label| {
            let counted = value(file, &format!("{PREFIX}{label}"))?;
            Ok(Row { label, received: value(load, label)?, counted })
        };
        let rows = CLASSES.into_iter().chain(["bytes_sent"]).map(row).collect::<Result<_, String>>()?;
        Ok(Self { sent: value(load, "sent")?, rows, was_killed })
    }

    /// Whether the file has counted just what was sent; of a server that was killed, whether it
    /// has all that was answered, and nothing that was not sent.
    pub(super) fn is_equal(&self) -> bool {
        if self.was_killed {
            self.rows.iter().all(|row| row.received <= row.counted) && self.counted() <= self.sent
        } else {
            self.rows.iter().all(|row| row.received == row.counted) && self.counted() == self.sent
        }
    }

    fn answered(&self) -> u64 {
        self.responses().map(|row| row.received).sum()
    }

    fn counted(&self) -> u64 {
        self.responses().map(|row| row.counted).sum()
    }

    fn responses(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| CLASSES.contains(&row.label))
    }
}

/// The number that stands behind `label` on a line of its own.
fn value(text: &str, label: &str) -> Result<u64, String> {
    text.lines()
        .find_map(|line| line.trim_start().strip_prefix(label)?.strip_prefix(' ')?.trim().parse().ok())
        .ok_or_else(|| format!("expected a line with {label} and its number, found none in:\n{text}"))
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<10}  {:>14}  {:>14}", "", "load generator", "server's file")?;
        for Row { label, received, counted } in &self.rows {
            let difference = if received == counted { "" } else { "  differs" };
            writeln!(f, "{label:<10}  {received:>14}  {counted:>14}{difference}")?;
        }
        let (sent, counted, answered) = (self.sent, self.counted(), self.answered());
        if self.was_killed {
            let verdict = if self.is_equal() { "none lost" } else { "DIFFERENT" };
            let under_way = sent.saturating_sub(answered);
            write!(
                f,
                "\nthe web server was killed: {sent} requests sent, {under_way} of them under way, \
                 {counted} counted: {verdict}"
            )
        } else {
            let verdict = if self.is_equal() { "equal" } else { "DIFFERENT" };
            write!(f, "\n{sent} requests sent, {counted} counted: {verdict}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Comparison;

    const LOAD: &str =
        "sent 100\nstatus.2XX 70\nstatus.3XX 10\nstatus.4XX 15\nstatus.5XX 5\nbytes_sent 9000\n";

    fn file(status_2xx: u64) -> String {
        format!(
            "==> /dev/shm/x\n  web.stats.bytes_sent 9000\n  web.stats.status.2XX {status_2xx}\n  \
             web.stats.status.3XX 10\n  web.stats.status.4XX 15\n  web.stats.status.5XX 5\n\n"
        )
    }

    fn last_line(comparison: &Comparison) -> String {
        comparison.to_string().lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_was_sent_and_counted_is_equal() {
        let comparison = Comparison::new(LOAD, &file(70), false).unwrap();
        assert!(comparison.is_equal());
        assert_eq!(last_line(&comparison), "100 requests sent, 100 counted: equal");
    }

    #[test]
    fn one_request_that_was_not_counted_is_a_difference() {
        let comparison = Comparison::new(LOAD, &file(69), false).unwrap();
        assert!(!comparison.is_equal());
        assert_eq!(last_line(&comparison), "100 requests sent, 99 counted: DIFFERENT");
    }

    #[test]
    fn a_request_under_way_when_the_server_was_killed_may_have_been_counted() {
        let load = LOAD.replace("sent 100", "sent 102");
        for (status_2xx, equal) in [(69, false), (70, true), (72, true), (73, false)] {
            assert_eq!(Comparison::new(&load, &file(status_2xx), true).unwrap().is_equal(), equal);
        }
    }

    #[test]
    fn a_missing_number_is_an_error() {
        let error = Comparison::new("sent 1\n", &file(70), false).err().unwrap();
        assert!(error.starts_with("expected a line with status.2XX and its number, found none in:"));
    }
}
