//! What is shown every second.

use std::io::{self, Write};

/// Successive views: each replaces the one before on a terminal, else follows it.
pub(super) struct View<W> {
    in_place: bool,
    out: W,
    shown_lines: usize,
}

impl<W: Write> View<W> {
    pub(super) fn new(in_place: bool, out: W) -> Self {
        Self { in_place, out, shown_lines: 0 }
    }

    /// Prints `text` before the first view or after the last.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        const WRAP_OFF: &str = "\x1b[?7l";
        const WRAP_ON: &str = "\x1b[?7h";
        const CLEAR_BELOW: &str = "\x1b[J";

        if !self.in_place {
            return self.print(text);
        }
        // To the start of the line too: the terminal may have echoed a ^C.
        let up = if self.shown_lines > 0 { format!("\x1b[{}F", self.shown_lines) } else { String::new() };
        self.shown_lines = text.lines().count();
        // Without wrapping, a line of text is a line of the terminal.
        self.print(&format!("{up}{CLEAR_BELOW}{WRAP_OFF}{text}{WRAP_ON}"))
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    fn shown(in_place: bool) -> String {
        let mut view = View::new(in_place, Vec::new());
        view.show("one\ntwo\n").unwrap();
        view.show("three\n").unwrap();
        String::from_utf8(view.out).unwrap()
    }

    #[test]
    fn a_view_replaces_the_one_before_on_a_terminal() {
        assert_eq!(shown(true), "\x1b[J\x1b[?7lone\ntwo\n\x1b[?7h\x1b[2F\x1b[J\x1b[?7lthree\n\x1b[?7h");
    }

    #[test]
    fn a_view_follows_the_one_before_in_a_pipe() {
        assert_eq!(shown(false), "one\ntwo\nthree\n");
    }
}
