//! Whether to use colours.

use std::env;
use std::ffi::OsString;

use clap::ValueEnum;

use crate::terminal::can_draw_with;

/// When a tool uses colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to use colours on an output of which `is_terminal` says whether it is a terminal.
    pub fn is_on(self, is_terminal: bool) -> bool {
        self.is_on_in(is_terminal, |name| env::var_os(name))
    }

    /// The same, by the environment `variable`: <https://no-color.org>, <https://bixense.com/clicolors/>.
    fn is_on_in(self, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
        let is = |name, value: &str| variable(name).is_some_and(|found| found == value);
        let is_set = |name| variable(name).is_some() && !is(name, "");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if is_set("NO_COLOR") => false,
            Self::Auto if is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
            Self::Auto => is_terminal && !is("CLICOLOR", "0") && can_draw_with(variable("TERM").as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_goes_before_the_environment_and_that_before_the_terminal() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(Color, bool, Variables, bool); 15] = [
            (Color::Auto, true, &[("TERM", "xterm")], true),
            (Color::Auto, true, &[], false),
            (Color::Auto, true, &[("TERM", "")], false),
            (Color::Auto, false, &[], false),
            (Color::Auto, true, &[("NO_COLOR", "0")], false),
            (Color::Auto, true, &[("NO_COLOR", ""), ("TERM", "xterm")], true),
            (Color::Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Color::Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Color::Auto, false, &[("CLICOLOR_FORCE", "")], false),
            (Color::Auto, true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
            (Color::Auto, true, &[("CLICOLOR", "0"), ("TERM", "xterm")], false),
            (Color::Auto, false, &[("CLICOLOR", "1")], false),
            (Color::Auto, true, &[("TERM", "dumb")], false),
            (Color::Always, false, &[("NO_COLOR", "1")], true),
            (Color::Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ];
        for (color, is_terminal, variables, is_on) in cases {
            let variable =
                |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into());
            assert_eq!(color.is_on_in(is_terminal, variable), is_on, "{color:?} {is_terminal} {variables:?}");
        }
    }
}
